import { type CreateTableBuilder, sql } from "kysely"
import type { DdlCase, DdlRun } from "./ddl-outcome.ts"

type Db = DdlRun["db"]
type Table = CreateTableBuilder<string, string>

const insert = (db: Db, table: string, row: Record<string, unknown>) => () =>
  db.insertInto(table).values(row).returningAll().execute()

/** What is added to a table that has an `id`. */
const TABLES: Readonly<Record<string, (table: Table) => Table>> = {
  "two primary keys": (t) =>
    t.addColumn("a", "integer", (c) => c.primaryKey()).addPrimaryKeyConstraint("k", ["id"]),
  "a key of a column that is not there": (t) => t.addUniqueConstraint("k", ["nothing"]),
  "a foreign key of a column that is not there": (t) =>
    t.addForeignKeyConstraint("k", ["nothing"], "p", ["id"]),
  "a foreign key of fewer columns": (t) => t.addForeignKeyConstraint("k", ["id"], "p", ["id", "a"] as never),
  "a foreign key to a view": (t) => t.addForeignKeyConstraint("k", ["id"], "v", ["id"]),
  "a check of a column that is not there": (t) => t.addCheckConstraint("k", sql`missing > 1`),
  "a check with a subquery": (t) => t.addCheckConstraint("k", sql`id in (select 1)`),
  "a column computed of one that is not there": (t) =>
    t.addColumn("a", "integer", (c) => c.generatedAlwaysAs(sql`missing`).stored()),
  "a column computed of itself": (t) =>
    t.addColumn("a", "integer", (c) => c.generatedAlwaysAs(sql`a + 1`).stored()),
  "a column computed of one that is computed": (t) =>
    t
      .addColumn("b", "integer", (c) => c.generatedAlwaysAs(sql`id`).stored())
      .addColumn("a", "integer", (c) => c.generatedAlwaysAs(sql`b + 1`).stored()),
  "a column computed of the time": (t) =>
    t.addColumn("a", "timestamptz", (c) => c.generatedAlwaysAs(sql`now()`).stored()),
  "a default that asks another column": (t) => t.addColumn("a", "integer", (c) => c.defaultTo(sql`id`)),
  "a default that is a subquery": (t) => t.addColumn("a", "integer", (c) => c.defaultTo(sql`(select 1)`)),
  "a serial with a default": (t) => t.addColumn("a", "serial", (c) => c.defaultTo(1)),
  "an identity of text": (t) => t.addColumn("a", "text", (c) => c.generatedByDefaultAsIdentity()),
  "a varchar of no length": (t) => t.addColumn("a", "varchar(0)"),
}

const tableCases: DdlCase[] = Object.entries(TABLES).map(([name, add]) => ({
  name,
  run: async ({ db, note }) => {
    await db.schema
      .createTable("p")
      .addColumn("id", "integer", (c) => c.primaryKey())
      .addColumn("a", "integer")
      .addUniqueConstraint("p_both", ["id", "a"])
      .execute()
    await db.schema.createView("v").as(db.selectFrom("p").select("id")).execute()
    await note(() => add(db.schema.createTable("t").addColumn("id", "integer")).execute())
  },
}))

const KEYS: readonly (readonly [string, readonly string[]])[] = [
  ["integer", ["bigint", "smallint", "text", "numeric(5, 2)", "double precision", "boolean"]],
  ["text", ["varchar(5)", "integer", "uuid"]],
  ["double precision", ["real", "integer", "text"]],
  ["uuid", ["uuid", "text"]],
  ["date", ["date", "integer"]],
]

const keyCases: DdlCase[] = KEYS.map(([type, others]) => ({
  name: `foreign keys to ${type} of ${others.join(", ")}`,
  run: async ({ db, note }) => {
    await db.schema
      .createTable("p")
      .addColumn("id", sql.raw(type), (c) => c.primaryKey())
      .execute()
    for (const [index, other] of others.entries()) {
      await note(() =>
        db.schema
          .createTable(`c${index}`)
          .addColumn("p", sql.raw(other), (c) => c.references("p.id"))
          .execute(),
      )
    }
  },
}))

const setType = (db: Db, table: string, column: string, type: string) => () =>
  db.schema
    .alterTable(table)
    .alterColumn(column, (c) => c.setDataType(sql.raw(type)))
    .execute()

/** Definitions that PostgreSQL refuses, or takes only where their parts fit. */
export const DEFINITION_CASES: readonly DdlCase[] = [
  ...tableCases,
  ...keyCases,
  {
    name: "a type is altered under a foreign key",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("p")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .execute()
      await db.schema
        .createTable("c")
        .addColumn("p", "integer", (c) => c.references("p.id"))
        .execute()
      await insert(db, "p", { id: 1 })()
      await insert(db, "c", { p: 1 })()
      await note(setType(db, "p", "id", "text"))
      await note(setType(db, "c", "p", "text"))
      await note(setType(db, "p", "id", "bigint"))
      await note(insert(db, "c", { p: 2 }))
    },
  },
  {
    name: "a type is altered under a view and under a generated column",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("t")
        .addColumn("id", "integer")
        .addColumn("a", "integer")
        .addColumn("b", "integer")
        .addColumn("twice", "integer", (c) => c.generatedAlwaysAs(sql`a * 2`).stored())
        .execute()
      await db.schema
        .createView("v")
        .as(db.selectFrom("t").select("id").where("b", ">", 1))
        .execute()
      for (const column of ["id", "a", "b", "twice"]) await note(setType(db, "t", column, "bigint"))
    },
  },
  {
    name: "a column is dropped whose name is a word in the checks of others",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("t")
        .addColumn("id", "integer")
        .addColumn("between", "integer")
        .addColumn("glob", "text")
        .addColumn("day", "date")
        .execute()
      await db.schema.alterTable("t").dropColumn("between").dropColumn("glob").execute()
      await note(() => sql`insert into t (id) values (3000000000)`.execute(db))
      await note(() => sql`insert into t (day) values ('no day')`.execute(db))
    },
  },
  {
    name: "comments are dropped",
    run: async ({ db, note }) => {
      await db.schema.createTable("t").addColumn("id", "integer").execute()
      await note(async () => (await sql`comment on table t is 'of things'`.execute(db)).rows)
      await note(async () => (await sql`comment on column t.id is 'which one'`.execute(db)).rows)
    },
  },
  {
    name: "names of lines and parentheses",
    run: async ({ db, note }) => {
      const name = "(new\nline"
      await db.schema
        .createTable(name)
        .addColumn("id", "serial")
        .addColumn(name, "integer", (c) => c.unique().check(sql`${sql.ref(name)} > 0`))
        .execute()
      await db.schema.createIndex("(index").on(name).column(name).execute()
      await insert(db, name, { id: 1, [name]: 1 })()
      await note(() => sql`insert into ${sql.table(name)} values (2, 0)`.execute(db))
      await db.schema.alterTable(name).renameColumn(name, "a:b").execute()
      await note(insert(db, name, { id: 1, "a:b": 1 }))
      await db.schema.alterTable(name).dropColumn("a:b").execute()
      await note(() => db.schema.dropIndex("(index").execute())
    },
  },
]
