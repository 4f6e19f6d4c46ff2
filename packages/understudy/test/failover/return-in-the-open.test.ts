import { Client } from "pg"
import { expect, onTestFinished, test } from "vitest"
import { codes, untilHeld, untilState, useStage } from "./mirrored-program.ts"

const stage = useStage()

const TRANSACTIONS = 80
const ROWS = 500

test("while it is handed back, what is left falls (promise 2)", async () => {
  await using db = stage.open({ DATABASE_FALLBACK_AFTER: "0" })
  await db.ready()
  await untilHeld(db)
  await stage.postgres.stop("immediate")
  await untilState(db, "fallback")
  for (let number = 0; number < TRANSACTIONS; number += 1) {
    const rows = Array.from({ length: ROWS }, (_, row) => ({ id: `${number} ${row}`, balance: 1 }))
    await db.kysely.insertInto("account").values(rows).execute()
  }
  const all = TRANSACTIONS * ROWS
  expect(db.status().pending?.changes).toBe(all)
  await stage.postgres.start()
  const left = new Set<number>()
  await expect
    .poll(
      () => {
        const { state, pending } = db.status()
        if (state === "returning" && pending !== null) left.add(pending.changes)
        return state
      },
      { timeout: 60_000, interval: 5 },
    )
    .toBe("primary")
  const between = [...left].filter((changes) => changes > 0 && changes < all)
  expect(between.length).toBeGreaterThan(0)
  expect([...left]).toEqual([...left].toSorted((a, b) => b - a))
  expect(db.status().pending).toBeNull()
}, 120_000)

test("who holds a row in PostgreSQL, so that nothing is handed back, is told of until it is free (promise 2)", async () => {
  await using db = stage.open({ DATABASE_FALLBACK_AFTER: "0" })
  await db.kysely.insertInto("account").values({ id: "a", balance: 1 }).execute()
  await untilHeld(db)
  await stage.postgres.stop("immediate")
  await untilState(db, "fallback")
  await db.kysely.updateTable("account").set({ balance: 2 }).execute()
  await stage.postgres.start()
  const holder = new Client(stage.url)
  holder.on("error", () => {})
  onTestFinished(() => holder.end())
  await holder.connect()
  await holder.query("begin; select from account for update")
  await expect.poll(() => codes(db), { timeout: 60_000 }).toContain("journal.hindered")
  expect(db.status().findings.find(({ code }) => code === "journal.hindered")?.message).toContain("account")
  await db.kysely.updateTable("account").set({ balance: 3 }).execute()
  await holder.query("commit")
  await untilState(db, "primary")
  expect(codes(db)).not.toContain("journal.hindered")
  expect(await db.kysely.selectFrom("account").selectAll().execute()).toEqual([{ id: "a", balance: 3 }])
}, 150_000)
