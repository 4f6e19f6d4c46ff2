import { DatabaseSync } from "node:sqlite"
import { programTableNames } from "../../engine/sqlite/program-tables.ts"
import { readOnlyLocation } from "../../host/read-only-location.ts"
import { CopyRecord } from "../../mirror/copy-record.ts"
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

/** Looks at the file without changing it. Throws what node:sqlite throws where it cannot be read. */
export function readCopyInFile(path: string): CopyInFile {
  using database = new DatabaseSync(readOnlyLocation(path), { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  // One moment for all that is read: a service may be at work on it.
  database.exec("pragma trusted_schema = off; begin")
  const programs = programTableNames(database)
  const record = new CopyRecord(database)
  if (!record.exists) return { mark: null, mirrorId: null, asOf: null, tables: programs.map(notCopied) }
  const asOf = record.position()?.asOf ?? null
  const recorded = record.tables()
  const unknown = programs.filter((name) => !recorded.some((table) => table.name === name))
  const tables = recorded.map(({ name, shape, absence, detail }): TableReport => {
    if (absence !== null) return { name, state: "absent", reason: absence, detail }
    return asOf === null || shape === null
      ? notCopied(name)
      : { name, state: "copied", reason: null, detail: null }
  })
  return {
    mark: record.seenPrimary()?.mark ?? null,
    mirrorId: record.mirrorId,
    asOf,
    tables: [...tables, ...unknown.map(notCopied)].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function notCopied(name: string): TableReport {
  return { name, state: "absent", reason: "not-copied", detail: null }
}
