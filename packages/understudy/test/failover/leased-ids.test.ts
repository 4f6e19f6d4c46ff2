import { delay } from "../../src/base/abort.ts"
import type { Generated } from "kysely"
import { expect, test } from "vitest"
import type { Database } from "understudy-db"
import { untilHeld, useStage } from "./mirrored-program.ts"

interface Notes {
  note: { id: Generated<number>; text: string }
}

const stage = useStage<Notes>({
  "0001": {
    async up(db) {
      await db.schema
        .createTable("note")
        .addColumn("id", "bigint", (column) => column.generatedByDefaultAsIdentity().primaryKey())
        .addColumn("text", "text", (column) => column.notNull())
        .execute()
    },
  },
})

/** Looks for ids to lease are a second apart. */
const LOOKS_MS = 5_000

async function insert({ kysely }: Database<Notes>): Promise<number> {
  const { id } = await kysely
    .insertInto("note")
    .values({ text: "a" })
    .returning("id")
    .executeTakeFirstOrThrow()
  return id
}

test("promise 4: a fallback that takes writes has ids leased ahead, which the primary gives to nobody", async () => {
  await using db = stage.open()
  await untilHeld(db)
  const ids: number[] = []
  const latest = async (): Promise<number> => ids[ids.push(await insert(db)) - 1] ?? 0
  await expect.poll(latest, { timeout: 20_000 }).toBeGreaterThan(500)
  expect(ids.length).toBeLessThan(500)
})

test("one that takes none burns no id of the primary's", async () => {
  await using db = stage.open({ DATABASE_FALLBACK: "read-only" })
  await untilHeld(db)
  const endMs = performance.now() + LOOKS_MS
  const ids = [await insert(db)]
  while (performance.now() < endMs) {
    await delay(100)
    ids.push(await insert(db))
  }
  expect(ids).toEqual(ids.map((_, place) => place + 1))
})
