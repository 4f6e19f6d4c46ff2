import { DatabaseSync, type SQLOutputValue } from "node:sqlite"
import { readOnlyLocation } from "../../host/read-only-location.ts"
import type { TableReport } from "./report.ts"

/** What a fallback's file tells of its copy. */
export interface CopyInFile {
  /** The mark of the primary that it has seen; null where it has seen none. */
  readonly mark: string | null
  /** The name under which the primary knows this file; null where it has none. */
  readonly mirrorId: string | null
  readonly asOf: Date | null
  readonly tables: readonly TableReport[]
}

/** Another program may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 500

const NO_PROGRAMS_TABLE = /^(sqlite|understudy|kysely)_/i

/** Looks at the file without changing it. Throws what node:sqlite throws where it cannot be read. */
export function readCopyInFile(path: string): CopyInFile {
  using database = new DatabaseSync(readOnlyLocation(path), { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  // One moment for all that is read: a service may be at work on it.
  database.exec("pragma trusted_schema = off; begin")
  const names = database
    .prepare("select name from sqlite_schema where type = 'table' order by name")
    .all()
    .map(({ name }) => String(name))
  const rowsOf = (table: string): Record<string, SQLOutputValue>[] =>
    names.includes(table) ? database.prepare(`select * from ${table}`).all() : []
  // What stands in the second is there as long as there is a copy.
  const seen = { ...rowsOf("understudy_primary")[0], ...rowsOf("understudy_copy")[0] }
  const asOf = instantOf(seen["as_of"])
  const noted = new Map(rowsOf("understudy_copied_table").map((row) => [String(row["name"]), row]))
  const programs = names.filter((name) => !NO_PROGRAMS_TABLE.test(name))
  return {
    mark: textOf(seen["mark"]),
    mirrorId: textOf(rowsOf("understudy_mirror")[0]?.["id"]),
    asOf,
    tables: [...new Set([...programs, ...noted.keys()])].toSorted().map((name): TableReport => {
      const note = noted.get(name)
      const reason = note === undefined || asOf === null ? "no-copy" : textOf(note["absence"])
      if (reason === null) return { name, state: "copied", reason: null, detail: null }
      return {
        name,
        state: "absent",
        reason: textOf(note?.["absence"]) ?? reason,
        detail: textOf(note?.["detail"]),
      }
    }),
  }
}

function textOf(value: SQLOutputValue | undefined): string | null {
  return typeof value === "string" ? value : null
}

function instantOf(value: SQLOutputValue | undefined): Date | null {
  const instant = new Date(textOf(value) ?? Number.NaN)
  return Number.isNaN(instant.getTime()) ? null : instant
}
