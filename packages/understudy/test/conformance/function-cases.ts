import { sql, type AliasableExpression, type ExpressionBuilder } from "kysely"
import type { QueryCase } from "./query-cases.ts"
import type { EveryType, Tables } from "./tables.ts"

type Builder = ExpressionBuilder<Tables, "every">
/** A column's name, or a literal: a text that begins with an apostrophe, or a number. */
type Argument = keyof EveryType | `'${string}` | number

const ROWS = [
  {
    flag: true,
    small: 3,
    medium: -7,
    large: 9e15,
    single: 0.5,
    double: 2.5,
    price: "12.34",
    body: "  Ärger héLLo wörld ß 😀x ",
    short: "abc",
    doc: '{"a": 1}',
    docb: "[1, null]",
    bytes: Buffer.from("abc"),
  },
  {
    flag: false,
    small: -3,
    medium: 8,
    double: 0.25,
    price: "0.50",
    body: "a,b,,c",
    short: "",
    doc: "[]",
    docb: "7",
  },
  { double: Number.NaN, body: "it's a 1st x2y_z-w", docb: '{"b": []}' },
  { double: Infinity, docb: "null" },
  { flag: null },
]

/** One expression over nothing. */
function bare(name: string, expression: (eb: Builder) => AliasableExpression<unknown>): QueryCase {
  return {
    name,
    run: (db) => db.selectNoFrom((eb) => expression(eb as unknown as Builder).as("x")).execute(),
  }
}

/** One expression over the rows. */
function over(name: string, expression: (eb: Builder) => AliasableExpression<unknown>): QueryCase {
  return {
    name,
    run: async (db) => {
      for (const row of ROWS)
        await db
          .insertInto("every")
          .values(row as never)
          .execute()
      return db
        .selectFrom("every")
        .select((eb) => expression(eb).as("x") as never)
        .orderBy("id")
        .execute()
    },
  }
}

function call(name: string, ...args: readonly Argument[]): QueryCase {
  return over(`${name}(${args.join(", ")})`, (eb) =>
    eb.fn(
      name,
      args.map((each) => {
        if (typeof each === "number") return sql.lit(each)
        return each.startsWith("'") ? sql.lit(each.slice(1)) : (each as keyof EveryType)
      }),
    ),
  )
}

/** In one row, since another would hide what the first refuses. */
function alone(name: string, expression: (eb: Builder) => AliasableExpression<unknown>): QueryCase {
  return {
    name,
    run: async (db) => {
      await db
        .insertInto("every")
        .values({ double: 1 } as never)
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => expression(eb).as("x") as never)
        .execute()
    },
  }
}

const float = (eb: Builder, value: string) => eb.cast(sql.lit(value), "float8")

const TEXTS = [
  "length",
  "char_length",
  "character_length",
  "octet_length",
  "lower",
  "upper",
  "initcap",
  "trim",
]
const TRIMS = ["trim", "btrim", "ltrim", "rtrim"]
const FLOATS = [
  "sin",
  "cos",
  "tan",
  "atan",
  "degrees",
  "radians",
  "exp",
  "sign",
  "abs",
  "ceil",
  "floor",
  "round",
  "trunc",
]
const ABOVE_ZERO = ["sqrt", "ln", "log", "log10"]

export const FUNCTION_CASES: readonly QueryCase[] = [
  ...[...TEXTS, "btrim", "ltrim", "rtrim", "reverse", "md5", "ascii"].map((name) => call(name, "body")),
  ...TRIMS.map((name) => call(name, "body", "' x")),
  ...["length", "octet_length", "md5"].map((name) => call(name, "bytes")),
  ...[-5, -1, 0, 2, 99].flatMap((count) => [
    call("left", "body", count),
    call("right", "body", count),
    call("lpad", "short", count),
    call("rpad", "short", count, "'xy"),
    call("repeat", "short", count),
    call("substr", "body", count),
    call("substring", "body", count, 3),
  ]),
  call("lpad", "short", 5, "'"),
  call("substring", "body", 2, -1),
  call("replace", "body", "'l", "'LL"),
  call("replace", "body", "'", "'LL"),
  call("strpos", "body", "'x"),
  call("strpos", "body", "'"),
  ...[1, 2, 3, -1, -2, 9, 0].map((place) => call("split_part", "body", "',", place)),
  call("split_part", "body", "'", 1),
  call("starts_with", "body", "'a"),
  call("translate", "body", "'abb", "'xyz"),
  call("translate", "body", "'abc", "'x"),
  call("concat_ws", "'-", "body", "medium", "price", "double"),
  ...[228, 128512, 0, -1, 1114112, 55296].map((code) => call("chr", code)),
  ...FLOATS.map((name) => call(name, "medium")),
  ...["tan", "atan", "radians", "sign", "abs", "ceil", "floor", "round", "trunc"].map((name) =>
    call(name, "double"),
  ),
  ...ABOVE_ZERO.flatMap((name) => [call(name, "large"), call(name, "medium"), call(name, "double")]),
  ...["abs", "ceil", "floor", "round", "trunc"].map((name) => call(name, "price")),
  ...(["small", "medium", "large", "price"] as const).map((column) => call("mod", column, 3)),
  call("mod", "medium", 0),
  call("power", "double", 2),
  call("power", "medium", 2),
  call("atan2", "double", 2),
  call("pi"),
  ...(["0", "-8", "1", "nan", "infinity", "-infinity"] as const).flatMap((x) =>
    (["-1", "0.5", "0", "nan", "2"] as const).map((y) =>
      alone(`power(${x}, ${y})`, (eb) => eb.fn("power", [float(eb, x), float(eb, y)])),
    ),
  ),
  ...(["1000", "-1000", "-infinity", "nan"] as const).map((x) =>
    alone(`exp(${x})`, (eb) => eb.fn("exp", [float(eb, x)])),
  ),
  ...(["0", "nan", "infinity"] as const).map((x) => alone(`ln(${x})`, (eb) => eb.fn("ln", [float(eb, x)]))),
  ...(["2", "nan"] as const).map((x) => alone(`asin(${x})`, (eb) => eb.fn("asin", [float(eb, x)]))),
  alone("sin(infinity)", (eb) => eb.fn("sin", [float(eb, "infinity")])),
  alone("round(-0.25)", (eb) => eb.fn("round", [float(eb, "-0.25")])),
  alone("abs of the least integer", (eb) => eb.fn("abs", [eb.cast(sql.lit("-2147483648"), "integer")])),
  alone("random() is below one", (eb) => eb.and([eb(eb.fn("random"), "<", 1), eb(eb.fn("random"), ">=", 0)])),
  alone("a fragment random()", (eb) => eb(sql<number>`random()`, "<", 1)),
  over("computing with what a function gives", (eb) =>
    eb(eb.fn<number>("length", ["body"]), "/", sql.lit(2)),
  ),
  over("comparing what a function gives", (eb) => eb(eb.fn<string>("left", ["body", sql.lit(1)]), "=", "a")),
  over("mod compared", (eb) => eb(eb.fn<string>("mod", ["price", sql.lit(3)]), "<", "0.4")),
  call("json_typeof", "doc"),
  call("jsonb_typeof", "docb"),
  call("jsonb_array_length", "docb"),
  alone("jsonb_array_length of an array", (eb) =>
    eb.fn("jsonb_array_length", [eb.cast(sql.lit("[1,2]"), "jsonb")]),
  ),
  ...(["lower", "reverse", "initcap", "length", "lpad"] as const).map((name) => call(name, "medium")),
  call("sqrt", "body"),
  call("starts_with", "medium", "'a"),
  ...["ifnull", "json_valid", "hex", "typeof", "instr", "printf", "no_such_function"].map((name) =>
    call(name, "body"),
  ),
  ...Object.entries({ smallint: "-32768", integer: "-2147483648", bigint: "-9223372036854775808" }).map(
    ([type, least]) =>
      bare(`abs of the least ${type}`, (eb) =>
        eb.fn("abs", [eb.cast(eb.val(least), sql.raw(type) as never)] as never),
      ),
  ),
  bare("parameters of text functions", (eb) => eb.fn("replace", [eb.val("aXb"), eb.val("X"), eb.val("-")])),
  bare("parameters that are counts", (eb) => eb.fn("lpad", [eb.val("7"), eb.val(3), eb.val("0")])),
  bare("a count that is none", (eb) => eb.fn("repeat", [eb.val("7"), eb.val("x")])),
  bare("trim of given characters", (eb) => eb.fn("trim", [eb.val("xxaxy"), eb.val("yx")])),
  bare("trim of spaces alone", (eb) => eb.fn("trim", [eb.val(" \t a \t ")])),
  bare("coalesce of one value", (eb) => eb.fn.coalesce(eb.cast(eb.val("5"), "integer"))),
  bare("coalesce of parameters, which are texts", (eb) => eb.fn.coalesce(eb.val(null), eb.val(5))),
  bare("greatest of parameters, which are texts", (eb) => eb.fn("greatest", [eb.val("10"), eb.val("9")])),
  bare("nullif of parameters, which are texts", (eb) => eb.fn("nullif", [eb.val(5), eb.val("6")])),
  bare("a function of too many arguments", (eb) => eb.fn("lower", [eb.val("x"), eb.val("y")])),
  ...(["sum", "avg", "min", "max"] as const).map((name) => ({
    name: `${name} written as any function is, of groups`,
    run: async (db: Parameters<QueryCase["run"]>[0]) => {
      await db
        .insertInto("every")
        .values(ROWS as never)
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => [
          "flag",
          eb.fn<unknown>(name, ["price"]).as("x"),
          eb.fn<unknown>(name, ["small"]).as("y"),
        ])
        .groupBy("flag")
        .orderBy("flag")
        .execute()
    },
  })),
]

/** What PostgreSQL has, and what is refused by name. */
export const REFUSED_FUNCTION_CASES: readonly QueryCase[] = [
  ...["to_hex", "num_nulls", "json_build_array", "pg_typeof", "cbrt", "gcd"].map((name) =>
    name === "gcd" ? call(name, "medium", 2) : call(name, "medium"),
  ),
  ...["exp", "sign", "sqrt"].map((name) => alone(`${name} of a numeric`, (eb) => eb.fn(name, ["price"]))),
  ...["stddev_pop", "stddev_samp", "var_pop", "var_samp", "bit_and", "bit_or"].map((name) => ({
    name,
    run: (db: Parameters<QueryCase["run"]>[0]) =>
      db
        .selectFrom("every")
        .select((eb) => eb.fn.agg(name, ["medium"]).as("x"))
        .execute(),
  })),
  bare("substring of a parameter's place", (eb) => eb.fn("substring", [eb.val("abc"), eb.val("b")])),
  {
    name: "string_agg of distinct values",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) =>
          eb.fn
            .agg("string_agg", ["body", sql.lit(",")])
            .distinct()
            .as("x"),
        )
        .execute(),
  },
  alone("format()", (eb) => eb.fn("format", [sql.lit("%s"), "body"])),
  alone("position() in a fragment", (eb) => sql`position('a' in ${eb.ref("body")})`),
  alone("random() within a longer fragment", () => sql`floor(random() * 1)`),
  alone("current_time", () => sql`current_time`),
]
