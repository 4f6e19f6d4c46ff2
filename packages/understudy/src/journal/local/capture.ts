import type { DatabaseSync } from "node:sqlite"
import { faultPoint } from "#fault-point"
import { CAPTURE_TRIGGERS } from "../../engine/sqlite/capture-trigger-name.ts"
import { programTables, tablesOf } from "../../engine/sqlite/program-tables.ts"
import { quoteName } from "../../engine/sqlite/sql-tokens.ts"
import type { TransactionUnits } from "../../engine/sqlite/transaction-units.ts"
import { MAKE_WRITE_KEYS_IN_FILE, WRITE_KEY_TABLES } from "../write-key.ts"
import { captureStatements, refusalStatements } from "./capture-triggers.ts"
import type { KnownPrimary, Origin } from "./contract.ts"
import { assertEncodingHolds } from "./encoding-holds.ts"
import { createJournalTables, hasJournal, inOneTransaction } from "./journal-tables.ts"
import { captureMigrations, ignoreMigrations } from "./migration-trigger.ts"
import { drawOrigin, forgetUnused, isAllReturned, markReturned, markSetBack } from "./origins.ts"
import { recordShape } from "./shapes.ts"

/** What capturing needs to begin. */
export interface CaptureOptions {
  /** Those of the engine whose connection it is: the only one that can write from now on. */
  readonly units: TransactionUnits
  /** The mark of the primary that the file knows; null: none. */
  readonly primaryMark: string | null
  /** What else it knows of it. Default: nothing. */
  readonly primaryKnown?: KnownPrimary | null
}

/**
 * Opens the fallback's file for writing: from now on each changed row is kept in the writer's own transaction, under an
 * origin that nobody had before. To be called on the connection that writes, outside a transaction, after the migrations.
 *
 * @throws UnderstudyError `UNDERSTUDY_READ_ONLY` where this build of SQLite cannot keep all values.
 */
export function startCapture(
  database: DatabaseSync,
  { units, primaryMark, primaryKnown = null }: CaptureOptions,
): Origin {
  assertEncodingHolds(database)
  const origin = inOneTransaction(database, () => {
    createJournalTables(database)
    database.exec(MAKE_WRITE_KEYS_IN_FILE)
    dropTriggers(database)
    for (const statement of statementsFor(database)) database.exec(statement)
    captureMigrations(database)
    const drawn = drawOrigin(database, { primaryMark, primaryKnown })
    database.prepare("insert or replace into understudy_capture values (1, ?)").run(drawn.id)
    faultPoint("failover.capture-installed")
    return drawn
  })
  units.countFor(origin.id)
  return origin
}

/** What {@link stopCapture} is told. */
export interface StopOptions {
  /** The ids of the origins of which all changes are in the primary, or parked there. */
  readonly returned?: readonly number[]
  /** The ids of those whose primary was restored to a time before their copy. */
  readonly setBack?: readonly number[]
  /** Done in the same transaction. Default: nothing. */
  readonly also?: (database: DatabaseSync) => void
}

/**
 * Ends the capturing, also that of a process that has ended. Where something is left to hand back, migrations are kept on:
 * they run between what is there and what comes.
 */
export function stopCapture(
  database: DatabaseSync,
  { returned = [], setBack = [], also }: StopOptions = {},
): void {
  inOneTransaction(database, () => {
    dropTriggers(database)
    also?.(database)
    if (!hasJournal(database)) return
    database.exec("delete from understudy_capture")
    markReturned(database, returned)
    markSetBack(database, setBack)
    forgetUnused(database)
    if (isAllReturned(database)) ignoreMigrations(database)
  })
}

function statementsFor(database: DatabaseSync): string[] {
  return [...programTables(database), ...tablesOf(database, [WRITE_KEY_TABLES.sqlite])]
    .filter(({ name }) => isOrdinary(database, name))
    .flatMap((table) =>
      table.key.length === 0
        ? refusalStatements(table.name)
        : captureStatements(recordShape(database, table), nullableKeyOf(database, table.name)),
    )
}

/** Virtual tables, and those in which they keep what they have, take no triggers; PostgreSQL has none of them. */
function isOrdinary(database: DatabaseSync, table: string): boolean {
  const row = database
    .prepare("select type from pragma_table_list where schema = 'main' and name = ?")
    .get(table)
  return row?.["type"] === "table"
}

function nullableKeyOf(database: DatabaseSync, table: string): string[] {
  return database
    .prepare(`select name from pragma_table_xinfo(?) where pk > 0 and "notnull" = 0`)
    .all(table)
    .map((row) => String(row["name"]))
}

function dropTriggers(database: DatabaseSync): void {
  const triggers = database
    .prepare("select name from sqlite_schema where type = 'trigger' and name glob ?")
    .all(CAPTURE_TRIGGERS)
  for (const { name } of triggers) database.exec(`drop trigger ${quoteName(String(name))}`)
}
