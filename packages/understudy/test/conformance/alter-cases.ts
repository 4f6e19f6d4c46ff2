import { sql } from "kysely"
import type { DdlCase, DdlRun } from "./ddl-outcome.ts"

type Db = DdlRun["db"]

/** A table with a key, checks, an index and rows; one that refers to it with a cascade; and a view. */
async function withTables(db: Db): Promise<void> {
  await db.schema
    .createTable("item")
    .addColumn("id", "serial", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull().unique())
    .addColumn("amount", "integer", (c) => c.check(sql`amount >= 0`))
    .addColumn("note", "varchar(20)")
    .addColumn("above", "integer", (c) => c.references("item.id").onDelete("cascade"))
    .execute()
  await db.schema
    .createTable("part")
    .addColumn("id", "integer", (c) => c.primaryKey())
    .addColumn("item", "integer", (c) => c.references("item.id").onDelete("cascade").onUpdate("cascade"))
    .execute()
  await db.schema.createIndex("item_note").on("item").columns(["note", "amount desc"]).execute()
  await db.schema
    .createIndex("item_open")
    .unique()
    .on("item")
    .column("note")
    .where(sql.ref("amount"), ">", 5)
    .execute()
  await db
    .insertInto("item")
    .values([
      { name: "a", amount: 1, note: "x", above: null },
      { name: "b", amount: 7, note: "1", above: 1 },
      { name: "c", amount: null, note: null, above: 1 },
    ])
    .execute()
  await db
    .insertInto("part")
    .values([
      { id: 1, item: 1 },
      { id: 2, item: 2 },
    ])
    .execute()
}

const all = (db: Db, table: string) => () => db.selectFrom(table).selectAll().orderBy("id").execute()
const insert = (db: Db, table: string, row: Record<string, unknown>) => () =>
  db.insertInto(table).values(row).returningAll().execute()
/** With an id of its own, so that what was drawn before does not matter. */
const refused = (db: Db, table: string, row: Record<string, unknown>) => insert(db, table, { id: 50, ...row })

/** What every altered table must still do: keep its rows, count on, refuse what it refused, act on its children. */
async function stillWhole({ db, note }: DdlRun): Promise<void> {
  await note(all(db, "item"))
  await note(all(db, "part"))
  await note(refused(db, "item", { id: 51, name: "a" }))
  await note(insert(db, "part", { id: 9, item: 99 }))
  await note(() => db.deleteFrom("item").where("id", "=", 2).execute())
  await note(all(db, "part"))
  await note(() => db.deleteFrom("item").where("id", "=", 1).execute())
  await note(all(db, "item"))
}

const onItem = (
  name: string,
  change: (run: DdlRun) => Promise<unknown>,
  after?: (run: DdlRun) => Promise<void>,
): DdlCase => ({
  name,
  run: async (run) => {
    await withTables(run.db)
    await run.note(async () => {
      await change(run)
    })
    await after?.(run)
    await stillWhole(run)
  },
})

/** A column of a type, its values as SQL, and the types that it is altered to, one after the other. */
const CONVERSIONS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["integer", ["1", "-7", "null"], ["bigint", "numeric(10, 2)", "text"]],
  ["bigint", ["1", "40000"], ["integer", "double precision", "smallint"]],
  ["double precision", ["1.4", "-1.6", "12", "null"], ["numeric(10, 1)", "text"]],
  ["numeric(10, 2)", ["1.50", "2.49", "-3.51"], ["numeric(12, 3)", "integer", "varchar(1)"]],
  ["numeric(10, 2)", ["1.50", "20", "null"], ["text", "varchar(5)", "integer"]],
  ["boolean", ["true", "false", "null"], ["text", "boolean"]],
  ["boolean", ["true"], ["integer"]],
  [
    "timestamptz",
    ["'2026-01-02 03:04:05.120000+00'", "null"],
    ["timestamp", "date", "timestamptz", "date", "text"],
  ],
  ["timestamptz", ["'2026-01-02 03:04:05.120000+00'", "'2026-01-02 03:04:05.000000+00'"], ["text"]],
  ["uuid", ["'0190b3a2-5c1d-7e3f-8a4b-1c2d3e4f5a6b'"], ["text", "uuid"]],
  ["json", [`'{"a": 1}'`, "null"], ["jsonb", "json"]],
  ["text", ["'abc'", "'abcd'"], ["varchar(4)", "text", "varchar(3)", "bytea"]],
  ["double precision", ["2.5", "3.5", "-2.5"], ["integer"]],
  ["double precision", ["0.30000000000000004", "1e20", "1e-7"], ["text"]],
  ["double precision", ["0.30000000000000004", "1e20", "1e-7"], ["numeric"]],
  ["double precision", ["'NaN'"], ["integer", "bigint", "real", "text"]],
  ["double precision", ["1e300"], ["real", "bigint"]],
  ["real", ["0.10000000149011612", "2.5"], ["double precision", "text"]],
  ["real", ["0.10000000149011612"], ["text", "varchar(2)"]],
  ["numeric(10, 3)", ["1.005", "-2.5", "0.125"], ["numeric(10, 2)", "integer"]],
  ["numeric", ["'1.005'", "'12345678901234567.5'", "'0.10'"], ["numeric(20, 3)", "bigint"]],
  ["numeric", ["'99999999999999999999'"], ["bigint", "numeric(18, 2)", "text"]],
  ["bigint", ["9007199254740991"], ["real"]],
  ["timestamp", ["'2026-01-02 03:04:05.120000'"], ["time", "text"]],
  ["timestamptz", ["'2026-01-02 03:04:05.120000+00'"], ["time"]],
  ["jsonb", [`'{"bb": 1, "a": [1, 2.50]}'`], ["text"]],
  ["text", ["'abc   '"], ["varchar(3)"]],
  ["text", ["'1'", "' 7 '"], ["integer using cast(a as integer)"]],
  ["text", ["'abc'"], ["integer using cast(a as integer)", "boolean using (cast(a as boolean))"]],
  ["text", ["'true'", "'off'"], ["boolean using cast(a as boolean)"]],
  ["text", ["'2026-01-02'"], ["timestamptz using cast(a as timestamptz)", "date using cast(a as date)"]],
  ["text", ["'1.5'", "'x'"], ["numeric(10, 2) using cast(a as numeric(10, 2))"]],
  ["text", ["'abc'", "'e'"], ["varchar(2) using cast(a as varchar(2))", "text using upper(a)"]],
  [
    "integer",
    ["1", "0", "7"],
    ["integer using a + id", "boolean using a <> 8", "text using cast(a as text)"],
  ],
  [
    "integer",
    ["1", "0"],
    ["integer using id", "date using id", "integer using nothing", "bigint using a * 2"],
  ],
]

const conversionCases: DdlCase[] = CONVERSIONS.map(([from, values, types]) => ({
  name: `alter type of ${from} to ${types.join(", ")}`,
  run: async ({ db, note }) => {
    await db.schema
      .createTable("t")
      .addColumn("id", "serial", (c) => c.primaryKey())
      .addColumn("a", sql.raw(from))
      .execute()
    await sql.raw(`insert into t (a) values ${values.map((value) => `(${value})`).join(", ")}`).execute(db)
    for (const type of types) {
      await note(() =>
        db.schema
          .alterTable("t")
          .alterColumn("a", (c) => c.setDataType(sql.raw(type)))
          .execute(),
      )
      await note(all(db, "t"))
    }
  },
}))

const alter = (db: Db) => db.schema.alterTable("item")

export const ALTER_CASES: readonly DdlCase[] = [
  ...conversionCases,
  onItem("add column", ({ db }) => alter(db).addColumn("extra", "text").execute()),
  onItem(
    "add column not null with a default",
    ({ db }) =>
      alter(db)
        .addColumn("rank", "integer", (c) => c.notNull().defaultTo(7))
        .execute(),
    ({ db, note }) => note(refused(db, "item", { name: "d", rank: null })),
  ),
  onItem("add column not null without a default is refused where there are rows", ({ db }) =>
    alter(db)
      .addColumn("rank", "integer", (c) => c.notNull())
      .execute(),
  ),
  onItem(
    "add column with references, unique and a check",
    ({ db }) =>
      alter(db)
        .addColumn("twin", "integer", (c) =>
          c
            .references("item.id")
            .unique()
            .check(sql`twin < 100`),
        )
        .execute(),
    async ({ db, note }) => {
      await note(insert(db, "item", { name: "d", twin: 3 }))
      await note(refused(db, "item", { name: "e", twin: 3 }))
      await note(refused(db, "item", { name: "f", twin: 60 }))
      await note(refused(db, "item", { name: "g", twin: 100 }))
    },
  ),
  onItem("add column of a serial type draws for the rows that are there", ({ db }) =>
    alter(db).addColumn("place", "bigserial").execute(),
  ),
  onItem("add column generated", ({ db }) =>
    alter(db)
      .addColumn("twice", "integer", (c) => c.generatedAlwaysAs(sql`amount * 2`).stored())
      .execute(),
  ),
  onItem("several columns at once", ({ db }) =>
    alter(db)
      .addColumn("p", "text")
      .addColumn("q", "boolean", (c) => c.defaultTo(true))
      .dropColumn("note")
      .execute(),
  ),
  onItem("add column that is there", ({ db }) => alter(db).addColumn("note", "text").execute()),
  onItem("drop column", ({ db }) => alter(db).dropColumn("above").execute()),
  onItem(
    "drop column that an index uses",
    ({ db }) => alter(db).dropColumn("note").execute(),
    ({ db, note }) => note(() => db.schema.dropIndex("item_note").execute()),
  ),
  onItem("drop column that a check uses", ({ db }) => alter(db).dropColumn("amount").execute()),
  onItem("drop column that a foreign key of another table uses", ({ db }) =>
    alter(db).dropColumn("id").execute(),
  ),
  onItem("drop column that is not there", ({ db }) => alter(db).dropColumn("nothing").execute()),
  onItem("drop column that a view reads", async ({ db }) => {
    await db.schema
      .createView("notes")
      .as(db.selectFrom("item").select(["id", "note"]))
      .execute()
    await alter(db).dropColumn("note").execute()
  }),
  onItem(
    "rename column",
    async ({ db }) => {
      await db.schema
        .createView("amounts")
        .as(db.selectFrom("item").select(["id", "amount"]))
        .execute()
      await alter(db).renameColumn("amount", "count").execute()
    },
    async ({ db, note }) => {
      await note(refused(db, "item", { name: "d", count: -1 }))
      await note(all(db, "amounts"))
    },
  ),
  onItem("rename column to one that is there", ({ db }) =>
    alter(db).renameColumn("amount", "note").execute(),
  ),
  onItem("rename column that is not there", ({ db }) => alter(db).renameColumn("nothing", "thing").execute()),
  {
    name: "rename table",
    run: async ({ db, note }) => {
      await withTables(db)
      await alter(db).renameTo("thing").execute()
      await note(insert(db, "thing", { name: "d" }))
      await note(refused(db, "thing", { name: "a" }))
      await note(insert(db, "part", { id: 9, item: 99 }))
      await note(insert(db, "item", { name: "d" }))
      await db.schema.createTable("item").addColumn("id", "serial").execute()
      await note(() => db.insertInto("item").defaultValues().returningAll().execute())
      await note(() => db.schema.alterTable("thing").renameTo("item").execute())
    },
  },
  onItem(
    "set and drop a default",
    async ({ db }) => {
      await alter(db)
        .alterColumn("amount", (c) => c.setDefault(5))
        .execute()
      await alter(db)
        .alterColumn("note", (c) => c.setDefault(sql`'n' || 'n'`))
        .execute()
    },
    async ({ db, note }) => {
      await note(insert(db, "item", { name: "d" }))
      await alter(db)
        .alterColumn("amount", (c) => c.dropDefault())
        .execute()
      await note(insert(db, "item", { name: "e", note: "e" }))
    },
  ),
  onItem(
    "set and drop not null",
    async ({ db }) => {
      await db.updateTable("item").set({ amount: 0 }).where("amount", "is", null).execute()
      await alter(db)
        .alterColumn("amount", (c) => c.setNotNull())
        .execute()
    },
    async ({ db, note }) => {
      await note(refused(db, "item", { name: "d" }))
      await alter(db)
        .alterColumn("amount", (c) => c.dropNotNull())
        .execute()
      await note(insert(db, "item", { name: "e" }))
    },
  ),
  onItem("set not null is refused where there are NULLs", ({ db }) =>
    alter(db)
      .alterColumn("amount", (c) => c.setNotNull())
      .execute(),
  ),
  onItem("drop not null of a primary key", ({ db }) =>
    alter(db)
      .alterColumn("id", (c) => c.dropNotNull())
      .execute(),
  ),
  onItem("alter type to text", ({ db }) =>
    alter(db)
      .alterColumn("amount", (c) => c.setDataType("bigint"))
      .execute(),
  ),
  onItem("alter type to a shorter varchar is refused where a text is longer", async ({ db }) => {
    await db.updateTable("item").set({ note: "longer" }).where("id", "=", 1).execute()
    await alter(db)
      .alterColumn("note", (c) => c.setDataType("varchar(3)"))
      .execute()
  }),
  onItem("alter type where nothing casts by itself", ({ db }) =>
    alter(db)
      .alterColumn("note", (c) => c.setDataType("integer"))
      .execute(),
  ),
  onItem("alter type with an expression", ({ db }) =>
    alter(db)
      .alterColumn("note", (c) => c.setDataType(sql`integer using cast(length(note) as integer)`))
      .execute(),
  ),
  onItem(
    "add and drop a check",
    ({ db }) =>
      alter(db)
        .addCheckConstraint("small", sql`amount < 10`)
        .execute(),
    async ({ db, note }) => {
      await note(refused(db, "item", { name: "d", amount: 10 }))
      await alter(db).dropConstraint("small").execute()
      await alter(db).dropConstraint("item_amount_check").execute()
      await note(insert(db, "item", { name: "d", amount: -10 }))
    },
  ),
  onItem("add a check that a row fails", ({ db }) =>
    alter(db)
      .addCheckConstraint("small", sql`amount < 5`)
      .execute(),
  ),
  onItem(
    "add and drop a unique constraint",
    ({ db }) => alter(db).addUniqueConstraint("pair", ["amount", "note"]).execute(),
    async ({ db, note }) => {
      await note(refused(db, "item", { name: "d", amount: 1, note: "x" }))
      await alter(db).dropConstraint("pair").execute()
      await note(insert(db, "item", { name: "d", amount: 1, note: "x" }))
    },
  ),
  onItem("add a unique constraint that rows fail", ({ db }) =>
    alter(db).addUniqueConstraint("once", ["above"]).execute(),
  ),
  onItem(
    "add and drop a foreign key",
    ({ db }) =>
      alter(db).addForeignKeyConstraint("of_part", ["amount"], "part", ["id"]).onDelete("set null").execute(),
    ({ db, note }) => note(() => alter(db).dropConstraint("of_part").execute()),
  ),
  onItem("add a foreign key that rows keep", async ({ db, note }) => {
    await db.updateTable("item").set({ amount: 2 }).where("amount", "=", 7).execute()
    await alter(db)
      .addForeignKeyConstraint("of_part", ["amount"], "part", ["id"])
      .onDelete("set null")
      .execute()
    await note(refused(db, "item", { name: "d", amount: 77 }))
    await note(() => alter(db).dropConstraint("of_part").execute())
    await note(insert(db, "item", { name: "d", amount: 77 }))
  }),
  onItem("add a foreign key to what is no key", ({ db }) =>
    alter(db).addForeignKeyConstraint("of_part", ["amount"], "part", ["item"]).execute(),
  ),
  {
    name: "add and drop a primary key",
    run: async ({ db, note }) => {
      await db.schema.createTable("t").addColumn("id", "integer").addColumn("b", "text").execute()
      await db
        .insertInto("t")
        .values([{ id: 1, b: "x" }])
        .execute()
      await note(() => db.schema.alterTable("t").addPrimaryKeyConstraint("t_key", ["id", "b"]).execute())
      await note(insert(db, "t", { id: 1, b: "x" }))
      await note(insert(db, "t", { id: null, b: "x" }))
      await note(() => db.schema.alterTable("t").addPrimaryKeyConstraint("again", ["id"]).execute())
      await note(() => db.schema.alterTable("t").dropConstraint("t_key").execute())
      await note(insert(db, "t", { id: 1, b: "x" }))
      await note(insert(db, "t", { id: null, b: "x" }))
    },
  },
  onItem("drop a key that another table refers to", ({ db }) =>
    alter(db).dropConstraint("item_pkey").execute(),
  ),
  onItem("drop a constraint that is not there", ({ db }) => alter(db).dropConstraint("nothing").execute()),
  onItem("drop a constraint that is not there, if it exists", ({ db }) =>
    alter(db).dropConstraint("nothing").ifExists().execute(),
  ),
  onItem(
    "rename a constraint",
    ({ db }) => alter(db).renameConstraint("item_name_key", "one_name").execute(),
    ({ db, note }) => note(refused(db, "item", { name: "b" })),
  ),
  {
    name: "alter a table that is not there",
    run: ({ db, note }) => note(() => alter(db).addColumn("a", "text").execute()),
  },
]
