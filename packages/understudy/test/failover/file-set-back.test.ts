import { existsSync } from "node:fs"
import { copyFile, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { Client } from "pg"
import { expect, onTestFinished, test } from "vitest"
import { mirrorOnce, untilHeld, untilState, useStage } from "./mirrored-program.ts"
import { onPrimary } from "./write-through-outage.ts"

const stage = useStage()

const balances = async (): Promise<object> => Object.fromEntries((await onPrimary(stage)).rows)

/** With what is in its log and not in it yet. */
async function copyDatabase(from: string, to: string): Promise<void> {
  for (const end of ["", "-wal", "-shm"]) {
    const [source, target] = [resolve(stage.folder, from + end), resolve(stage.folder, to + end)]
    await rm(target, { force: true })
    if (existsSync(source)) await copyFile(source, target)
  }
}

/** Writes a row of its own and adds one to the first, while PostgreSQL is away. */
async function writeAway(id: string): Promise<void> {
  await using db = stage.open({ DATABASE_FALLBACK_AFTER: "0" })
  await db.write(async (session) => {
    await session.insertInto("account").values({ id, balance: 0 }).execute()
    await session
      .updateTable("account")
      .set((eb) => ({ balance: eb("balance", "+", 1) }))
      .where("id", "=", "first")
      .execute()
  })
  expect(db.status().state).toBe("fallback")
}

/** PostgreSQL is there again; waits until it has everything, and closes. */
async function handBack(): Promise<{ parked: number | null }> {
  await stage.postgres.start()
  await using db = stage.open()
  await untilState(db, "primary")
  await untilHeld(db)
  return { parked: db.status().parked }
}

test("a file that is set back to before its return hands back nothing twice, and what it takes then is not lost (promise 4)", async () => {
  await mirrorOnce(stage, ["first"])
  await stage.postgres.stop()
  await writeAway("before")
  await copyDatabase("fallback.sqlite", "aside")
  expect(await handBack()).toEqual({ parked: 0 })
  expect(await balances()).toEqual({ first: 2, before: 0 })

  await stage.postgres.stop()
  await copyDatabase("aside", "fallback.sqlite")
  await writeAway("after")
  expect(await handBack()).toEqual({ parked: 0 })
  expect(await balances()).toEqual({ first: 3, before: 0, after: 0 })
}, 120_000)

test("one that is set back, and met by what PostgreSQL took since, parks that and nothing else (promise 4)", async () => {
  await mirrorOnce(stage, ["first"])
  await stage.postgres.stop()
  await writeAway("before")
  await copyDatabase("fallback.sqlite", "aside")
  await handBack()
  const client = new Client(stage.url)
  await client.connect()
  await client.query("update account set balance = 100 where id = 'first'")
  await client.end()

  await stage.postgres.stop()
  await copyDatabase("aside", "fallback.sqlite")
  await writeAway("after")
  expect(await handBack()).toEqual({ parked: 1 })
  expect(await balances()).toEqual({ first: 100, before: 0 })
}, 120_000)

test("two services on copies of one file, both of which write on, hand back what was there once (promise 4)", async () => {
  await mirrorOnce(stage, ["first"])
  await stage.postgres.stop()
  await writeAway("before")
  const other = await mkdtemp(join(tmpdir(), "understudy-copied-"))
  onTestFinished(() => rm(other, { recursive: true }))
  await copyDatabase("fallback.sqlite", join(other, "fallback.sqlite"))
  await using one = stage.open({ DATABASE_FALLBACK_AFTER: "0" })
  await using two = stage.open({ DATABASE_FALLBACK_AFTER: "0", DATABASE_PATH: other })
  await one.kysely.insertInto("account").values({ id: "one", balance: 1 }).execute()
  await two.kysely.insertInto("account").values({ id: "two", balance: 2 }).execute()

  await stage.postgres.start()
  for (const db of [one, two]) {
    await untilState(db, "primary")
    await untilHeld(db)
    expect(db.status()).toMatchObject({ parked: 0, pending: null })
  }
  expect(await balances()).toEqual({ first: 2, before: 0, one: 1, two: 2 })
}, 120_000)
