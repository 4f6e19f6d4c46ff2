import { writeSync } from "node:fs"
import { sql } from "kysely"
import { startCapture, stopCapture } from "../../../src/journal/local/capture.ts"
import { openFallback } from "./open-fallback.ts"
import { seededNumbers } from "./seeded-numbers.ts"

// Run by killed.test.ts, which kills it: opens the file for writing and moves money until it ends. A dot is a commit.
const [, , file = "", seed = "1"] = process.argv
const random = seededNumbers(Number(seed))
const { engine, sessions } = openFallback(file)
await engine.withWriter((database) => stopCapture(database))
await engine.withWriter((database) => startCapture(database, { units: engine.units, primaryMark: null }))
writeSync(1, "|")

for (;;) {
  const [from, to, amount] = [random(10), random(10), random(100)]
  if (random(5) === 0)
    await sql`insert into notes (text) values (${"x".repeat(random(5_000))})`.execute(sessions.kysely)
  else
    await sessions.write(async (session) => {
      await sql`update accounts set balance = balance - ${amount} where id = ${from}`.execute(session)
      await sql`insert into transfers (source, target, amount) values (${from}, ${to}, ${amount})`.execute(
        session,
      )
      await sql`update accounts set balance = balance + ${amount} where id = ${to}`.execute(session)
      if (random(4) === 0) await sql`delete from transfers where id % 3 = ${random(3)}`.execute(session)
    })
  writeSync(1, ".")
}
