import { sql, type ExpressionBuilder } from "kysely"
import type { DdlCase, DdlRun, Loose } from "./ddl-outcome.ts"

type Db = DdlRun["db"]
type Builder = ExpressionBuilder<Loose, "t">

async function withTable(db: Db): Promise<void> {
  await db.schema
    .createTable("t")
    .addColumn("id", "integer", (c) => c.primaryKey())
    .addColumn("flag", "boolean")
    .addColumn("small", "smallint")
    .addColumn("large", "bigint")
    .addColumn("double", "double precision")
    .addColumn("price", "numeric(10, 2)")
    .addColumn("name", "text")
    .addColumn("day", "date")
    .addColumn("moment", "timestamptz")
    .addColumn("doc", "jsonb")
    .execute()
  const row = { name: "a", price: "12.50", moment: "2026-01-02T03:04:05.678Z", doc: '{"a": [1]}' }
  await db
    .insertInto("t")
    .values([
      { id: 1, flag: true, small: 32767, large: 5, double: 0.5, day: "2026-01-02", ...row },
      { id: 2, flag: false, small: 0, large: "9223372036854775807", double: Number.NaN, day: null, ...row },
      {
        id: 3,
        flag: null,
        small: null,
        large: null,
        double: null,
        day: null,
        name: null,
        price: null,
        moment: null,
        doc: null,
      },
    ])
    .execute()
}

const rows =
  (db: Db, view: string, where = 3) =>
  () =>
    db.selectFrom(view).selectAll().where("id", "<=", where).orderBy("id").execute()

const onTable = (name: string, run: (run: DdlRun) => Promise<void>): DdlCase => ({
  name,
  run: async (each) => {
    await withTable(each.db)
    await run(each)
  },
})

/** A view of the id and of one expression, read in each way. */
const view = (name: string, expression: (eb: Builder) => { as(alias: "x"): never }): DdlCase =>
  onTable(name, async ({ db, note }) => {
    await db.schema
      .createView("v")
      .as(db.selectFrom("t").select((eb) => ["id", expression(eb as Builder).as("x")]))
      .execute()
    for (const where of [1, 2, 3]) await note(rows(db, "v", where))
    await note(() =>
      db
        .selectFrom("v")
        .select((eb) => eb.fn.max("id").as("id"))
        .where("x", "is not", null)
        .execute(),
    )
    await note(() =>
      db
        .with("c", (each) => each.selectFrom("v").select("x").where("id", "=", 1))
        .selectFrom("c")
        .select("c.x as y")
        .execute(),
    )
  })

const loose = <T>(expression: T): never => expression as never

export const VIEW_CASES: readonly DdlCase[] = [
  view("view of a comparison", (eb) => loose(eb("id", ">", 1))),
  view("view of a boolean expression", (eb) => loose(eb.and([eb("flag", "=", true), eb("id", "=", 1)]))),
  view("view of a CASE", (eb) => loose(eb.case().when("id", "=", 1).then(eb.ref("moment")).end())),
  view("view of a coalesce", (eb) => loose(eb.fn.coalesce("name", sql.lit("none")))),
  view("view of a coalesce of booleans", (eb) => loose(eb.fn.coalesce("flag", sql<boolean>`false`))),
  view("view of lower", (eb) => loose(eb.fn("upper", ["name"]))),
  view("view of a JSON part", (eb) => loose(eb.ref("doc", "->").key("a" as never))),
  view("view of a sum of small integers", (eb) => loose(eb("small", "+", eb.ref("small")))),
  view("view of a product of integers", (eb) => loose(eb("id", "*", eb.ref("small")))),
  view("view of a sum of bigints", (eb) => loose(eb("large", "+", eb.ref("large")))),
  view("view of a quotient", (eb) => loose(eb("id", "/", eb.ref("small")))),
  view("view of a remainder", (eb) => loose(eb("large", "%", eb.ref("small")))),
  view("view of a count in a subquery", (eb) =>
    loose(eb.selectFrom("t as u").select((each) => each.fn.countAll().as("n"))),
  ),
  view("view of a window", (eb) => loose(eb.fn.agg("rank").over((o) => o.orderBy("id")))),
  view("view of a negation", (eb) => loose(eb.not(eb.ref("flag")))),
  onTable("view of aggregates", async ({ db, note }) => {
    await db.schema
      .createView("v")
      .as(
        db
          .selectFrom("t")
          .select((eb) => [
            "name",
            eb.fn.countAll().as("n"),
            eb.fn.sum("id").as("total"),
            eb.fn.max("price").as("most"),
            eb.fn.max("day").as("last"),
            eb.fn.agg("bool_or", ["flag"]).as("some"),
          ])
          .groupBy("name"),
      )
      .execute()
    await note(() => db.selectFrom("v").selectAll().orderBy("name").execute())
    await note(() => db.selectFrom("v").select(["n", "most"]).where("total", ">", 2).orderBy("n").execute())
  }),
  onTable("a view over a view, renames, and a replacement", async ({ db, note }) => {
    const body = (eb: Builder) =>
      ["id", loose(eb("id", ">", 1).as("big")), loose(eb.ref("moment").as("at"))] as never[]
    await db.schema
      .createView("v")
      .columns(["id", "big", "at"])
      .as(db.selectFrom("t").select(body as never))
      .execute()
    await db.schema
      .createView("w")
      .as(db.selectFrom("v").select((eb) => ["id", eb.not(eb.ref("big") as never).as("small")]))
      .execute()
    await note(rows(db, "w"))
    await db.schema.alterTable("t").renameColumn("moment", "instant").execute()
    await db.schema.alterTable("t").renameTo("u").execute()
    await note(rows(db, "v"))
    await note(rows(db, "w"))
    await db.schema.alterTable("u").renameTo("t").execute()
    await db.schema.alterTable("t").renameColumn("instant", "moment").execute()
    const again = db
      .selectFrom("t")
      .select(body as never)
      .where("id", "<", 3)
    await note(() =>
      db.schema
        .createView("v")
        .orReplace()
        .as(again as never)
        .execute(),
    )
    await note(rows(db, "v"))
    await note(() => db.schema.createView("v").orReplace().as(db.selectFrom("t").select("id")).execute())
    await note(() =>
      db.schema
        .createView("v")
        .orReplace()
        .as(db.selectFrom("t").select(["id", "flag", "moment as at"]))
        .execute(),
    )
    await note(() =>
      db.schema
        .createView("v")
        .orReplace()
        .as(db.selectFrom("t").select(["id", "name as big", "moment as at"]))
        .execute(),
    )
    await note(rows(db, "v"))
    await note(() => db.schema.dropView("v").execute())
  }),
  onTable("a column that a view reads keeps its type", async ({ db, note }) => {
    await db.schema
      .createView("v")
      .as(db.selectFrom("t").select(["id", "name"]).where("small", ">", 0))
      .execute()
    await db.schema
      .createView("w")
      .as(db.selectFrom("t").selectAll().where("id", "<", 2))
      .execute()
    const change = (column: string, type: "bigint" | "varchar(9)") => () =>
      db.schema
        .alterTable("t")
        .alterColumn(column, (c) => c.setDataType(type))
        .execute()
    await note(change("small", "bigint"))
    await note(change("name", "varchar(9)"))
    await note(change("price", "varchar(9)"))
    await db.schema.dropView("w").execute()
    await note(change("price", "varchar(9)"))
    await note(change("small", "bigint"))
    await note(() => db.schema.alterTable("t").dropColumn("small").execute())
    await note(() => db.schema.alterTable("t").dropColumn("day").execute())
    await note(rows(db, "v"))
  }),
]
