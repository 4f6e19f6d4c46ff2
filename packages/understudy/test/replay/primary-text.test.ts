import { DatabaseSync } from "node:sqlite"
import * as fc from "fast-check"
import { Client } from "pg"
import { expect, onTestFinished, test } from "vitest"
import { declaredType, parseLogicalType, type LogicalType } from "../../src/engine/logical-type.ts"
import { toPrimaryTextOf, toStoredOf } from "../../src/engine/sqlite/stored-value.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"

const VALUES = Number(process.env["UNDERSTUDY_PROPERTY_RUNS"] ?? 300)

const instant = fc
  .tuple(
    fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
    fc.nat(999),
  )
  .map(
    ([date, micros]) =>
      `${date.toISOString().slice(0, 23).replace("T", " ")}${String(micros).padStart(3, "0")}`,
  )
const decimal = (digits: number, scale: number): fc.Arbitrary<string> =>
  fc.bigInt({ min: -(10n ** BigInt(digits)) + 1n, max: 10n ** BigInt(digits) - 1n }).map((whole) => {
    const text = String(whole < 0n ? -whole : whole).padStart(scale + 1, "0")
    return `${whole < 0n ? "-" : ""}${text.slice(0, text.length - scale)}.${text.slice(text.length - scale)}`
  })
const unicode = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\0", ""))

const TYPES: readonly (readonly [type: string, texts: fc.Arbitrary<string>])[] = [
  ["boolean", fc.boolean().map((value) => (value ? "t" : "f"))],
  ["smallint", fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }).map(String)],
  ["integer", fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(String)],
  ["bigint", fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)],
  ["real", fc.float().map(String)],
  ["double precision", fc.double().map(String)],
  ["numeric(12,2)", decimal(12, 2)],
  ["numeric(15,15)", decimal(15, 15)],
  ["numeric(15,0)", fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }).map(String)],
  ["numeric(30,10)", decimal(30, 10)],
  ["numeric", decimal(40, 20)],
  ["text", unicode],
  ["character varying(2000)", unicode],
  ["uuid", fc.uuid()],
  ["date", instant.map((text) => text.slice(0, 10))],
  ["time without time zone", instant.map((text) => text.slice(11))],
  ["timestamp without time zone", instant],
  ["timestamp with time zone", instant.map((text) => `${text}+00`)],
  ["json", fc.json()],
  ["jsonb", fc.json().filter((text) => !text.includes("\\u0000"))],
  ["bytea", fc.uint8Array().map((bytes) => `\\x${Buffer.from(bytes).toString("hex")}`)],
]

async function connect(): Promise<Client> {
  const database = await (await workerPostgres()).createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  const client = new Client(database.url)
  await client.connect()
  onTestFinished(() => client.end())
  await client.query("set timezone to 'UTC'")
  return client
}

function logical(type: string): LogicalType {
  const parsed = parseLogicalType(type)
  if (parsed === undefined) throw new Error(`${type} is not portable`)
  return parsed
}

test.each(TYPES)(
  "promise 4: a %s comes back from the file as the value that PostgreSQL gave it",
  async (type, texts) => {
    const client = await connect()
    const given = fc.sample(texts, VALUES)
    const { rows } = await client.query<{ text: string }>(
      `select v::${type}::text as text from unnest($1::text[]) v`,
      [given],
    )
    const printed = rows.map(({ text }) => text)
    const [toStored, toPrimary] = [toStoredOf(logical(type)), toPrimaryTextOf(logical(type))]
    using database = new DatabaseSync(":memory:", { readBigInts: true })
    database.exec(`create table t (v ${declaredType(logical(type))})`)
    const insert = database.prepare("insert into t values (?)")
    for (const text of printed) insert.run(toStored(text))
    const stored = database.prepare("select v from t order by rowid").all()
    const back = stored.map(({ v }) => toPrimary(v ?? ""))
    const differs =
      type === "json" || type === "text"
        ? 'p collate "C" <> b collate "C"'
        : `p::${type} is distinct from b::${type}`
    const compared = await client.query<{ theirs: string; ours: string }>(
      `select p as theirs, b as ours from unnest($1::text[], $2::text[]) as x(p, b) where ${differs}`,
      [printed, back],
    )
    expect(compared.rows).toEqual([])
  },
)
