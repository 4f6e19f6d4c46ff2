import type { Kysely } from "kysely"
import { SqliteEngine } from "../../src/engine/sqlite/engine.ts"

// Kysely's own type of what a migration is given.
// oxlint-disable-next-line typescript/no-explicit-any
type Db = Kysely<any>

/** Opens a SQLite file as a service does. */
export function openFile(file: string): SqliteEngine {
  return new SqliteEngine({
    file,
    role: "embedded",
    synchronous: "normal",
    waitMs: 5_000,
    values: { int8: "number", timestamptz: "date" },
  })
}

/** Makes tables with rows; makes one of them anew, twice. */
export const REBUILDING = {
  make: {
    async up(db: Db): Promise<void> {
      await db.schema
        .createTable("t")
        .addColumn("id", "serial", (c) => c.primaryKey())
        .addColumn("a", "text")
        .execute()
      await db.schema
        .createTable("c")
        .addColumn("t", "integer", (c) => c.references("t.id").onDelete("cascade"))
        .execute()
      const rows = Array.from({ length: 500 }, (_, index) => ({ a: `row ${index}` }))
      await db.insertInto("t").values(rows).execute()
      await db
        .insertInto("c")
        .values([{ t: 1 }, { t: 500 }])
        .execute()
    },
  },
  rebuild: {
    async up(db: Db): Promise<void> {
      await db.schema
        .alterTable("t")
        .alterColumn("a", (c) => c.setDataType("varchar(40)"))
        .execute()
      await db.schema
        .alterTable("t")
        .addColumn("b", "integer", (c) => c.notNull().defaultTo(1))
        .execute()
    },
  },
}
