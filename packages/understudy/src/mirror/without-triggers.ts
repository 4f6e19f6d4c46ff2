import type { DatabaseSync } from "node:sqlite"
import { quoteName } from "../engine/sqlite/sql-tokens.ts"
import { withWritableSchema } from "../engine/sqlite/table-texts.ts"

/**
 * Makes this connection know no trigger, so that none fires by what it writes: the primary's rows are copied as they are,
 * and what triggers made of them is among them. The file, and every other connection, keeps its triggers.
 *
 * To be called in each transaction that writes, as its first step, since a change of the schema by anybody brings the
 * triggers back. Costs a look where there are none, or where they are unknown already. A connection that knows no trigger
 * must neither drop nor rename a table that has one: the trigger would stay behind without it.
 */
export function withoutTriggers(database: DatabaseSync): void {
  // This also makes the connection take notice of what others have changed.
  const triggers = database.prepare("select name from sqlite_schema where type = 'trigger'").all()
  if (!triggers.some(({ name }) => isKnown(database, String(name)))) return
  database.exec("savepoint understudy_triggers")
  try {
    withWritableSchema(database, () => database.exec("delete from sqlite_schema where type = 'trigger'"))
    // It reads the schema anew as it is now, and has no reason to do so again when it is as before.
    database.exec("pragma writable_schema = reset")
    database.prepare("select 1 from sqlite_schema")
  } finally {
    database.exec("rollback to understudy_triggers; release understudy_triggers")
  }
}

/** Does the connection know of this trigger? A statement is looked up when it is prepared; it never runs. */
function isKnown(database: DatabaseSync, trigger: string): boolean {
  try {
    database.prepare(`drop trigger ${quoteName(trigger)}`)
    return true
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("no such trigger")) return false
    throw error
  }
}
