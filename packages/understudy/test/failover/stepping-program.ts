// Writes one row after the other, through an outage and until the primary serves again. Says each that was acknowledged; a test
// ends it at a numbered step.
import { setTimeout as wait } from "node:timers/promises"
import { openDatabase } from "understudy-db"

const COUNTER = "counter"

const db = openDatabase<{ account: { id: string; balance: number } }>({
  migrations: {
    "0001": {
      async up(kysely) {
        await kysely.schema
          .createTable("account")
          .addColumn("id", "text", (column) => column.primaryKey())
          .addColumn("balance", "integer", (column) => column.notNull())
          .execute()
      },
    },
  },
})

/** A row of its own, and one more in the counter. */
function write(id: string): Promise<unknown> {
  return db.write(async (session) => {
    await session.insertInto("account").values({ id, balance: 0 }).execute()
    await session
      .updateTable("account")
      .set((eb) => ({ balance: eb("balance", "+", 1) }))
      .where("id", "=", COUNTER)
      .execute()
  })
}

const isLive = (): boolean => {
  const { state, mirror } = db.status()
  return state === "primary" && mirror?.state === "live" && mirror.holdsNewestWrite === true
}

/** Whatever a test does to the server meanwhile. */
async function begin(): Promise<void> {
  const counter = db.kysely
    .insertInto("account")
    .values({ id: COUNTER, balance: 0 })
    .onConflict((on) => on.doNothing())
  const isThere = await counter.execute().then(
    () => true,
    () => false,
  )
  if (!isThere) await wait(20).then(begin)
}

await begin()
while (!isLive()) await wait(20)
console.log("live")
// What PostgreSQL took now, the copy might not have.
while (db.status().state === "primary") await wait(5)
for (let count = 1; db.status().mirror?.state !== "live"; count += 1) {
  const id = `row ${count}`
  await write(id).then(
    () => console.log(id),
    () => {},
  )
  await wait(20)
}
await db.close()
