import type { Migrations } from "../../src/migrate/migrate.ts"

/** One table, with a key of two columns. */
export interface Events {
  event: { id: number; at: number; body: string | null }
}

export const EVENTS: Migrations = {
  "0001": {
    async up(db) {
      await db.schema
        .createTable("event")
        .addColumn("id", "integer", (column) => column.notNull())
        .addColumn("at", "integer", (column) => column.notNull())
        .addColumn("body", "text")
        .addPrimaryKeyConstraint("event_key", ["id", "at"])
        .execute()
    },
  },
}
