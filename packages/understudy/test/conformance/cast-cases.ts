import { sql } from "kysely"
import type { QueryCase } from "./query-cases.ts"
import type { EveryType } from "./tables.ts"

const ROW: Partial<EveryType> = {
  flag: true,
  small: 7,
  medium: -30000,
  large: 40000000000,
  single: 2.5,
  double: 3.5,
  price: "4.50",
  wide: "12345678901234567890.5",
  body: "12",
  short: "t",
  uid: "0190b3a2-5c1d-7e3f-8a4b-1c2d3e4f5a6b",
  day: "2026-01-31",
  clock: "12:30:00.5",
  local: new Date("2026-01-31T12:30:00.250Z"),
  moment: new Date("2026-01-31T12:30:00Z"),
  doc: JSON.stringify({ b: 1 }) as never,
  docb: JSON.stringify({ bb: 1.0, a: [true, null, "x"] }) as never,
  bytes: Buffer.from("ab"),
}

const COLUMNS = Object.keys(ROW) as (keyof EveryType)[]

const TYPES = [
  "boolean",
  "int2",
  "integer",
  "bigint",
  "real",
  "double precision",
  "numeric(10, 1)",
  "numeric",
  "text",
  "varchar(3)",
  "uuid",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "json",
]

/** What is refused on SQLite, or depends on PostgreSQL's version. */
const REFUSED: Partial<Record<keyof EveryType, readonly string[]>> = {
  bytes: ["int2", "integer", "bigint"],
  docb: TYPES.filter((type) => !["text", "uuid", "date"].includes(type)),
}

function casts(name: string, column: keyof EveryType, type: string, row: Partial<EveryType>): QueryCase {
  return {
    name,
    run: async (db) => {
      await db
        .insertInto("every")
        .values(row as never)
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => eb.cast(column, sql.raw(type) as never).as("x"))
        .execute()
    },
  }
}

const PAIRS = COLUMNS.flatMap((column) =>
  TYPES.filter((type) => !REFUSED[column]?.includes(type)).map((type) =>
    casts(`${column} to ${type}`, column, type, ROW),
  ),
)

const TEXTS: readonly (readonly [string, string])[] = [
  ["x", "integer"],
  ["1.5", "integer"],
  [" 12 ", "integer"],
  ["99999999999", "integer"],
  ["40000", "int2"],
  ["yes", "boolean"],
  ["maybe", "boolean"],
  ["1e3", "numeric"],
  ["12345.678", "numeric(5,1)"],
  ["abc", "numeric"],
  ["abc", "uuid"],
  ["0190B3A25C1D7E3F8A4B1C2D3E4F5A6B", "uuid"],
  ["2026-02-30", "date"],
  ["soon-ish", "date"],
  ["2026-01-31 10:00", "date"],
  ["2026-01-31T10:00:00+02", "timestamptz"],
  ["25:00", "time"],
  ["{", "json"],
  ["1e400", "double precision"],
  ["NaN", "double precision"],
]

export const CAST_CASES: readonly QueryCase[] = [
  ...PAIRS,
  ...TEXTS.map(([text, type]) => casts(`the text ${text} to ${type}`, "body", type, { body: text })),
  ...TEXTS.map(([text, type]): QueryCase => ({
    name: `the parameter ${text} to ${type}`,
    run: (db) => db.selectNoFrom((eb) => eb.cast(eb.val(text), sql.raw(type) as never).as("x")).execute(),
  })),
  ...[0.5, 1.5, -0.5, 2.4999, 1e10, 1e-5, 123456789012345680, 1e15, 1e14, 0.1].flatMap((double) => [
    casts(`${double} to text`, "double", "text", { double }),
    casts(`${double} to integer`, "double", "integer", { double }),
    casts(`${double} to numeric`, "double", "numeric", { double }),
  ]),
  ...[1e6, 999999, 0.1, 1e-5, 16777216].map((single) =>
    casts(`real ${single} to text`, "single", "text", { single }),
  ),
  casts("4.50 to integer", "price", "integer", { price: "4.50" }),
  casts("-4.50 to integer", "price", "integer", { price: "-4.50" }),
  {
    name: "a cast in a condition",
    run: async (db) => {
      await db
        .insertInto("every")
        .values(ROW as never)
        .execute()
      return db
        .selectFrom("every")
        .select("small")
        .where((eb) => eb(eb.cast("body", "integer"), "=", 12))
        .where((eb) => eb(eb.cast("moment", "date"), "=", "2026-01-31"))
        .where((eb) => eb(eb.cast("price", "numeric(10, 1)"), "=", "4.5"))
        .execute()
    },
  },
  {
    name: "a boolean cast, summed",
    run: async (db) => {
      await db
        .insertInto("every")
        .values([{ flag: true }, { flag: false }, { flag: true }])
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => eb.fn.sum(eb.cast<number>("flag", "integer")).as("n"))
        .execute()
    },
  },
]
