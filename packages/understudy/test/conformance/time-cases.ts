import { sql, type AliasableExpression, type ExpressionBuilder } from "kysely"
import type { QueryCase } from "./query-cases.ts"
import type { Tables } from "./tables.ts"

type Builder = ExpressionBuilder<Tables, "every">

const ROWS = [
  "2024-02-29 13:45:56.789123",
  "1969-12-31 23:59:59.999999",
  "0999-12-31 00:00:00",
  "2021-01-03 00:00:00.000001",
  "2000-12-31 23:00:00",
  "9999-12-31 23:59:59.999999",
].map((text) => ({ day: text.slice(0, 10), local: text, moment: `${text}+00`, clock: text.slice(11) }))

function over(name: string, expression: (eb: Builder) => AliasableExpression<unknown>): QueryCase {
  return {
    name,
    run: async (db) => {
      for (const row of [...ROWS, { day: null }])
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

const UNITS = [
  "microseconds",
  "milliseconds",
  "second",
  "minute",
  "hour",
  "day",
  "dow",
  "isodow",
  "doy",
  "week",
  "month",
  "quarter",
  "year",
  "isoyear",
  "decade",
  "century",
  "millennium",
  "epoch",
  "timezone",
]
const SYNONYMS = ["DAY", "years", "mon", "w", "us", "msec", "c", "m", " day", "nonsense", "julian"]
const COLUMNS = ["day", "local", "moment"] as const

const parts = [...UNITS, ...SYNONYMS.slice(0, -1)].flatMap((unit) =>
  COLUMNS.flatMap((column) => [
    over(`date_trunc('${unit}', ${column})`, (eb) => eb.fn("date_trunc", [sql.lit(unit), column])),
    over(`date_part('${unit}', ${column})`, (eb) => eb.fn("date_part", [sql.lit(unit), column])),
  ]),
)

const extracts = UNITS.flatMap((unit) =>
  ([...COLUMNS, "clock"] as const).map((column) =>
    over(`extract(${unit} from ${column})`, (eb) => sql`extract(${sql.raw(unit)} from ${eb.ref(column)})`),
  ),
)

const today = (eb: Builder) => eb.cast(sql.lit("2024-02-28"), "date")

export const TIME_CASES: readonly QueryCase[] = [
  ...parts,
  ...extracts,
  ...["second", "hour", "epoch", "milliseconds", "day", "nonsense"].map((unit) =>
    over(`date_part('${unit}', clock)`, (eb) => eb.fn("date_part", [sql.lit(unit), "clock"])),
  ),
  over("date_part('julian', day)", (eb) => eb.fn("date_part", [sql.lit("julian"), "day"])),
  over("date_trunc by a parameter", (eb) => eb.fn("date_trunc", [eb.val("month"), "moment"])),
  over("date_part of a fragment", (eb) =>
    eb(eb.fn("date_part", [sql.lit("year"), sql`now()`]), ">", sql.lit(2000)),
  ),
  over("comparing an extract", (eb) => eb(sql<string>`extract(year from ${eb.ref("day")})`, "=", "2024")),
  over("computing with an extract", (eb) =>
    eb(sql<number>`extract(year from ${eb.ref("day")})`, "+", sql.lit(1)),
  ),
  over("an extract as integer", (eb) => eb.cast(sql`extract(second from ${eb.ref("local")})`, "integer")),
  {
    name: "grouping and ordering by a truncated date",
    run: async (db) => {
      await db
        .insertInto("every")
        .values(ROWS as never)
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => [
          eb.fn<Date>("date_trunc", [sql.lit("century"), "local"]).as("age"),
          eb.fn.countAll().as("n"),
        ])
        .groupBy((eb) => eb.fn("date_trunc", [sql.lit("century"), "local"]))
        .orderBy("age")
        .execute()
    },
  },
  {
    name: "where by an extract",
    run: async (db) => {
      await db
        .insertInto("every")
        .values(ROWS as never)
        .execute()
      return db
        .selectFrom("every")
        .select("day")
        .where((eb) => eb(sql`extract(month from ${eb.ref("day")})`, "=", 12))
        .orderBy("day")
        .execute()
    },
  },
  over("a date less another", (eb) => eb("day", "-", today(eb) as never)),
  over("a date less a parameter", (eb) => eb("day", "-", "2024-02-28")),
  over("a date less itself", (eb) => eb("day", "-", eb.ref("day") as never)),
  over("a date and the type of a sum of days", (eb) => eb(today(eb) as never, "+", sql.lit(2) as never)),
  over("a date and a column of days", (eb) => eb(today(eb) as never, "+", eb.ref("medium") as never)),
  over("days and a date", (eb) => eb(sql.lit(2), "+", today(eb) as never)),
  over("a date less days", (eb) => eb(today(eb) as never, "-", sql.lit(60) as never)),
  over("a date plus a parameter", (eb) => eb("day", "+", "2" as never)),
  over("a date plus a bigint", (eb) => eb("day", "+", eb.ref("large") as never)),
  over("a date times a number", (eb) => eb("day", "*", sql.lit(2) as never)),
  over("a date plus a date", (eb) => eb("day", "+", eb.ref("day") as never)),
  ...[
    "moment <= current_timestamp",
    "day <= current_date",
    "local <= localtimestamp",
    "'current_date' = day",
  ].map((text): QueryCase => ({
    name: `the fragment ${text}`,
    run: async (db) => {
      const tomorrow = new Date(Date.now() + 86_400_000)
      const now = { moment: sql`now()`, local: sql`localtimestamp`, day: sql`current_date` }
      const later = { moment: tomorrow, local: tomorrow, day: tomorrow.toISOString().slice(0, 10) }
      for (const row of [now, later])
        await db
          .insertInto("every")
          .values(row as never)
          .execute()
      return db
        .selectFrom("every")
        .select("id")
        .where(sql<boolean>`${sql.raw(text.replace("= day", "= body"))}`)
        .execute()
    },
  })),
  {
    name: "the clocks and their order",
    run: async (db) => {
      const { rows } = await sql<Record<string, unknown>>`select 1 as one`.execute(db)
      const clocks = await db
        .selectNoFrom((eb) => [
          eb.fn<Date>("now").as("now"),
          eb.fn<Date>("transaction_timestamp").as("transaction"),
          eb.fn<Date>("statement_timestamp").as("statement"),
          eb.fn<Date>("clock_timestamp").as("clock"),
          sql<Date>`statement_timestamp()`.as("fragment"),
          sql<Date>`localtimestamp`.as("local"),
          sql<string>`current_date`.as("day"),
        ])
        .executeTakeFirstOrThrow()
      return [
        rows,
        clocks.now.getTime() === clocks.transaction.getTime(),
        clocks.statement >= clocks.now,
        clocks.clock >= clocks.statement,
        clocks.fragment.getTime() === clocks.statement.getTime(),
        clocks.local.getTime() === clocks.now.getTime(),
        clocks.day === clocks.now.toISOString().slice(0, 10),
      ]
    },
  },
]

export const REFUSED_TIME_CASES: readonly QueryCase[] = [
  over("date_part('julian') of a timestamp", (eb) => eb.fn("date_part", [sql.lit("julian"), "local"])),
  over("date_trunc of a time", (eb) => eb.cast(eb.fn("date_trunc", [sql.lit("hour"), "clock"]), "text")),
  over("date_trunc in a time zone", (eb) =>
    eb.fn("date_trunc", [sql.lit("day"), "moment", sql.lit("Europe/Rome")]),
  ),
  over("extract within a longer fragment", (eb) => sql`1 + extract(year from ${eb.ref("day")})`),
  over("a timestamp less another", (eb) => eb.cast(eb("local", "-", eb.ref("local") as never), "text")),
]
