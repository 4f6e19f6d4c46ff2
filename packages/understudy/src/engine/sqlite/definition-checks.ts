import type { DatabaseSync } from "node:sqlite"
import { notPortable } from "../not-portable.ts"
import type { TableDefinition } from "./table-definition.ts"

/**
 * Throws where a default calls what SQLite has not: SQLite itself would say so at the first insert only.
 *
 * @throws UnderstudyError `UNDERSTUDY_NOT_PORTABLE`
 */
export function checkDefaults(database: DatabaseSync, { name: table, columns }: TableDefinition): void {
  for (const { name, defaultTo } of columns) {
    if (defaultTo === undefined) continue
    try {
      database.prepare(`select ${defaultTo}`)
    } catch {
      throw notPortable(`The default of ${table}.${name}`, "Give the value in the insert.")
    }
    // SQLite's gives whole numbers of 64 bits.
    if (/\brandom\s*\(/i.test(defaultTo))
      throw notPortable(`random() as the default of ${table}.${name}`, "Give the value in the insert.")
  }
}
