import { afterAll, beforeAll, expect, it } from "vitest"
import { openTestPostgres, openTestSqlite, type TestEngine } from "../support/engines.ts"
import { KNOWN_DIFFERENCES } from "./known-differences.ts"
import { outcomeOf } from "./outcome.ts"
import { createTables, type Tables } from "./tables.ts"

let sqlite: TestEngine<Tables>
let postgres: TestEngine<Tables>

async function withRow({ sessions: { kysely } }: TestEngine<Tables>): Promise<void> {
  await createTables(kysely)
  await kysely
    .insertInto("every")
    .values({ small: 7, price: "1.50", body: "x", moment: new Date("2026-01-31T12:00:00Z") })
    .execute()
}

beforeAll(async () => {
  sqlite = await openTestSqlite<Tables>()
  postgres = await openTestPostgres<Tables>()
  await withRow(sqlite)
  await withRow(postgres)
})

afterAll(async () => {
  await sqlite[Symbol.asyncDispose]()
  await postgres[Symbol.asyncDispose]()
})

it.each(KNOWN_DIFFERENCES)("promise 3: a known difference is what the docs say: $name", async (each) => {
  expect(await outcomeOf(() => postgres.sessions.write(each.run))).toEqual(each.postgresql)
  expect(await outcomeOf(() => sqlite.sessions.write(each.run))).toEqual(each.sqlite)
})
