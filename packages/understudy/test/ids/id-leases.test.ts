import { sql, type Generated } from "kysely"
import { expect, it, onTestFinished } from "vitest"
import type { Engine } from "../../src/engine/contract.ts"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import { SqliteEngine } from "../../src/engine/sqlite/engine.ts"
import { IdLeases } from "../../src/ids/id-leases.ts"
import { migrate, type Migrations } from "../../src/migrate/migrate.ts"
import type { Sessions } from "../../src/session/sessions.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"
import { postgresOptions, sessionsOn } from "../support/engines.ts"

interface Row {
  id: Generated<number>
  a: number
}

interface Tables {
  t: Row
  "quo'ted T": Row
  quiet: Row
}

const VALUES = { int8: "number", timestamptz: "date" } as const
const TABLES = ["t", "quo'ted T", "quiet", "not there"]

type ColumnKind = "always" | "by default" | "serial"

function migrations(type: "smallint" | "integer" | "bigint", kind: ColumnKind = "by default"): Migrations {
  const isSerial = kind === "serial" && type !== "smallint"
  return {
    "001_tables": {
      async up(db) {
        const serials = { integer: "serial", bigint: "bigserial" } as const
        for (const table of TABLES.slice(0, 3))
          await db.schema
            .createTable(table)
            .addColumn("id", isSerial ? serials[type] : type, (column) => {
              if (isSerial) return column.primaryKey()
              const drawn =
                kind === "always" ? column.generatedAlwaysAsIdentity() : column.generatedByDefaultAsIdentity()
              return drawn.primaryKey()
            })
            .addColumn("a", "integer")
            .execute()
      },
    },
  }
}

interface Pair {
  readonly primary: Sessions<Tables>
  readonly engine: PostgresEngine
  readonly fallback: Sessions<Tables>
  readonly leases: IdLeases
  readonly errors: unknown[]
  readonly url: string
}

/** Time that passes so fast that it is always time to look again. */
function hurriedClock(): { monotonicMs: () => number; now: () => Date } {
  let ms = 0
  return { monotonicMs: () => (ms += 60_000), now: () => new Date() }
}

async function openPair(...which: Parameters<typeof migrations>): Promise<Pair> {
  const database = await (await workerPostgres()).createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  const engine = await openPrimary(database.url)
  await migrate(engine, migrations(...which))
  const errors: unknown[] = []
  const leases = new IdLeases({ failed: (error) => errors.push(error), clock: hurriedClock() })
  const fallback = await openFallback(leases, ...which)
  return { primary: sessionsOn<Tables>(engine), engine, fallback, leases, errors, url: database.url }
}

async function openPrimary(url: string): Promise<PostgresEngine> {
  const engine = await PostgresEngine.open(
    postgresOptions(url, { values: VALUES }),
    AbortSignal.timeout(10_000),
  )
  onTestFinished(() => engine.close())
  return engine
}

async function openFallback(
  leases: IdLeases,
  ...which: Parameters<typeof migrations>
): Promise<Sessions<Tables>> {
  const engine = new SqliteEngine({
    file: ":memory:",
    role: "fallback",
    synchronous: "normal",
    waitMs: 5_000,
    values: VALUES,
  })
  onTestFinished(() => engine.close())
  await migrate(engine, migrations(...which))
  engine.drawIdsFrom(leases.source)
  return sessionsOn<Tables>(engine)
}

async function insert({ kysely }: Sessions<Tables>, count = 1, table: keyof Tables = "t"): Promise<number[]> {
  const rows = Array.from({ length: count }, (_, a) => ({ a }))
  const inserted = await kysely.insertInto(table).values(rows).returning("id").execute()
  return inserted.map(({ id }) => id)
}

/** Leases as a service does: a look, a write, and the next look, which finds the table in use. */
async function lease({
  leases,
  engine,
  primary,
}: Pick<Pair, "leases" | "engine" | "primary">): Promise<void> {
  await leases.topUp(engine, TABLES)
  await insert(primary)
  await leases.topUp(engine, TABLES)
}

async function lastValue({ primary }: Pair, table = "t"): Promise<number | null> {
  const { rows } = await sql<{ last: number | null }>`
    select last_value::int8 as last from pg_sequences where sequencename = ${`${table}_id_seq`}`.execute(
    primary.kysely,
  )
  return rows[0]?.last ?? null
}

it.each(["always", "by default", "serial"] as const)(
  "promise 4: ids of the fallback are leased from the primary, which gives them to nobody else (%s)",
  async (kind) => {
    const pair = await openPair("bigint", kind)
    await lease(pair)
    const ofFallback = await insert(pair.fallback, 700)
    expect(ofFallback[0]).toBe(2)
    expect(ofFallback.at(-1)).toBe(701)
    expect(await insert(pair.primary)).toEqual([1_002])
    expect(pair.errors).toEqual([])
  },
)

it("promise 4: a lease that is used up is followed by a random block, and filled up when the primary is back", async () => {
  const pair = await openPair("bigint")
  await lease(pair)
  const ids = await insert(pair.fallback, 1_010)
  expect(ids[999]).toBe(1_001)
  expect(ids[1_000]).toBeGreaterThanOrEqual(2 ** 40)
  await pair.leases.topUp(pair.engine, TABLES)
  expect(await insert(pair.fallback)).toEqual([1_002])
  expect(new Set(ids).size).toBe(1_010)
})

it("promise 4: an int4 column has a lease of 511 ids, and then those of a block", async () => {
  const pair = await openPair("integer")
  await lease(pair)
  const ids = await insert(pair.fallback, 512)
  expect(ids[510]).toBe(512)
  expect(ids[511]).toBeGreaterThanOrEqual(2 ** 30)
})

it("promise 4: nothing is leased from a sequence of int2, nor for a table to which nothing is added", async () => {
  const pair = await openPair("smallint")
  await lease(pair)
  await lease(pair)
  expect(await lastValue(pair)).toBe(2)
  await expect(insert(pair.fallback)).rejects.toMatchObject({ code: "UNDERSTUDY_NO_IDS" })
  const other = await openPair("bigint")
  await insert(other.primary, 3, "quiet")
  await lease(other)
  expect(await lastValue(other, "quiet")).toBe(3)
  expect(await lastValue(other)).toBe(1_001)
})

it("promise 4: a process that starts again has no lease of the one before", async () => {
  const pair = await openPair("bigint")
  await lease(pair)
  const before = await insert(pair.fallback)
  const again = await openFallback(new IdLeases(), "bigint")
  const [after = 0] = await insert(again)
  expect(before).toEqual([2])
  expect(after).toBeGreaterThanOrEqual(2 ** 40)
})

it("promise 4: a leased id is given once, though its row was rolled back", async () => {
  const pair = await openPair("bigint")
  await lease(pair)
  const undone = pair.fallback.write(async (session) => {
    await session.insertInto("t").values({ a: 1 }).execute()
    throw new Error("undo")
  })
  await expect(undone).rejects.toThrow("undo")
  expect(await insert(pair.fallback)).toEqual([3])
})

it("promise 4: several instances lease while others write, and no id is given twice", async () => {
  const first = await openPair("bigint")
  const others = await Promise.all(
    [1, 2].map(async () => {
      const leases = new IdLeases({ clock: hurriedClock() })
      const engine = await openPrimary(first.url)
      return { leases, engine, fallback: await openFallback(leases, "bigint") }
    }),
  )
  const instances = [first, ...others]
  await Promise.all(instances.map(({ leases, engine }) => leases.topUp(engine, TABLES)))
  const ids = await insert(first.primary)
  const writing = (async () => {
    for (let round = 0; round < 200; round += 1) ids.push(...(await insert(first.primary, 3)))
  })()
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(instances.map(({ leases, engine }) => leases.topUp(engine, TABLES)))
    for (const { fallback } of instances) ids.push(...(await insert(fallback, 900)))
  }
  await writing
  ids.push(...(await insert(first.primary, 1_000)))
  expect(ids).toHaveLength(1 + 600 + 3 * 3 * 900 + 1_000)
  expect(new Set(ids).size).toBe(ids.length)
  expect(Math.max(...ids)).toBeLessThan(2 ** 40)
})

it("promise 4: sequences keep their own steps, and names are no matter", async () => {
  const pair = await openPair("bigint")
  await sql`alter sequence t_id_seq increment by 5`.execute(pair.primary.kysely)
  await sql`alter sequence ${sql.id("quo'ted T_id_seq")} increment by -2 maxvalue 1000 minvalue -9000000000000000000`.execute(
    pair.primary.kysely,
  )
  await pair.leases.topUp(pair.engine, TABLES)
  await insert(pair.primary, 1, "quo'ted T")
  await lease(pair)
  expect(await insert(pair.fallback, 3)).toEqual([6, 11, 16])
  expect(await insert(pair.fallback, 2, "quo'ted T")).toEqual([-1, -3])
  expect(await insert(pair.primary)).toEqual([5_006])
  expect(pair.errors).toEqual([])
})

it.each([
  ["was set back", sql`select setval('t_id_seq', 500)`],
  ["begins again", sql`truncate t restart identity`],
  ["was made anew", sql`alter table t drop column id, add column id bigserial primary key`],
  ["may not be drawn from any more", sql`alter sequence t_id_seq cycle`],
])("promise 4: leases are void where the sequence %s", async (_name, change) => {
  const pair = await openPair("bigint")
  await lease(pair)
  await change.execute(pair.primary.kysely)
  await pair.leases.topUp(pair.engine, TABLES)
  expect((await insert(pair.fallback))[0]).toBeGreaterThanOrEqual(2 ** 40)
  expect(pair.errors).toEqual([])
})

it.each(["nextval('t_id_seq') * 10", "nextval('t_id_seq') + nextval('t_id_seq')", "nextval('other')"])(
  "promise 4: a lease is drawn as the default draws, and where it does more than that, not at all: %s",
  async (expression) => {
    const pair = await openPair("bigint", "serial")
    await sql`create sequence other start 100`.execute(pair.primary.kysely)
    await sql`alter table t alter column id set default ${sql.raw(expression)}`.execute(pair.primary.kysely)
    await lease(pair)
    await lease(pair)
    const [id = 0] = await insert(pair.fallback)
    if (expression === "nextval('other')") expect(id).toBe(101)
    else expect(id).toBeGreaterThanOrEqual(2 ** 40)
    expect(pair.errors).toEqual([])
  },
)

it("promise 4: nothing is leased where the role may not draw, and that is no failure", async () => {
  const pair = await openPair("bigint")
  await sql`revoke all on sequence t_id_seq from current_user`.execute(pair.primary.kysely)
  await lease(pair)
  await lease(pair)
  expect(await insert(pair.primary)).toEqual([3])
  expect((await insert(pair.fallback))[0]).toBeGreaterThanOrEqual(2 ** 40)
  expect(pair.errors).toEqual([])
})

it("promise 4: when the primary is another one, what was leased is void", async () => {
  const pair = await openPair("bigint")
  await lease(pair)
  pair.leases.void()
  expect((await insert(pair.fallback))[0]).toBeGreaterThanOrEqual(2 ** 40)
})

it("promise 2: what goes wrong while ids are leased is told, and tried again", async () => {
  const pair = await openPair("bigint")
  await lease(pair)
  const gone: Engine = await openPrimary(pair.url)
  await gone.close()
  await pair.leases.topUp(gone, TABLES)
  expect(pair.errors).toMatchObject([{ code: "UNDERSTUDY_CLOSED" }])
  await insert(pair.fallback, 800)
  await pair.leases.topUp(pair.engine, TABLES)
  expect((await insert(pair.fallback, 300)).at(-1)).toBe(1_101)
})

it("the primary is looked at five times in the first half minute, and four times a minute then", async () => {
  const pair = await openPair("bigint")
  let ms = 0
  let looks = 0
  const counted: Engine = {
    ...pair.engine,
    acquire: (...asked: Parameters<Engine["acquire"]>) => {
      looks += 1
      return pair.engine.acquire(...asked)
    },
  } as Engine
  const leases = new IdLeases({ clock: { monotonicMs: () => ms, now: () => new Date() } })
  const pass = async (seconds: number): Promise<number> => {
    looks = 0
    for (let second = 0; second < seconds; second += 1) {
      await leases.topUp(counted, TABLES)
      ms += 1_000
    }
    return looks
  }
  expect(await pass(30)).toBe(5)
  expect(await pass(60)).toBe(4)
})

it("promise 4: leases stay while the program's tables are not known yet", async () => {
  const pair = await openPair("bigint")
  await lease(pair)
  const last = await lastValue(pair)
  await pair.leases.topUp(pair.engine, [])
  expect(await insert(pair.fallback)).toEqual([2])
  await pair.leases.topUp(pair.engine, TABLES)
  expect(await lastValue(pair)).toBe(last)
})
