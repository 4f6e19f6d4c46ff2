import { rm, mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { SqliteEngine } from "../../../src/engine/sqlite/engine.ts"
import { sqliteBaseline } from "../../../src/testing/sqlite-baseline.ts"
import { sessionsOn } from "../../support/engines.ts"
import type { Sessions } from "../../../src/session/sessions.ts"
import type { Generated } from "kysely"

interface Tables {
  t: { id: Generated<number>; a: number }
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-sequence-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

function openFile(file: string): { engine: SqliteEngine; sessions: Sessions<Tables> } {
  const values = { int8: "number", timestamptz: "date" } as const
  const engine = new SqliteEngine({ file, role: "embedded", synchronous: "normal", waitMs: 5_000, values })
  onTestFinished(() => engine.close())
  return { engine, sessions: sessionsOn<Tables>(engine) }
}

async function makeTable({ kysely }: Sessions<Tables>): Promise<void> {
  await kysely.schema
    .createTable("t")
    .addColumn("id", "bigint", (c) => c.generatedAlwaysAsIdentity().primaryKey())
    .addColumn("a", "integer")
    .execute()
}

async function draw({ kysely }: Sessions<Tables>): Promise<number> {
  const { id } = await kysely.insertInto("t").values({ a: 1 }).returning("id").executeTakeFirstOrThrow()
  return id
}

async function drawInVain(sessions: Sessions<Tables>): Promise<void> {
  const drawn = sessions.write(async (session) => {
    await session.insertInto("t").values({ a: 1 }).execute()
    throw new Error("undo")
  })
  await expect(drawn).rejects.toThrow("undo")
}

it("promise 3: a file that is opened again refuses ids for an identity column, and counts on", async () => {
  const file = join(await newFolder(), "test.sqlite")
  const first = openFile(file)
  await makeTable(first.sessions)
  await draw(first.sessions)
  await drawInVain(first.sessions)
  expect(await draw(first.sessions)).toBe(3)
  await first.engine.close()
  const { sessions } = openFile(file)
  const given = sessions.kysely.insertInto("t").values({ id: 9, a: 1 }).execute()
  await expect(given).rejects.toMatchObject({ code: "428C9" })
  expect(await draw(sessions)).toBe(4)
})

it("promise 3: two files of one process count by themselves", async () => {
  const folder = await newFolder()
  const [one, other] = [openFile(join(folder, "one.sqlite")), openFile(join(folder, "other.sqlite"))]
  for (const { sessions } of [one, other]) await makeTable(sessions)
  await drawInVain(one.sessions)
  expect(await draw(one.sessions)).toBe(2)
  expect(await draw(other.sessions)).toBe(1)
})

it("promise 3: where a copy of the file is put back, its sequences count again from there", async () => {
  const folder = await newFolder()
  const file = join(folder, "test.sqlite")
  const { sessions } = openFile(file)
  await makeTable(sessions)
  await draw(sessions)
  const baseline = await sqliteBaseline(file, folder)
  await draw(sessions)
  await drawInVain(sessions)
  await baseline.restore()
  expect(await draw(sessions)).toBe(2)
})
