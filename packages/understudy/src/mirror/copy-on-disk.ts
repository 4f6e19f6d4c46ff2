import { DatabaseSync } from "node:sqlite"
import { programTableNames } from "../engine/sqlite/program-tables.ts"
import { quoteName } from "../engine/sqlite/sql-tokens.ts"
import type { KnownPrimary } from "../journal/local/contract.ts"
import { executedInFile } from "../migrate/executed-in-file.ts"
import { CopyRecord, type RecordedTable } from "./copy-record.ts"
import { withoutTriggers } from "./without-triggers.ts"

/** What a fallback's file holds of its primary. */
export interface CopyOnDisk {
  /** Was the file ever seen by a primary? If not, what it holds was written here. */
  readonly primarySeen: boolean
  /** The primary's own mark; null where it is not known. */
  readonly primaryMark: string | null
  /** What else is known of the primary; null: nothing. */
  readonly primaryKnown: KnownPrimary | null
  /** The moment of the primary that the copy shows; null where there is no copy. */
  readonly asOf: Date | null
  /** What is known of each table. */
  readonly tables: readonly RecordedTable[]
  /** The tables of which nothing may be answered, each with the reason. None in a file that never saw its primary. */
  readonly withheld: ReadonlyMap<string, string>
}

const NO_COPY: CopyOnDisk = {
  primarySeen: false,
  primaryMark: null,
  primaryKnown: null,
  asOf: null,
  tables: [],
  withheld: new Map(),
}
const BUSY_TIMEOUT_MS = 1_000

/** Looks at a file that this process owns. Throws what node:sqlite throws. */
export function readCopy(file: string): CopyOnDisk {
  if (file === ":memory:") return NO_COPY
  using database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  const record = new CopyRecord(database)
  const seen = record.exists ? record.seenPrimary() : undefined
  if (seen === undefined) return NO_COPY
  const asOf = record.position()?.asOf ?? null
  const tables = record.tables()
  const withheld = new Map<string, string>()
  for (const name of programTableNames(database)) {
    const table = tables.find((each) => each.name === name)
    if (asOf === null || table === undefined || table.shape === null)
      withheld.set(name, table?.absence ?? "not-copied")
  }
  const { mark: primaryMark, cluster } = seen
  const { mirrorId, acknowledged } = record
  const isKnown = primaryMark !== null || cluster !== null
  const primaryKnown = isKnown ? { cluster, mirrorId, acknowledged } : null
  return { primarySeen: true, primaryMark, primaryKnown, asOf, tables, withheld }
}

/** What is known where the file that the primary has seen cannot be had: of these tables nothing may be answered. */
export function withoutCopy(tables: readonly string[]): CopyOnDisk {
  const withheld = new Map(tables.map((name) => [name, "not-copied"]))
  return { ...NO_COPY, primarySeen: true, withheld }
}

/** The copies of these tables are not what the primary has: nothing is answered of them until they are made anew. */
export function giveUpCopies(database: DatabaseSync, tables: readonly string[]): void {
  const record = new CopyRecord(database)
  if (tables.length === 0 || !record.exists) return
  const given = new Set(tables)
  record.setTables(
    record.tables().map((table) => (given.has(table.name) ? { ...table, shape: null } : table)),
  )
}

/**
 * The primary has what the fallback took. Of tables without a copy nothing of that stays; the copies of the outdated ones
 * are made anew.
 */
export function settleCopy(file: string, outdated: readonly string[]): void {
  using database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  const record = new CopyRecord(database)
  record.create()
  database.exec("pragma foreign_keys = off; begin immediate")
  if (record.seenPrimary() === undefined) record.sawPrimary({ mark: null, cluster: null })
  giveUpCopies(database, outdated)
  const copied = new Set(
    record
      .tables()
      .filter(({ shape }) => shape !== null)
      .map(({ name }) => name),
  )
  withoutTriggers(database)
  for (const name of programTableNames(database))
    if (!copied.has(name)) database.exec(`delete from ${quoteName(name)}`)
  database.exec("commit")
}

/**
 * Before anything is put into an empty file beside the primary that serves: what it will hold is the primary's. `cluster` is
 * that one's, and all that is known of it before the first copy.
 */
export function keepForPrimary(file: string, cluster: string | null): void {
  using database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  const record = new CopyRecord(database)
  record.create()
  const seen = record.seenPrimary()
  if (seen === undefined || (seen.mark === null && cluster !== null))
    record.sawPrimary({ mark: null, cluster })
}

/** Which of the program's migrations have not run on a file yet. */
export function pendingIn(file: string, migrations: readonly string[]): readonly string[] {
  const executed = file === ":memory:" ? [] : executedInFile(file)
  return migrations.filter((name) => !executed.includes(name))
}

/**
 * Had one of these migrations run on the primary already when a file's rows were copied? Then it must not run on them
 * again. Any other does to the copy what it will do to the primary.
 */
export function ranOnPrimary(file: string, pending: readonly string[]): boolean {
  using database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  const record = new CopyRecord(database)
  const ran = record.exists ? (record.position()?.migrations ?? []) : []
  return pending.some((name) => ran.includes(name))
}

/** Empties a file's tables and gives its copy up: migrations have nothing to move then, and a new copy follows. */
export function emptyCopy(file: string): void {
  using database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  const record = new CopyRecord(database)
  if (!record.exists || record.seenPrimary() === undefined) return
  database.exec("pragma foreign_keys = off; begin immediate")
  withoutTriggers(database)
  for (const name of programTableNames(database)) database.exec(`delete from ${quoteName(name)}`)
  record.dropCopy()
  database.exec("commit")
}
