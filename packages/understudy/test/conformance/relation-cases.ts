import { sql } from "kysely"
import type { DdlCase, DdlRun } from "./ddl-outcome.ts"

type Db = DdlRun["db"]

const table = (db: Db, name: string) =>
  db.schema
    .createTable(name)
    .addColumn("id", "integer", (c) => c.primaryKey())
    .addColumn("a", "integer")
    .addColumn("b", "text")
const insert = (db: Db, name: string, row: Record<string, unknown>) => () =>
  db.insertInto(name).values(row).returningAll().execute()
const alter = (db: Db, name = "t") => db.schema.alterTable(name)
const view = (db: Db, name: string, columns: readonly ("id" | "a" | "b")[]) =>
  db.schema.createView(name).as(db.selectFrom("t").select(columns))

/** Tables, views, indexes and keys share their names, and are not taken for one another. */
export const RELATION_CASES: readonly DdlCase[] = [
  {
    name: "what is of another kind",
    run: async ({ db, note }) => {
      await table(db, "t").execute()
      await view(db, "v", ["id"]).execute()
      await db.schema.createIndex("i").on("t").column("a").execute()
      await note(() => db.schema.dropView("t").execute())
      await note(() => db.schema.dropTable("v").execute())
      await note(() => db.schema.dropTable("i").ifExists().execute())
      await note(() => db.schema.dropIndex("t").execute())
      await note(() => alter(db, "v").addColumn("c", "text").execute())
      await note(() => db.schema.createIndex("j").on("v").column("id").execute())
      await note(() => view(db, "t", ["id"]).orReplace().execute())
      await note(() => table(db, "v").ifNotExists().execute())
    },
  },
  {
    name: "names that are taken",
    run: async ({ db, note }) => {
      await table(db, "t").execute()
      await table(db, "u").execute()
      await alter(db).addUniqueConstraint("key", ["a"]).execute()
      await db.schema.createIndex("i").on("t").column("a").execute()
      await note(() => db.schema.createIndex("key").on("u").column("a").execute())
      await note(() => alter(db, "u").addUniqueConstraint("key", ["a"]).execute())
      await note(() => alter(db, "u").addUniqueConstraint("i", ["a"]).execute())
      await note(() => alter(db, "u").addUniqueConstraint("t", ["a"]).execute())
      await note(() => table(db, "key").execute())
      await note(() => table(db, "t_pkey").execute())
      await note(() => view(db, "i", ["id"]).execute())
      await note(() => alter(db, "u").renameTo("i").execute())
      await note(() =>
        alter(db, "u")
          .addCheckConstraint("key", sql`a > 0`)
          .execute(),
      )
      await note(() =>
        alter(db, "u")
          .addCheckConstraint("key", sql`a > 1`)
          .execute(),
      )
      await note(() =>
        db.schema
          .createTable("n")
          .addColumn("a", "integer")
          .addCheckConstraint("twice", sql`a > 0`)
          .addCheckConstraint("twice", sql`a > 1`)
          .execute(),
      )
      await note(() => db.schema.createTable("n").addColumn("a", "integer").addColumn("a", "text").execute())
    },
  },
  {
    name: "names that are made up avoid those that are taken",
    run: async ({ db, note }) => {
      const keyed = (name: string) =>
        table(db, name).addColumn("c", "integer", (c) => c.unique().check(sql`c > 0`))
      await keyed("t").execute()
      await alter(db).renameTo("old").execute()
      await keyed("t").execute()
      await insert(db, "t", { id: 1, c: 1 })()
      await note(insert(db, "t", { id: 1, c: 2 }))
      await note(insert(db, "t", { id: 2, c: 1 }))
      await note(insert(db, "t", { id: 2, c: -1 }))
    },
  },
  {
    name: "an index of a constraint is dropped with it alone",
    run: async ({ db, note }) => {
      await table(db, "t").execute()
      await alter(db).addUniqueConstraint("key", ["a"]).execute()
      await note(() => db.schema.dropIndex("key").execute())
      await note(() => db.schema.dropIndex("t_pkey").cascade().execute())
      await note(() => db.schema.dropIndex("nothing").execute())
      await note(() => db.schema.dropIndex("nothing").ifExists().execute())
    },
  },
  {
    name: "a unique index to which a foreign key leads",
    run: async ({ db, note }) => {
      await table(db, "t").execute()
      await db.schema.createIndex("i").unique().on("t").column("a").execute()
      await db.schema
        .createTable("c")
        .addColumn("id", "integer")
        .addColumn("a", "integer", (c) => c.references("t.a"))
        .execute()
      await note(() => db.schema.dropIndex("i").execute())
      await note(insert(db, "t", { id: 1, a: 1 }))
      await note(insert(db, "c", { id: 1, a: 1 }))
      await note(insert(db, "c", { id: 2, a: 2 }))
      await note(() => db.schema.dropIndex("i").cascade().execute())
      await note(insert(db, "c", { id: 2, a: 2 }))
      await note(insert(db, "t", { id: 2, a: 1 }))
    },
  },
  {
    name: "a key to which a foreign key leads",
    run: async ({ db, note }) => {
      await table(db, "t")
        .addColumn("own", "integer", (c) => c.references("t.id"))
        .execute()
      await db.schema
        .createTable("c")
        .addColumn("id", "integer")
        .addColumn("t", "integer", (c) => c.references("t.id"))
        .execute()
      await note(() => alter(db).dropConstraint("t_pkey").execute())
      await note(() => alter(db).dropConstraint("t_pkey").restrict().execute())
      await note(() => alter(db).dropConstraint("t_pkey").cascade().execute())
      await note(insert(db, "c", { id: 1, t: 9 }))
      await note(insert(db, "t", { id: 1, own: 9 }))
      await note(insert(db, "t", { id: 1 }))
    },
  },
  {
    name: "a view that is replaced keeps its columns and may get more",
    run: async ({ db, note }) => {
      await table(db, "t").execute()
      await view(db, "v", ["id", "b"]).execute()
      await db.schema.createView("w").as(db.selectFrom("v").select("id")).execute()
      await note(() => view(db, "v", ["id"]).orReplace().execute())
      await note(() => view(db, "v", ["id", "a"]).orReplace().execute())
      await note(() => view(db, "v", ["id", "b", "a"]).orReplace().execute())
      await note(() => db.selectFrom("v").selectAll().execute())
    },
  },
]
