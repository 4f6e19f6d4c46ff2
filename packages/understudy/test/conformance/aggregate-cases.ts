import type { AliasableExpression, ExpressionBuilder } from "kysely"
import type { QueryCase } from "./query-cases.ts"
import type { EveryType, Tables } from "./tables.ts"

type Builder = ExpressionBuilder<Tables, "every">
type Column = keyof EveryType

const ROWS: readonly Partial<EveryType>[] = [
  { small: 1, medium: 5, large: 9e15, single: 0.1, double: 0.1, price: "0.10", flag: true, body: "b" },
  { small: 2, medium: 6, large: 9e15, single: 0.2, double: 0.2, price: "0.20", flag: false, body: "a" },
  {
    small: 4,
    medium: 8,
    large: 9e15,
    single: 0.4,
    double: 0.3,
    price: "99999999.99",
    flag: true,
    body: null,
  },
  { small: 4, medium: null, large: null, single: null, double: null, price: null, flag: null, body: "a" },
]

function over(
  name: string,
  expression: (eb: Builder) => AliasableExpression<unknown>,
  rows = ROWS,
): QueryCase {
  return {
    name,
    run: async (db) => {
      for (const row of rows)
        await db
          .insertInto("every")
          .values(row as never)
          .execute()
      return db
        .selectFrom("every")
        .select((eb) => expression(eb).as("x") as never)
        .execute()
    },
  }
}

const COLUMNS: readonly Column[] = ["small", "medium", "large", "single", "double", "price"]

const EACH = COLUMNS.flatMap((column) => [
  ...(["sum", "avg", "min", "max", "count"] as const).map((name) =>
    over(
      `${name}(${column})`,
      (eb) => eb.fn.agg(name, [column]),
      column === "large" && (name === "min" || name === "max") ? ROWS.slice(3) : ROWS,
    ),
  ),
  over(`sum(${column}) of none`, (eb) => eb.fn.agg("sum", [column]), []),
  over(`sum(distinct ${column})`, (eb) => eb.fn.agg("sum", [column]).distinct()),
])

export const AGGREGATE_CASES: readonly QueryCase[] = [
  ...EACH,
  over("sum(double) beyond its range", (eb) => eb.fn.sum("double"), [
    { double: 1.7e308 },
    { double: 1.7e308 },
  ]),
  over("sum(single) beyond its range", (eb) => eb.fn.sum("single"), [{ single: 3.4e38 }, { single: 3.4e38 }]),
  over("avg(double) beyond its range", (eb) => eb.fn.avg("double"), [
    { double: 1.7e308 },
    { double: 1.7e308 },
  ]),
  over("sum(double) with NaN and infinity", (eb) => eb.fn.sum("double"), [
    { double: NaN },
    { double: Infinity },
  ]),
  over("bool_and", (eb) => eb.fn.agg("bool_and", ["flag"])),
  over("bool_or", (eb) => eb.fn.agg("bool_or", ["flag"])),
  over("every", (eb) => eb.fn.agg("every", ["flag"])),
  over("max(boolean) is no function", (eb) => eb.fn.max("flag" as never)),
  over("sum(boolean) is no function", (eb) => eb.fn.sum("flag" as never)),
  over("string_agg in order", (eb) =>
    eb.fn
      .agg("string_agg", ["body", eb.val(",")])
      .orderBy("body")
      .orderBy("id"),
  ),
  over("string_agg in reverse order, NULL first", (eb) =>
    eb.fn.agg("string_agg", ["body", eb.val(",")]).orderBy("medium", "desc"),
  ),
  over("count(distinct)", (eb) => eb.fn.count("small").distinct()),
  over("count with a filter", (eb) => eb.fn.count("small").filterWhere("small", ">", 1)),
  over("sum of a case", (eb) =>
    eb.fn.sum(eb.case().when("flag", "=", true).then(eb.lit(1)).else(eb.lit(0)).end()),
  ),
  over("sum of what is computed", (eb) => eb.fn.sum(eb("price", "*", eb.ref("small") as never))),
  over("coalesce of a sum", (eb) => eb.fn.coalesce(eb.fn.sum("price"), eb.lit(0)), []),
  over("a sum over a window", (eb) => eb.fn.sum("price").over((ob) => ob.orderBy("id"))),
  over("an average over a window", (eb) => eb.fn.avg("small").over((ob) => ob.orderBy("id"))),
  over("a double's sum over a window", (eb) => eb.fn.sum("double").over((ob) => ob.orderBy("id"))),
  over("lag with a default", (eb) =>
    eb.fn.agg<number>("lag", ["flag", eb.lit(1), eb.lit(false)]).over((ob) => ob.orderBy("id")),
  ),
  over("NULL last in a window's order", (eb) =>
    eb.fn.agg<number>("rank").over((ob) => ob.orderBy("double", "desc")),
  ),
  over("ntile and percent_rank", (eb) => eb.fn.agg<number>("percent_rank").over((ob) => ob.orderBy("id"))),
  {
    name: "having and order by an average",
    run: async (db) => {
      await db
        .insertInto("every")
        .values(ROWS as never)
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => ["flag", eb.fn.avg("small").as("mean"), eb.fn.sum("price").as("total")])
        .groupBy("flag")
        .having((eb) => eb(eb.fn.avg("small"), ">", 2))
        .orderBy("mean", "desc")
        .orderBy((eb) => eb.fn.sum("price"))
        .execute()
    },
  },
]
