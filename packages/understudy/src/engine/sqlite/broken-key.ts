import type { DatabaseSync } from "node:sqlite"
import { isSameToSqlite } from "./relations.ts"

/** Is this a table whose rows are not known here? Then nothing can be said of keys that lead to it. */
export type IsWithheld = (table: string) => boolean

/** Where a foreign key leads from and to. */
export interface KeyPlace {
  readonly columns: readonly string[]
  readonly parent: string
}

/**
 * The place of a foreign key of this table that a row breaks now; undefined: there is none.
 *
 * @throws SQLite's error where a key of the table leads to no key
 */
export function findBrokenKey(
  database: DatabaseSync,
  table: string,
  isWithheld: IsWithheld,
): KeyPlace | undefined {
  const violations = database.prepare("select fkid, parent from pragma_foreign_key_check(?)").iterate(table)
  for (const { fkid, parent } of violations) {
    if (isWithheld(String(parent))) continue
    const columns = database
      .prepare(`select "from" as name from pragma_foreign_key_list(?) where id = ? order by seq`)
      .all(table, Number(fkid))
      .map((row) => String(row["name"]))
    return { columns, parent: String(parent) }
  }
  return undefined
}

/** Is this key at that place? */
export function isAtPlace(key: KeyPlace, place: KeyPlace): boolean {
  return isSameToSqlite(key.parent, place.parent) && key.columns.join() === place.columns.join()
}
