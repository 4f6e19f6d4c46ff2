import type { Kysely } from "kysely"
import type { Migration } from "kysely/migration"

/** The table that is mirrored: six columns, of the types that most have. */
export interface ItemsTables {
  items: { id: string; title: string; number: number; price: string; changed_at: Date; done: boolean }
}

export const createItems: Migration = {
  up: (db: Kysely<unknown>) =>
    db.schema
      .createTable("items")
      .addColumn("id", "uuid", (column) => column.primaryKey())
      .addColumn("title", "text", (column) => column.notNull())
      .addColumn("number", "int8", (column) => column.notNull())
      .addColumn("price", "numeric(12, 2)", (column) => column.notNull())
      .addColumn("changed_at", "timestamptz", (column) => column.notNull())
      .addColumn("done", "boolean", (column) => column.notNull())
      .execute(),
}

/** SQL that inserts rows, made by the server itself. Random keys, as those of a uuid of version 4. */
export function insertItems(count: number): string {
  return `insert into items select gen_random_uuid(), 'Water plant number ' || g, g, (g % 100000) / 100.0, now(), g % 2 = 0
    from generate_series(1, ${count}) g`
}
