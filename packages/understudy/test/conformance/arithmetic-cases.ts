import { sql, type AliasableExpression, type ExpressionBuilder } from "kysely"
import type { Session } from "../../src/session/session.ts"
import type { QueryCase } from "./query-cases.ts"
import type { EveryType, Tables } from "./tables.ts"

type Builder = ExpressionBuilder<Tables, "every">
type Operator = "+" | "-" | "*" | "/" | "%"
type Number = "small" | "medium" | "large" | "single" | "double" | "price"

async function withNumbers(db: Session<Tables>, row: Partial<EveryType> = {}): Promise<void> {
  const numbers = { small: 7, medium: -3, large: 10, single: 1.5, double: 0.1, price: "4.50" }
  await db
    .insertInto("every")
    .values({ ...numbers, ...row } as never)
    .execute()
}

/** One expression over a row of numbers. */
function computes(
  name: string,
  expression: (eb: Builder) => AliasableExpression<unknown>,
  row: Partial<EveryType> = {},
): QueryCase {
  return {
    name,
    run: async (db) => {
      await withNumbers(db, row)
      return db
        .selectFrom("every")
        .select((eb) => expression(eb).as("x") as never)
        .execute()
    },
  }
}

const OPERATORS: readonly Operator[] = ["+", "-", "*", "/", "%"]
const NUMBERS: readonly Number[] = ["small", "medium", "large", "single", "double", "price"]

const PAIRS = OPERATORS.flatMap((operator) =>
  NUMBERS.flatMap((left) =>
    NUMBERS.map((right) =>
      computes(`${left} ${operator} ${right}`, (eb) => eb(left, operator, eb.ref(right) as never)),
    ),
  ),
)

const ZEROS = NUMBERS.flatMap((column) => [
  computes(`${column} / 0`, (eb) => eb(column, "/", 0 as never)),
  computes(`null / ${column}`, (eb) => eb("small", "/", eb.ref(column) as never), { small: null }),
])

export const ARITHMETIC_CASES: readonly QueryCase[] = [
  ...PAIRS,
  ...ZEROS,
  computes("int4 beyond its range", (eb) => eb("medium", "+", 1), { medium: 2147483647 }),
  computes("int2 beyond its range", (eb) => eb("small", "*", eb.ref("small")), { small: 200 }),
  computes("int8 beyond its range", (eb) => eb("large", "*", eb.ref("large")), { large: 4e15 }),
  computes("the least int4 made positive", (eb) => eb.neg(eb.ref("medium")), { medium: -2147483648 }),
  computes("int4 with a parameter that is no integer", (eb) => eb("medium", "+", 1.5)),
  computes("double with a whole parameter", (eb) => eb("double", "/", 2), { double: 5 }),
  computes("double beyond its range", (eb) => eb("double", "*", 1e300), { double: 1e300 }),
  computes("double that vanishes", (eb) => eb("double", "*", 1e-300), { double: 1e-300 }),
  computes("NaN and infinity", (eb) => eb("double", "+", eb.ref("single")), {
    double: Number.NaN,
    single: Infinity,
  }),
  computes("infinity / 0", (eb) => eb("double", "/", 0), { double: Infinity }),
  computes("minus int", (eb) => eb.neg(eb.ref("small"))),
  computes("minus double", (eb) => eb.neg(eb.ref("double"))),
  computes("minus numeric", (eb) => eb.neg(eb.ref("price"))),
  computes("numeric with a parameter of more decimals", (eb) => eb("price", "*", "1.055")),
  computes("numeric / 3", (eb) => eb("price", "/", 3 as never)),
  computes("a small numeric / a large one", (eb) => eb("price", "/", "99999999.99"), { price: "0.01" }),
  computes("a large numeric / a small one", (eb) => eb("price", "/", "0.03"), { price: "99999999.99" }),
  computes("numeric of numerics", (eb) =>
    eb(eb.parens("price", "+", "0.10"), "*", eb.parens("price", "-", "1")),
  ),
  computes("numeric compared after computing", (eb) => eb(eb("price", "-", "4.40"), "=", "0.10")),
  computes("numeric negative quotient", (eb) => eb("price", "/", "-7")),
  computes("coalesce of numerics", (eb) => eb.fn.coalesce("price", eb.lit(0) as never)),
  computes("coalesce of NULL numeric", (eb) => eb.fn.coalesce("price", eb.lit(0) as never), { price: null }),
  computes("case of numeric and int", (eb) =>
    eb.case().when("small", ">", 9).then(eb.ref("price")).else(eb.ref("medium")).end(),
  ),
  computes("case of ints and floats", (eb) =>
    eb.case().when("small", ">", 9).then(eb.ref("small")).else(eb.ref("double")).end(),
  ),
  computes(
    "case with a parameter beside a boolean",
    (eb) => eb.case().when("small", ">", 9).then(true).else(eb.ref("flag")).end(),
    { flag: false },
  ),
  computes("greatest passes over NULL", (eb) => eb.fn("greatest", ["small", "medium", "large"]), {
    small: null,
  }),
  computes("least of times", (eb) => eb.fn("least", ["moment", eb.val(new Date(5))]), {
    moment: new Date(9),
  }),
  computes("nullif", (eb) => eb.fn("nullif", ["medium", eb.val(-3)])),
  computes("nullif of booleans", (eb) => eb.fn("nullif", ["flag", eb.val(true)]), { flag: false }),
  computes("text || int", (eb) => eb("body", "||", eb.ref("medium") as never), { body: "x" }),
  computes("text || boolean", (eb) => eb("body", "||", eb.ref("flag") as never), { body: "x", flag: true }),
  computes("text || numeric", (eb) => eb("body", "||", eb.ref("price") as never), { body: "x" }),
  computes("text || double", (eb) => eb("body", "||", eb.ref("double") as never), {
    body: "x",
    double: 1e20,
  }),
  computes("text || NULL", (eb) => eb("body", "||", eb.ref("short") as never), { body: "x" }),
  computes("text || parameter", (eb) => eb("body", "||", 5 as never), { body: "x" }),
  computes("text = int is no operator", (eb) => eb("body", "=", eb.ref("medium") as never), { body: "7" }),
  computes("boolean = int is no operator", (eb) => eb("flag", "=", eb.ref("medium") as never), {
    flag: true,
  }),
  computes("int like text is no operator", (eb) => eb("medium", "like", "7%" as never)),
  computes("int = double", (eb) => eb("small", "=", eb.ref("double") as never), { double: 7 }),
  computes("numeric > int", (eb) => eb("price", ">", eb.ref("medium") as never)),
  computes("between", (eb) => eb.between("price", "1", "5")),
  computes("not in", (eb) => eb("medium", "not in", [1, 2])),
  computes("is not null", (eb) => eb("medium", "is not", null)),
  ...(["round", "floor", "ceil", "trunc"] as const).flatMap((name) => [
    ...NUMBERS.map((column) => computes(`${name}(${column})`, (eb) => eb.fn(name, [column]))),
    computes(`${name} of a negative double`, (eb) => eb.fn(name, ["double"]), { double: -2.5 }),
    computes(`${name} of a negative numeric`, (eb) => eb.fn(name, ["price"]), { price: "-2.51" }),
  ]),
  computes("round to one decimal", (eb) => eb.fn("round", ["price", eb.lit(1)]), { price: "2.25" }),
  computes("round to more decimals", (eb) => eb.fn("round", ["price", eb.lit(4)])),
  computes("round of an average", (eb) => eb.fn("round", [eb.fn.avg("price"), eb.lit(2)])),
  computes("round of a double to decimals is no function", (eb) => eb.fn("round", ["double", eb.lit(1)])),
  computes("concat", (eb) => eb.fn("concat", ["medium", sql.lit("x"), "price", "body", "double"])),
  computes("concat of a parameter", (eb) => eb.fn("concat", ["medium", eb.val("x")])),
  {
    name: "an insert from a select casts to the columns",
    run: async (db) => {
      await withNumbers(db)
      await db
        .insertInto("every")
        .columns(["price", "small", "medium", "double", "day", "flag"])
        .expression(
          (eb) =>
            eb
              .selectFrom("every")
              .select((e) => [
                e("price", "/", "0.3").as("a"),
                "price as b",
                "double as c",
                "price as d",
                e.val("2026-01-31").as("f"),
                e.val(true).as("g"),
              ]) as never,
        )
        .execute()
      return db
        .selectFrom("every")
        .select(["price", "small", "medium", "double", "day", "flag"])
        .orderBy("id")
        .execute()
    },
  },
  {
    name: "assignments are cast to the column",
    run: async (db) => {
      await withNumbers(db)
      return db
        .updateTable("every")
        .set((eb) => ({
          price: eb("price", "*", "1.1115"),
          small: eb("small", "+", eb.ref("medium")),
          medium: eb.ref("double") as never,
          double: eb.ref("price") as never,
        }))
        .returning(["price", "small", "medium", "double"])
        .execute()
    },
  },
  {
    name: "an update beyond the range of its type",
    run: async (db) => {
      await withNumbers(db, { medium: 2147483647 })
      return db
        .updateTable("every")
        .set((eb) => ({ medium: eb("medium", "+", 1) }))
        .execute()
    },
  },
  ...[2, 1.5, -0.25].flatMap((number) => [
    computes(`medium * the literal ${number}`, (eb) => eb("medium", "*", sql.lit(number) as never)),
    computes(`double + the literal ${number}`, (eb) => eb("double", "+", sql.lit(number) as never)),
    computes(`price > the literal ${number}`, (eb) => eb("price", ">", sql.lit(number) as never)),
    computes(`the literal ${number}`, () => sql.lit(number)),
  ]),
  {
    name: "rows found and ordered by what is computed",
    run: async (db) => {
      await withNumbers(db)
      await withNumbers(db, { medium: 5, price: "0.30" })
      return db
        .selectFrom("every")
        .select((eb) => ["medium", eb("price", "*", 2 as never).as("twice")])
        .where((eb) => eb(eb("price", "+", "0.10"), ">=", "0.40"))
        .orderBy("twice")
        .orderBy((eb) => eb("medium", "*", -1))
        .execute()
    },
  },
]
