import { Client } from "pg"
import { expect, test } from "vitest"
import type { Database } from "understudy-db"
import { codes, untilHeld, untilState, useStage, type Accounts } from "./mirrored-program.ts"

const stage = useStage()
const APPLIED = { code: "UNDERSTUDY_ALREADY_APPLIED", applied: "yes" }

function pay(db: Database<Accounts>, idempotencyKey: string): Promise<unknown> {
  return db.write(
    (session) =>
      session
        .updateTable("account")
        .set((eb) => ({ balance: eb("balance", "+", 1) }))
        .where("id", "=", "a")
        .execute(),
    { idempotencyKey },
  )
}

async function balanceOnPrimary(): Promise<unknown> {
  const client = new Client(stage.url)
  await client.connect()
  const { rows } = await client.query<{ balance: number }>("select balance from account where id = 'a'")
  await client.end()
  return rows[0]?.balance
}

async function openWithAccount(): Promise<Database<Accounts>> {
  const db = stage.open({ DATABASE_FALLBACK_AFTER: "100ms" })
  await db.write((session) => session.insertInto("account").values({ id: "a", balance: 0 }).execute())
  await untilHeld(db)
  return db
}

async function untilPrimary(db: Database<Accounts>): Promise<void> {
  await stage.postgres.start()
  await untilState(db, "primary")
}

test("a write that the fallback took is known by its key after the return (promise 4)", async () => {
  await using db = await openWithAccount()
  await stage.postgres.kill()
  await pay(db, "first")
  await expect(pay(db, "first")).rejects.toMatchObject(APPLIED)
  await untilPrimary(db)
  await expect(pay(db, "first")).rejects.toMatchObject(APPLIED)
  expect(await balanceOnPrimary()).toBe(1)
})

test("a write that the primary took, and the fallback once more by the same key, is there once (promise 4)", async () => {
  await using db = await openWithAccount()
  await pay(db, "first")
  await untilHeld(db)
  await stage.postgres.kill()
  // The copy has no keys: it is taken, and its transaction parked.
  await pay(db, "first")
  await pay(db, "second")
  await untilPrimary(db)
  expect(await balanceOnPrimary()).toBe(1)
  expect(codes(db)).toContain("journal.parked")
  await expect(pay(db, "first")).rejects.toMatchObject(APPLIED)
})
