import { sql } from "kysely"
import type { DdlCase, DdlRun } from "./ddl-outcome.ts"

type Db = DdlRun["db"]

const insert = (db: Db, table: string, row: Record<string, unknown>) => () =>
  db.insertInto(table).values(row).returningAll().execute()
const rows = (db: Db, table: string) => () => db.selectFrom(table).selectAll().orderBy("id").execute()

const ACTIONS = ["cascade", "set null", "set default", "restrict", "no action"] as const
const LONG = "a_table_whose_name_is_so_long_that_postgresql_must_cut"

const foreignKeyCases: DdlCase[] = ACTIONS.map((action) => ({
  name: `foreign key: on delete ${action}, on update ${action}`,
  run: async ({ db, note }) => {
    await db.schema
      .createTable("p")
      .addColumn("id", "integer", (c) => c.primaryKey())
      .execute()
    await db.schema
      .createTable("c")
      .addColumn("id", "integer", (c) => c.primaryKey())
      .addColumn("p", "integer", (c) => c.defaultTo(3).references("p.id").onDelete(action).onUpdate(action))
      .execute()
    await db
      .insertInto("p")
      .values([1, 2, 3].map((id) => ({ id })))
      .execute()
    await db
      .insertInto("c")
      .values([1, 2].map((id) => ({ id, p: id })))
      .execute()
    await note(() => db.deleteFrom("p").where("id", "=", 1).execute())
    await note(() => db.updateTable("p").set({ id: 20 }).where("id", "=", 2).execute())
    await note(rows(db, "c"))
    await note(insert(db, "c", { id: 9, p: 99 }))
    await note(() => db.updateTable("c").set({ p: 98 }).execute())
  },
}))

const DEFAULTS: readonly (readonly [string, unknown])[] = [
  ["boolean", "yes"],
  ["boolean", sql`'f'`],
  ["boolean", 1],
  ["integer", "5"],
  ["integer", "abc"],
  ["integer", 1.5],
  ["integer", true],
  ["smallint", 70_000],
  ["bigint", "9007199254740993"],
  ["double precision", "NaN"],
  ["double precision", "1e3"],
  ["numeric(4, 1)", 1.25],
  ["numeric(4, 1)", "1.25"],
  ["numeric(4, 1)", 12_345],
  ["numeric", "007.50"],
  ["numeric", 1.5],
  ["text", 5],
  ["text", true],
  ["varchar(2)", "abc"],
  ["uuid", "0190B3A2-5C1D-7E3F-8A4B-1C2D3E4F5A6B"],
  ["uuid", "x"],
  ["timestamptz", "2020-01-01"],
  ["timestamptz", sql`'2020-01-01 10:00:00+02'::timestamptz`],
  ["timestamp", "2020-01-01"],
  ["date", "2020-01-01"],
  ["jsonb", "{}"],
  ["jsonb", sql`'[1, 2]'::jsonb`],
  ["json", "{bad"],
  ["bytea", sql`'\\x00ff'`],
]

const defaultCases: DdlCase[] = DEFAULTS.map(([type, value]) => ({
  name: `default ${type}: ${typeof value === "object" ? "a fragment" : JSON.stringify(value)}`,
  run: async ({ db, note }) => {
    await note(() =>
      db.schema
        .createTable("t")
        .addColumn("id", "integer")
        .addColumn("a", sql.raw(type), (c) => c.defaultTo(value))
        .execute(),
    )
    await note(insert(db, "t", { id: 1 }))
  },
}))

const VIEWS: Readonly<Record<string, (db: Db) => unknown>> = {
  "all columns": (db) => db.selectFrom("t").selectAll(),
  "all columns of one table of a join": (db) =>
    db.selectFrom("t as x").innerJoin("u", "u.id", "x.id").selectAll("x").select("u.b as other"),
  "all columns, the rows once each": (db) => db.selectFrom("t").distinct().selectAll(),
  "all columns of a union": (db) => db.selectFrom("t").selectAll().union(db.selectFrom("u").selectAll()),
  "all columns in raw SQL": () => sql`select * from t where a = 1`,
}

const viewCases: DdlCase[] = Object.entries(VIEWS).map(([what, make]) => ({
  name: `a view of ${what} keeps them when the table gets, loses and renames columns`,
  run: async ({ db, note }) => {
    for (const table of ["t", "u"]) {
      await db.schema
        .createTable(table)
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("a", "integer")
        .addColumn("b", "text")
        .execute()
      await insert(db, table, { id: 1, a: 1, b: table })()
    }
    await db.schema
      .createView("v")
      .as(make(db) as never)
      .execute()
    const steps = [
      db.schema.alterTable("t").addColumn("c", "text"),
      db.schema.alterTable("t").addColumn("d", "text", (c) => c.notNull().defaultTo("x")),
      db.schema.alterTable("t").dropColumn("c"),
      db.schema.alterTable("t").dropColumn("a"),
      db.schema.alterTable("t").renameColumn("b", "bb"),
      db.schema.alterTable("t").renameTo("tt"),
    ]
    for (const step of steps) {
      await note(() => step.execute())
      await note(rows(db, "v"))
    }
  },
}))

export const CREATE_CASES: readonly DdlCase[] = [
  ...foreignKeyCases,
  {
    name: "stored generated columns",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("t")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("name", "text")
        .addColumn("twice", "integer", (c) => c.generatedAlwaysAs(sql`id * 2`).stored())
        .addColumn("small", "text", (c) => c.generatedAlwaysAs(sql`lower(name)`).stored())
        .execute()
      await note(insert(db, "t", { id: 4, name: "ABC" }))
      await note(() => db.updateTable("t").set({ id: 5 }).returningAll().execute())
    },
  },
  {
    name: "defaults of each kind",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("t")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("a", "text", (c) => c.defaultTo("it's"))
        .addColumn("b", "boolean", (c) => c.defaultTo(true))
        .addColumn("c", "integer", (c) => c.defaultTo(-1))
        .addColumn("d", "numeric(6, 2)", (c) => c.defaultTo(1.5))
        .addColumn("e", "timestamptz", (c) => c.defaultTo(sql`now()`))
        .addColumn("f", "uuid", (c) => c.defaultTo(sql`gen_random_uuid()`))
        .addColumn("g", "integer", (c) => c.defaultTo(sql`1 + 2`))
        .addColumn("h", "text", (c) => c.defaultTo(null))
        .addColumn("i", "date", (c) => c.defaultTo(sql`now()`))
        .addColumn("j", "timestamp", (c) => c.defaultTo(sql`current_date`))
        .execute()
      await note(async () => {
        const [row] = await insert(db, "t", { id: 1 })()
        const { e, f, i, j, ...rest } = row ?? {}
        const sameDay = String(j).startsWith(`${String(i)}`) && String(j).endsWith("00:00:00")
        return { ...rest, e: e instanceof Date, f: /^[0-9a-f-]{36}$/.test(String(f)), sameDay }
      })
    },
  },
  {
    name: "names that PostgreSQL makes up come out in errors",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("t")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("a", "integer", (c) => c.unique().check(sql`a > 0`))
        .addColumn("b", "integer", (c) => c.check(sql`b < a`))
        .addColumn("c", "varchar(3)", (c) =>
          c
            .notNull()
            .check(sql`c <> 'x'`)
            .check(sql`c <> 'y'`),
        )
        .addUniqueConstraint("named", ["b", "c"])
        .addCheckConstraint("also", sql`b <> 7`)
        .execute()
      await note(insert(db, "t", { id: 1, a: 5, b: 1, c: "c" }))
      await note(insert(db, "t", { id: 1, a: 6, b: 2, c: "c" }))
      await note(insert(db, "t", { id: 2, a: 5, b: 2, c: "c" }))
      await note(insert(db, "t", { id: 2, a: 0, b: -1, c: "c" }))
      await note(insert(db, "t", { id: 2, a: 7, b: 8, c: "c" }))
      await note(insert(db, "t", { id: 2, a: 8, b: 7, c: "c" }))
      await note(insert(db, "t", { id: 2, a: 9, b: 1, c: "c" }))
      await note(insert(db, "t", { id: 2, a: 9, b: 1, c: "x" }))
      await note(insert(db, "t", { id: 2, a: 9, b: 1, c: null }))
      await note(insert(db, "t", { id: 2, a: 9, b: 1, c: "long" }))
    },
  },
  {
    name: "names that are cut to 63 bytes",
    run: async ({ db, note }) => {
      await db.schema
        .createTable(LONG)
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("a_long_column_name", "integer", (c) => c.unique().check(sql`a_long_column_name > 0`))
        .execute()
      await note(insert(db, LONG, { id: 1, a_long_column_name: 1 }))
      await note(insert(db, LONG, { id: 1, a_long_column_name: 2 }))
      await note(insert(db, LONG, { id: 2, a_long_column_name: 1 }))
      await note(insert(db, LONG, { id: 3, a_long_column_name: 0 }))
    },
  },
  {
    name: "composite keys and a foreign key to one",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("p")
        .addColumn("id", "integer")
        .addColumn("b", "text")
        .addPrimaryKeyConstraint("p_key", ["id", "b"])
        .execute()
      await db.schema
        .createTable("c")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("p", "integer")
        .addColumn("b", "text")
        .addForeignKeyConstraint("c_p", ["p", "b"], "p", ["id", "b"], (k) => k.onDelete("cascade"))
        .execute()
      await note(insert(db, "p", { id: 1, b: "x" }))
      await note(insert(db, "p", { id: 1, b: "x" }))
      await note(insert(db, "p", { id: null, b: "x" }))
      await note(insert(db, "c", { id: 1, p: 1, b: "x" }))
      await note(insert(db, "c", { id: 2, p: 1, b: "y" }))
      await note(insert(db, "c", { id: 2, p: 1, b: null }))
      await note(() => db.deleteFrom("p").execute())
      await note(rows(db, "c"))
    },
  },
  {
    name: "two foreign keys: the one that is broken is named",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("p")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .execute()
      await db.schema
        .createTable("c")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("a", "integer", (c) => c.references("p.id"))
        .addColumn("b", "integer", (c) => c.references("p.id"))
        .addColumn("above", "integer", (c) => c.references("c.id"))
        .execute()
      await db
        .insertInto("p")
        .values([{ id: 1 }, { id: 2 }])
        .execute()
      await note(insert(db, "c", { id: 1, a: 1, b: 9 }))
      await note(insert(db, "c", { id: 1, a: 9, b: 1 }))
      await note(insert(db, "c", { id: 1, a: 1, b: 2, above: 1 }))
      await note(insert(db, "c", { id: 2, above: 7 }))
      await note(() => db.deleteFrom("p").where("id", "=", 2).execute())
      await note(() => db.updateTable("p").set({ id: 5 }).where("id", "=", 1).execute())
      await note(rows(db, "c"))
    },
  },
  {
    name: "a key that is broken behind a cascade is named",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("a")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .execute()
      await db.schema
        .createTable("b")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("a", "integer", (c) => c.references("a.id").onDelete("cascade"))
        .execute()
      await db.schema
        .createTable("c")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("b", "integer", (c) => c.references("b.id"))
        .execute()
      await db.insertInto("a").values({ id: 1 }).execute()
      await db.insertInto("b").values({ id: 2, a: 1 }).execute()
      await db.insertInto("c").values({ id: 3, b: 2 }).execute()
      await note(() => db.deleteFrom("a").execute())
      await note(rows(db, "b"))
    },
  },
  {
    name: "a deferred foreign key is looked at with the COMMIT",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("p")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .execute()
      await db.schema
        .createTable("c")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("p", "integer")
        .addForeignKeyConstraint("later", ["p"], "p", ["id"], (k) => k.deferrable().initiallyDeferred())
        .execute()
      const inOrder = (id: number, parent: number) => () =>
        db.transaction().execute(async (trx) => {
          await trx.insertInto("c").values({ id, p: id }).execute()
          await trx.insertInto("p").values({ id: parent }).execute()
        })
      await note(inOrder(1, 1))
      await note(inOrder(2, 3))
      await note(rows(db, "c"))
    },
  },
  {
    name: "a foreign key to a table, a column or a key that is not there",
    run: async ({ db, note }) => {
      await db.schema.createTable("p").addColumn("id", "integer").execute()
      for (const target of ["nowhere.id", "p.nothing", "p.id"]) {
        await note(() =>
          db.schema
            .createTable("c")
            .addColumn("p", "integer", (c) => c.references(target))
            .execute(),
        )
      }
    },
  },
  {
    name: "indexes: unique, partial, by expression, descending, of several columns",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("t")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("name", "text")
        .addColumn("gone", "boolean", (c) => c.notNull().defaultTo(false))
        .execute()
      await db.schema
        .createIndex("one_name")
        .unique()
        .on("t")
        .column("name")
        .where(sql.ref("gone"), "=", false)
        .execute()
      await db.schema
        .createIndex("small")
        .unique()
        .on("t")
        .expression(sql`lower(name)`)
        .execute()
      await db.schema.createIndex("both").on("t").columns(["name desc", "id asc"]).using("btree").execute()
      await note(() => db.schema.createIndex("both").on("t").column("id").execute())
      await note(() => db.schema.createIndex("both").ifNotExists().on("t").column("id").execute())
      await note(insert(db, "t", { id: 1, name: "a" }))
      await note(insert(db, "t", { id: 2, name: "A" }))
      await note(() => db.schema.dropIndex("small").execute())
      await note(() => db.schema.dropIndex("small").execute())
      await note(() => db.schema.dropIndex("small").ifExists().execute())
      await note(insert(db, "t", { id: 2, name: "A" }))
      await note(insert(db, "t", { id: 3, name: "a" }))
      await note(insert(db, "t", { id: 3, name: "a", gone: true }))
    },
  },
  {
    name: "views: with columns, replaced, dropped, with what depends on them",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("t")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("at", "timestamptz", (c) => c.notNull().defaultTo(sql`'2026-01-02 03:04:05.000000+00'`))
        .execute()
      await note(insert(db, "t", { id: 1 }))
      await db.schema
        .createView("v")
        .as(db.selectFrom("t").selectAll().where("id", ">", 0))
        .execute()
      await note(rows(db, "v"))
      await note(() => db.schema.createView("v").as(db.selectFrom("t").selectAll()).execute())
      await db.schema
        .createView("v")
        .orReplace()
        .as(db.selectFrom("t").selectAll().where("id", ">", 1))
        .execute()
      await note(rows(db, "v"))
      await db.schema.createView("w").columns(["id", "moment"]).as(db.selectFrom("v").selectAll()).execute()
      await note(rows(db, "w"))
      await note(() => db.schema.dropView("v").execute())
      await note(() => db.schema.dropTable("t").execute())
      await note(() => db.schema.dropView("w").execute())
      await note(() => db.schema.dropView("w").execute())
      await note(() => db.schema.dropView("w").ifExists().execute())
      await note(() => db.schema.dropTable("t").cascade().execute())
    },
  },
  {
    name: "tables: if not exists, dropped with what depends on them, in the schema public",
    run: async ({ db, note }) => {
      const make = db.schema.createTable("t").addColumn("id", "serial", (c) => c.primaryKey())
      await make.execute()
      await note(() => make.execute())
      await note(() => make.ifNotExists().execute())
      await note(() => db.insertInto("t").defaultValues().returningAll().execute())
      await db.schema
        .createTable("c")
        .addColumn("t", "integer", (c) => c.references("t.id"))
        .execute()
      await note(() => db.insertInto("c").values({ t: 1 }).execute())
      await note(() => db.schema.dropTable("t").execute())
      await note(() => db.schema.dropTable("t").cascade().execute())
      await note(() => db.selectFrom("c").selectAll().execute())
      await note(() => db.schema.dropTable("t").execute())
      await note(() => db.schema.dropTable("t").ifExists().execute())
      await make.execute()
      await note(() => db.insertInto("t").defaultValues().returningAll().execute())
      await note(() => db.withSchema("public").schema.createTable("u").addColumn("id", "integer").execute())
      await note(() => db.withSchema("public").selectFrom("u").selectAll().execute())
      await note(() => db.schema.createSchema("public").ifNotExists().execute())
    },
  },
  {
    name: "a view of two columns of one name",
    run: async ({ db, note }) => {
      await db.schema.createTable("t").addColumn("id", "integer").execute()
      const twice = db.selectFrom("t").innerJoin("t as u", "u.id", "t.id").selectAll()
      await note(() => db.schema.createView("v").as(twice).execute())
    },
  },
  {
    name: "text whose type is a fragment sorts by code points",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("t")
        .addColumn("id", sql`varchar(3)`, (c) => c.primaryKey())
        .execute()
      for (const id of ["_", "a", "B", "ä"]) await insert(db, "t", { id })()
      await note(rows(db, "t"))
    },
  },
  {
    name: "a column that becomes text sorts by code points",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("t")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("a", "varchar(3)")
        .addColumn("b", "varchar(3)")
        .execute()
      for (const [index, name] of ["_", "a", "B", "ä"].entries())
        await insert(db, "t", { id: index, a: name, b: name })()
      const { schema } = db
      await schema
        .alterTable("t")
        .alterColumn("a", (c) => c.setDataType("text"))
        .execute()
      await schema
        .alterTable("t")
        .alterColumn("b", (c) => c.setDataType(sql`text using b`))
        .execute()
      for (const name of ["a", "b"]) await note(() => db.selectFrom("t").select("id").orderBy(name).execute())
    },
  },
  {
    name: "defaults that are written otherwise than they are kept",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("t")
        .addColumn("id", "integer", (c) => c.primaryKey())
        .addColumn("a", "uuid", (c) => c.defaultTo("0190B3A2-5C1D-7E3F-8A4B-1C2D3E4F5A6B"))
        .addColumn("b", "numeric(10, 2)", (c) => c.defaultTo("-0.015"))
        .addColumn("c", "timestamptz", (c) => c.defaultTo("2026-01-02 03:04+01"))
        .addColumn("d", "date", (c) => c.defaultTo(sql`'2026-01-02 03:04'`))
        .addColumn("e", "boolean", (c) => c.defaultTo("yes"))
        .addColumn("f", "bytea", (c) => c.defaultTo("\\x00ff"))
        .addColumn("g", "jsonb", (c) => c.defaultTo('{"bb": 1, "a": 2}'))
        .addColumn("h", "double precision", (c) => c.defaultTo("Infinity"))
        .addColumn("i", "bigint", (c) => c.defaultTo("12"))
        .addColumn("j", "time", (c) => c.defaultTo("03:04"))
        .execute()
      await note(insert(db, "t", { id: 1 }))
      await note(() =>
        db.schema
          .alterTable("t")
          .alterColumn("a", (c) => c.setDefault("0190B3A2-0000-7E3F-8A4B-1C2D3E4F5A6B"))
          .execute(),
      )
      await note(insert(db, "t", { id: 2 }))
      await note(() =>
        db.schema
          .createTable("u")
          .addColumn("a", "integer", (c) => c.defaultTo("x"))
          .execute(),
      )
    },
  },
  ...viewCases,
  ...defaultCases,
]
