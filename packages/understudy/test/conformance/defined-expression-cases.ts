import { sql } from "kysely"
import type { DdlCase, DdlRun } from "./ddl-outcome.ts"

type Db = DdlRun["db"]

const insert = (db: Db, row: Record<string, unknown>) => () =>
  db.insertInto("t").values(row).returningAll().execute()

const ROWS = [
  { a: 6, b: 3, name: "Ab" },
  { a: 7, b: 0, name: "x" },
  { a: -7, b: -2, name: null },
  { a: null, b: 2, name: "" },
]

/** A generated column by an expression, and a check that it is not 99. */
const generated = (expression: string, type: "integer" | "text" = "integer"): DdlCase => ({
  name: `generated as ${expression}`,
  run: async ({ db, note }) => {
    await db.schema
      .createTable("t")
      .addColumn("a", "integer")
      .addColumn("b", "integer")
      .addColumn("name", "text")
      .addColumn("x", type, (c) => c.generatedAlwaysAs(sql.raw(expression)).stored())
      .execute()
    for (const row of ROWS) await note(insert(db, row))
  },
})

const checked = (expression: string): DdlCase => ({
  name: `check (${expression})`,
  run: async ({ db, note }) => {
    await db.schema
      .createTable("t")
      .addColumn("a", "integer")
      .addColumn("b", "integer")
      .addColumn("name", "text")
      .addCheckConstraint("rule", sql.raw(expression))
      .execute()
    for (const row of ROWS) await note(insert(db, row))
    await note(() =>
      db.schema
        .alterTable("t")
        .addCheckConstraint("other", sql`length(no_such_function(name)) > 1`)
        .execute(),
    )
  },
})

export const EXPRESSION_CASES: readonly DdlCase[] = [
  ...[
    "a + b",
    "a - -b",
    "a * b + 1",
    "a / 2",
    "a % 4",
    "a / nullif(b, 0)",
    "-a",
    "length(name) + abs(a)",
  ].map((each) => generated(each)),
  ...[
    "lower(name)",
    "coalesce(name, 'none')",
    "name || '-' || a",
    "replace(name, 'b', 'c-1')",
    "upper(trim(name))",
  ].map((each) => generated(each, "text")),
  ...[
    "a > b",
    "a between 0 and 10 and name <> 'x'",
    "a in (6, 7) or b is null",
    "name like 'A%'",
    "length(name) > 1",
    "a % 2 = 0",
  ].map(checked),
]

/** What PostgreSQL takes in a definition, and SQLite would compute otherwise. */
export const REFUSED_EXPRESSIONS: readonly string[] = [
  "a / b > 1",
  "a % b = 1",
  "a / nullif(b, 1) > 1",
  "price * 2 > 1",
  "a + 1.5 > 2",
  "double + 1 > 2",
  "day - 1 > '2020-01-01'",
  "round(double) > 1",
  "left(name, 1) = 'a'",
  "substring(name, 1, 1) = 'a'",
  "cast(name as integer) > 1",
  "name ~ '^a'",
  "moment < now()",
  "day < current_date",
  "extract(year from day) > 2000",
  "date_part('year', day) > 2000",
  "name || price <> ''",
]
