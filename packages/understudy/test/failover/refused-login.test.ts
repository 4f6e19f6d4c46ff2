import { setImmediate } from "node:timers/promises"
import { Client } from "pg"
import { expect, test } from "vitest"
import { untilHeld, untilState, useStage } from "./mirrored-program.ts"

const stage = useStage()

async function asAdmin(statement: string): Promise<void> {
  const client = new Client(stage.postgres.adminUrl)
  await client.connect()
  await client.query(statement)
  await client.end()
}

test("readers see no error when the primary refuses the password from now on, and none when it takes it again (promise 3)", async () => {
  await using db = stage.open({ DATABASE_FALLBACK_AFTER: "100ms" })
  await db.write((session) => session.insertInto("account").values({ id: "a", balance: 1 }).execute())
  await untilHeld(db)
  const { password } = new URL(stage.url)
  const reading = new AbortController()
  const outcomes = new Set<string>()
  const read = async (): Promise<void> => {
    while (!reading.signal.aborted) {
      // SQLite answers without a turn of the event loop.
      await setImmediate()
      await Promise.all([
        db.kysely.selectFrom("account").select("id").execute(),
        db.read((session) => session.selectFrom("account").select("id").execute()),
      ]).then(
        (rows) => outcomes.add(JSON.stringify(rows)),
        (error: unknown) => outcomes.add(String(error)),
      )
    }
  }
  // Who is connected stays so: the others need connections of their own.
  await asAdmin("alter role app password 'another'")
  const readers = [read(), read(), read()]
  try {
    await untilState(db, "fallback")
    expect(db.status().reason).toBe("primary.auth-failed")
    await db.write((session) => session.insertInto("account").values({ id: "b", balance: 1 }).execute())
    await db.write((session) => session.deleteFrom("account").where("id", "=", "b").execute())
  } finally {
    await asAdmin(`alter role app password '${password}'`)
  }
  await untilState(db, "primary")
  reading.abort()
  await Promise.all(readers)
  expect([...outcomes].filter((each) => each.includes("rror"))).toEqual([])
}, 90_000)
