import { DatabaseSync } from "node:sqlite"
import { readOnlyLocation } from "../host/read-only-location.ts"

/** Another program may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 200

/**
 * The names of the migrations that ran on a SQLite file. The file is only read, and left without companions.
 * Throws what node:sqlite throws where it cannot be read.
 */
export function executedInFile(file: string): readonly string[] {
  using database = new DatabaseSync(readOnlyLocation(file), { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  database.exec("pragma trusted_schema = off")
  const table = database.prepare("select 1 from sqlite_schema where type = 'table' and name = ?")
  if (table.get("kysely_migration") === undefined) return []
  return database
    .prepare("select name from kysely_migration order by timestamp, name")
    .all()
    .map((row) => String(row["name"]))
}
