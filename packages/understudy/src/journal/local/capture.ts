import type { DatabaseSync } from "node:sqlite"
import { programTables } from "../../engine/sqlite/program-tables.ts"
import { quoteName } from "../../engine/sqlite/sql-tokens.ts"
import type { TransactionUnits } from "../../engine/sqlite/transaction-units.ts"
import { CAPTURE_TRIGGERS, captureStatements } from "./capture-triggers.ts"
import type { Origin } from "./contract.ts"
import { createJournalTables, hasJournal, inOneTransaction } from "./journal-tables.ts"
import { recordShape } from "./shapes.ts"

/** What capturing needs to begin. */
export interface CaptureOptions {
  /** Those of the engine whose connection it is: the only one that can write from now on. */
  readonly units: TransactionUnits
  /** The mark of the primary that the file knows; null: none. */
  readonly primaryMark: string | null
}

/**
 * Opens the fallback's file for writing: from now on each changed row is kept in the writer's own transaction, under an
 * origin that nobody had before. To be called on the connection that writes, outside a transaction.
 */
export function startCapture(database: DatabaseSync, { units, primaryMark }: CaptureOptions): Origin {
  const origin = inOneTransaction(database, () => {
    createJournalTables(database)
    dropTriggers(database)
    for (const table of programTables(database)) {
      if (table.key.length === 0) continue
      for (const statement of captureStatements(recordShape(database, table))) database.exec(statement)
    }
    const drawn = drawOrigin(database, primaryMark)
    database.prepare("insert or replace into understudy_capture values (1, ?)").run(drawn.id)
    return drawn
  })
  units.countFor(origin.id)
  return origin
}

/**
 * Ends the capturing, also that of a process that has ended.
 *
 * @param returned The ids of the origins of which all changes are in the primary, or parked there.
 */
export function stopCapture(
  database: DatabaseSync,
  { returned = [] }: { readonly returned?: readonly number[] } = {},
): void {
  inOneTransaction(database, () => {
    dropTriggers(database)
    if (!hasJournal(database)) return
    database.exec("delete from understudy_capture")
    const mark = database.prepare(
      "update understudy_origin set returned_at = ? where id = ? and returned_at is null",
    )
    for (const id of returned) mark.run(Date.now(), id)
  })
}

function drawOrigin(database: DatabaseSync, primaryMark: string | null): Origin {
  const origin = crypto.randomUUID()
  const openedAt = new Date()
  const { lastInsertRowid } = database
    .prepare("insert into understudy_origin (origin, primary_mark, opened_at) values (?, ?, ?)")
    .run(origin, primaryMark, openedAt.getTime())
  return { id: Number(lastInsertRowid), origin, primaryMark, openedAt, returnedAt: null }
}

function dropTriggers(database: DatabaseSync): void {
  const triggers = database
    .prepare("select name from sqlite_schema where type = 'trigger' and name glob ?")
    .all(CAPTURE_TRIGGERS)
  for (const { name } of triggers) database.exec(`drop trigger ${quoteName(String(name))}`)
}
