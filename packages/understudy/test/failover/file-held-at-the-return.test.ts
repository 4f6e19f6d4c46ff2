import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { DatabaseSync } from "node:sqlite"
import { expect, test } from "vitest"
import { codes, untilHeld, untilState, useStage } from "./mirrored-program.ts"

const stage = useStage()

test("a file that cannot be settled at the return ends no process, and the next outage finds all in it (promises 1 and 4)", async () => {
  await using db = stage.open({ DATABASE_FALLBACK_AFTER: "0" })
  const insert = (id: string): Promise<unknown> =>
    db.kysely.insertInto("account").values({ id, balance: 1 }).execute()
  const ids = async (): Promise<string[]> =>
    (await db.kysely.selectFrom("account").select("id").orderBy("id").execute()).map(({ id }) => id)
  await insert("a")
  await untilHeld(db)
  await stage.postgres.stop("immediate")
  await untilState(db, "fallback")
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
  await untilState(db, "primary")
  using other = new DatabaseSync(join(stage.folder, "fallback.sqlite"), { timeout: 5_000 })
  other.exec("begin immediate")
  done.resolve()
  await reader
  await wait(2_000)
  other.exec("rollback")
  await insert("c")
  await untilHeld(db)
  await stage.postgres.stop("immediate")
  await untilState(db, "fallback")
  expect(await ids()).toEqual(["a", "b", "c"])
  await insert("d")
  await stage.postgres.start()
  await untilState(db, "primary")
  expect(await ids()).toEqual(["a", "b", "c", "d"])
}, 120_000)

test("a file that is held for a moment when writes begin takes them a little later (promise 1)", async () => {
  await using db = stage.open({ DATABASE_FALLBACK_AFTER: "3s" })
  const insert = (id: string): Promise<unknown> =>
    db.kysely.insertInto("account").values({ id, balance: 1 }).execute()
  await insert("a")
  await untilHeld(db)
  await stage.postgres.stop("immediate")
  await expect.poll(() => db.status().engine, { timeout: 40_000, interval: 5 }).toBe("sqlite")
  using other = new DatabaseSync(join(stage.folder, "fallback.sqlite"), { timeout: 5_000 })
  other.exec("begin immediate")
  await expect(insert("b")).rejects.toMatchObject({ code: "UNDERSTUDY_READ_ONLY" })
  expect(codes(db)).toContain("journal.no-capture")
  other.exec("rollback")
  await expect.poll(() => db.status().writable, { timeout: 40_000 }).toBe(true)
  expect(codes(db)).not.toContain("journal.no-capture")
  await insert("c")
  await stage.postgres.start()
  await untilState(db, "primary")
  const rows = await db.kysely.selectFrom("account").select("id").orderBy("id").execute()
  expect(rows.map(({ id }) => id)).toEqual(["a", "c"])
}, 120_000)
