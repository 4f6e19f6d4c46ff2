import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { DatabaseSync } from "node:sqlite"
import { expect, test } from "vitest"
import { untilHeld, useStage } from "./mirrored-program.ts"

const stage = useStage()

test("a file that cannot be settled at the return ends no process, and the next outage finds all in it (promises 1 and 4)", async () => {
  await using db = stage.open({ DATABASE_FALLBACK_AFTER: "0" })
  const insert = (id: string): Promise<unknown> =>
    db.kysely.insertInto("account").values({ id, balance: 1 }).execute()
  const ids = async (): Promise<string[]> =>
    (await db.kysely.selectFrom("account").select("id").orderBy("id").execute()).map(({ id }) => id)
  const untilState = async (state: string): Promise<void> => {
    await expect.poll(() => db.status().state, { timeout: 40_000, interval: 5 }).toBe(state)
  }
  await insert("a")
  await untilHeld(db)
  await stage.postgres.stop("immediate")
  await insert("b")
  const reading = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  // As long as it reads, the end of what stood in waits for it.
  const reader = db.read(
    async (session) => {
      await session.selectFrom("account").select("id").execute()
      reading.resolve()
      await done.promise
    },
    { isolation: "repeatable read" },
  )
  await reading.promise
  await stage.postgres.start()
  await untilState("primary")
  using other = new DatabaseSync(join(stage.folder, "fallback.sqlite"), { timeout: 5_000 })
  other.exec("begin immediate")
  done.resolve()
  await reader
  await wait(2_000)
  other.exec("rollback")
  await insert("c")
  await untilHeld(db)
  await stage.postgres.stop("immediate")
  await untilState("fallback")
  expect(await ids()).toEqual(["a", "b", "c"])
  await insert("d")
  await stage.postgres.start()
  await untilState("primary")
  expect(await ids()).toEqual(["a", "b", "c", "d"])
}, 120_000)
