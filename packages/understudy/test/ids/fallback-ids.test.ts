import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sql, type Generated } from "kysely"
import { expect, it, onTestFinished } from "vitest"
import { SqliteEngine } from "../../src/engine/sqlite/engine.ts"
import { FallbackIds } from "../../src/ids/fallback-ids.ts"
import { IdLeases } from "../../src/ids/id-leases.ts"
import type { Sessions } from "../../src/session/sessions.ts"
import { sessionsOn } from "../support/engines.ts"

interface Tables {
  t: { id: Generated<number>; a: number }
}

const VALUES = { int8: "number", timestamptz: "date" } as const

async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-ids-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, "fallback.sqlite")
}

function openFile(file: string): { engine: SqliteEngine; sessions: Sessions<Tables> } {
  const engine = new SqliteEngine({
    file,
    role: "fallback",
    synchronous: "normal",
    waitMs: 5_000,
    values: VALUES,
  })
  onTestFinished(() => engine.close())
  return { engine, sessions: sessionsOn<Tables>(engine) }
}

async function makeTable(
  { kysely }: Sessions<Tables>,
  type: "smallint" | "integer" | "bigint" | "serial" | "bigserial",
): Promise<void> {
  await kysely.schema
    .createTable("t")
    .addColumn("id", type, (column) =>
      type.endsWith("serial") ? column.primaryKey() : column.generatedAlwaysAsIdentity().primaryKey(),
    )
    .addColumn("a", "integer")
    .execute()
}

async function insert(sessions: Pick<Sessions<Tables>, "kysely">, count = 1): Promise<number[]> {
  const rows = Array.from({ length: count }, (_, a) => ({ a }))
  const inserted = await sessions.kysely.insertInto("t").values(rows).returning("id").execute()
  return inserted.map(({ id }) => id)
}

async function insertInVain(sessions: Sessions<Tables>): Promise<number> {
  let given = 0
  const undone = sessions.write(async (session) => {
    const row = await session.insertInto("t").values({ a: 1 }).returning("id").executeTakeFirstOrThrow()
    given = row.id
    throw new Error("undo")
  })
  await expect(undone).rejects.toThrow("undo")
  return given
}

it.each([
  ["bigint", 2 ** 40, 2 ** 52],
  ["bigserial", 2 ** 40, 2 ** 52],
  ["integer", 2 ** 30, 2 ** 31],
  ["serial", 2 ** 30, 2 ** 31],
] as const)(
  "promise 4: without a lease a column of type %s has ids of a random block",
  async (type, from, to) => {
    const { engine, sessions } = openFile(await newFile())
    await makeTable(sessions, type)
    engine.drawIdsFrom(new IdLeases().source)
    const ids = await insert(sessions, 5)
    const [first = 0] = ids
    expect(first).toBeGreaterThanOrEqual(from)
    expect(first).toBeLessThan(to)
    expect(ids).toEqual([0, 1, 2, 3, 4].map((offset) => first + offset))
  },
)

it("promise 4: a column of type smallint has no ids to give, and says so", async () => {
  const { engine, sessions } = openFile(await newFile())
  await makeTable(sessions, "smallint")
  engine.drawIdsFrom(new IdLeases().source)
  await expect(insert(sessions)).rejects.toMatchObject({
    code: "UNDERSTUDY_NO_IDS",
    message: expect.stringContaining("t.id") as string,
    httpStatus: 503,
    applied: "no",
  })
})

it("promise 4: an id is given once, though its row was rolled back", async () => {
  const { engine, sessions } = openFile(await newFile())
  await makeTable(sessions, "bigint")
  engine.drawIdsFrom(new IdLeases().source)
  const given = await insertInVain(sessions)
  expect(await insert(sessions)).toEqual([given + 1])
})

it("promise 4: when a process starts again, another block is drawn, and no id is one that a row has", async () => {
  const file = await newFile()
  const first = openFile(file)
  await makeTable(first.sessions, "integer")
  first.engine.drawIdsFrom(new IdLeases().source)
  const before = await insert(first.sessions, 20)
  await first.engine.close()
  const { engine, sessions } = openFile(file)
  engine.drawIdsFrom(new IdLeases().source)
  const after = await insert(sessions, 20)
  expect(new Set([...before, ...after]).size).toBe(40)
})

it("promise 4: a block ends before the next id that a row has, and another one is drawn", async () => {
  const { engine, sessions } = openFile(await newFile())
  await makeTable(sessions, "integer")
  const start = 2 ** 30
  await sql`insert into t (id, a) values (${start + 2}, 0)`.execute(sessions.kysely)
  // No draw finds a whole block, until the row is behind.
  const draws = [...Array.from({ length: 32 }, () => 0n), 1_000n]
  engine.drawIdsFrom(
    new FallbackIds(
      () => undefined,
      () => draws.shift() ?? 0n,
    ),
  )
  expect(await insert(sessions, 3)).toEqual([start, start + 1, start + 1_000])
})

it("promise 4: of a table that has no copy, ids are given without telling of its rows", async () => {
  const { engine, sessions } = openFile(await newFile())
  await makeTable(sessions, "bigint")
  engine.drawIdsFrom(new IdLeases().source)
  engine.withhold(new Map([["t", "excluded"]]))
  await sessions.kysely.insertInto("t").values({ a: 1 }).execute()
  await expect(sessions.kysely.selectFrom("t").select("id").execute()).rejects.toMatchObject({
    code: "UNDERSTUDY_NO_COPY",
  })
})

it("promise 4: what was renamed has no lease; a dot in a name is no matter", async () => {
  const { engine, sessions } = openFile(await newFile())
  const { kysely } = sessions
  await makeTable(sessions, "bigint")
  const leased = new Map([["t.id", 7n]])
  const take = (name: string): bigint | undefined => leased.get(name)
  engine.drawIdsFrom(new FallbackIds(take, () => 0n))
  expect(await insert(sessions)).toEqual([7])
  await kysely.schema.alterTable("t").renameColumn("id", "the.id").execute()
  const { rows } = await sql`insert into t (a) values (1) returning "the.id" as id`.execute(kysely)
  expect(rows).toEqual([{ id: 2 ** 40 }])
})

it("promise 4: the rows of migrations get the ids that the primary would give them", async () => {
  const { engine, sessions } = openFile(await newFile())
  await makeTable(sessions, "bigint")
  expect(await insert(sessions, 2)).toEqual([1, 2])
  // As the mirror writes: the sequence in the file knows nothing of it.
  const mirror = openFile(await newFile())
  await makeTable(mirror.sessions, "bigint")
  await sql`insert into t (id, a) values (41, 1)`.execute(mirror.sessions.kysely)
  expect(await insert(mirror.sessions, 2)).toEqual([42, 43])
  engine.drawIdsFrom(new IdLeases().source)
  expect((await insert(sessions))[0]).toBeGreaterThanOrEqual(2 ** 40)
})
