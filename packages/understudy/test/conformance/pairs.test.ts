import { type ExpressionBuilder, type Kysely, sql } from "kysely"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openTestPostgres, openTestSqlite, type TestEngine } from "../support/engines.ts"
import { outcomeOf, type Outcome } from "./outcome.ts"
import { createTables, type Tables } from "./tables.ts"

/** Operations ask for what the types of the tables forbid. */
type Loose = Record<string, Record<string, never>>
type Builder = ExpressionBuilder<Loose, string>
type Operation = (db: Kysely<Loose>, left: string, right: string) => { execute(): Promise<unknown> }

const ROW = {
  flag: true,
  small: 1,
  medium: 10,
  large: 100,
  single: -0.1,
  double: 2.5,
  price: "1.50",
  wide: "12345678901234567890.1234567890",
  body: "abc",
  short: "ab",
  uid: "0190b3a2-5c1d-7e3f-8a4b-1c2d3e4f5a6b",
  day: "2024-02-29",
  clock: "12:34:56",
  local: new Date("2024-02-29T12:34:56.789Z"),
  moment: new Date("2024-02-29T12:34:56.789Z"),
  doc: JSON.stringify({ a: 1 }),
  docb: JSON.stringify({ a: 1 }),
  bytes: Buffer.from([1, 255]),
}
const COLUMNS = Object.keys(ROW)

const PAIRS: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(
    ["+", "-", "*", "/", "%", "||", "=", "<", "like", "is distinct from"].map((operator) => [
      operator,
      selecting((eb, left, right) => eb(left as never, operator as "=", eb.ref(right) as never)),
    ]),
  ),
  case: selecting((eb, left, right) =>
    eb
      .case()
      .when("id", "=", 1 as never)
      .then(eb.ref(left))
      .else(eb.ref(right))
      .end(),
  ),
  coalesce: selecting((eb, left, right) => eb.fn.coalesce(left as never, right as never)),
  nullif: selecting((eb, left, right) => eb.fn("nullif", [left, right])),
  union: (db, left, right) =>
    db
      .selectFrom("every")
      .select(`${left} as x`)
      .union(db.selectFrom("every").select(`${right} as x`) as never)
      .orderBy("x"),
  "union all": (db, left, right) =>
    db
      .selectFrom("every")
      .select(`${left} as x`)
      .unionAll(db.selectFrom("every").select(`${right} as x`) as never),
  "insert select": (db, left, right) =>
    db
      .insertInto("every")
      .columns([left])
      .expression(
        db
          .selectFrom("every")
          .select(right)
          .where("id", "=", 1 as never),
      )
      .returning(left),
}

const FUNCTIONS: readonly string[] =
  `abs avg bool_and bool_or btrim ceil char_length count every floor length lower ltrim max min octet_length
  reverse round rtrim sqrt stddev substr sum trim trunc upper md5 date_trunc nonsense typeof`.split(/\s+/)

function selecting(expression: (eb: Builder, left: string, right: string) => unknown): Operation {
  return (db, left, right) =>
    db
      .selectFrom("every")
      .select((eb) => (expression(eb, left, right) as { as(name: string): never }).as("x"))
}

/** What PostgreSQL has since 18 only, and SQLite as the newest one. */
const SINCE_18: ReadonlySet<string> = new Set(["max bytes", "min bytes"])

let sqlite: TestEngine<Tables>
let isBefore18: boolean
let postgres: TestEngine<Tables>

beforeAll(async () => {
  sqlite = await openTestSqlite<Tables>()
  postgres = await openTestPostgres<Tables>()
  const version = await sql<{ number: number }>`
    select cast(current_setting('server_version_num') as integer) as number`.execute(postgres.sessions.kysely)
  isBefore18 = (version.rows[0]?.number ?? 0) < 180_000
  for (const { sessions } of [sqlite, postgres]) {
    await createTables(sessions.kysely)
    await sessions.kysely
      .insertInto("every")
      .values(ROW as never)
      .execute()
  }
})

afterAll(async () => {
  await sqlite[Symbol.asyncDispose]()
  await postgres[Symbol.asyncDispose]()
})

function outcome(
  { sessions }: TestEngine<Tables>,
  operation: Operation,
  pair: [string, string],
): Promise<Outcome> {
  return outcomeOf(() => operation(sessions.kysely as unknown as Kysely<Loose>, ...pair).execute())
}

describe("promise 3: a function of any type gives the same, or is refused by name", () => {
  it.each(FUNCTIONS)("%s", async (name) => {
    const differing: unknown[] = []
    for (const column of COLUMNS) {
      if (isBefore18 && SINCE_18.has(`${name} ${column}`)) continue
      const call = selecting((eb, argument) => eb.fn(name, [argument]))
      const answer = await outcome(sqlite, call, [column, column])
      if ("code" in answer) continue
      const expected = await outcome(postgres, call, [column, column])
      if (JSON.stringify(answer) !== JSON.stringify(expected)) differing.push({ column, expected, answer })
    }
    expect(differing).toEqual([])
  })
})

describe("promise 3: an operation on two types gives the same, or is refused by name", () => {
  it.each(Object.entries(PAIRS))("%s", async (_name, operation) => {
    const differing: unknown[] = []
    for (const left of COLUMNS) {
      for (const right of COLUMNS) {
        const answer = await outcome(sqlite, operation, [left, right])
        if ("code" in answer) continue
        const expected = await outcome(postgres, operation, [left, right])
        if (JSON.stringify(answer) !== JSON.stringify(expected))
          differing.push({ left, right, expected, answer })
      }
    }
    expect(differing).toEqual([])
  })
})
