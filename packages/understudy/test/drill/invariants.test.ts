import { Kysely, PostgresDialect } from "kysely"
import { Client, Pool } from "pg"
import { afterAll, beforeAll, expect, test } from "vitest"
import { startPostgres, type PostgresServer } from "understudy-db/testing"
import { History } from "../../src/drill/history.ts"
import type { Operation } from "../../src/drill/operations.ts"
import { createTables, prepare, type Tables } from "../../src/drill/tables.ts"
import { findWrong } from "../../src/drill/verdict.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server[Symbol.asyncDispose]())

const ID = "00000000-0000-4000-8000-00000000000"
const bump = (last: number, seen: number): string =>
  `insert into bump values ('${ID}${last}', 'op ${last}', 'shared 1', ${seen})`

/** What is wrong after these statements; nothing was asked of anybody. */
async function wrongAfter(statements: readonly string[], history = new History()): Promise<string> {
  await using database = await server.createDatabase()
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: new Pool({ connectionString: database.url }) }),
  })
  await createTables.up(db)
  await prepare(db)
  await db.destroy()
  const client = new Client(database.url)
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
    return (await findWrong(client, history)).join("\n")
  } finally {
    await client.end()
  }
}

test.each([
  ["nothing", [], /^$/],
  [
    "a bump that the counter has not",
    [bump(1, 0)],
    /^a counter is not what its bumps say: shared 1 is 0, of 1 bumps$/,
  ],
  [
    "two bumps from the same value",
    [bump(1, 0), bump(2, 0), "update counter set value = 2 where key = 'shared 1'"],
    /^two bumps have seen the same value: shared 1 at 0: op 1 op 2$/,
  ],
  [
    "money from nowhere",
    ["update account set balance = balance + 1 where key = 'shared 2'"],
    /the accounts do not have what they had together: 24001\nan account is not what its transfers say: shared 2 has 1001/,
  ],
  [
    "a transfer of which one side is missing",
    [
      `insert into transfer values ('${ID}1', 'op 1', 'shared 1', 'shared 2', 5)`,
      "update account set balance = balance - 5 where key = 'shared 1'",
    ],
    /an account is not what its transfers say: shared 2 has 1000/,
  ],
  [
    "a stamping that is not there",
    ["update stamped set value = 1 where key = 'shared 3'"],
    /^a stamped row is not what its stampings say: shared 3 is 1, of 0 stampings$/,
  ],
  [
    "a trigger that was passed over",
    [
      "alter table stamped disable trigger stamp",
      "update stamped set value = 1 where key = 'shared 3'",
      `insert into stamping values ('${ID}1', 'op 1', 'shared 3')`,
    ],
    /^the primary's trigger was not asked: shared 3$/,
  ],
])("the primary's rows among themselves: %s", async (_what, statements, found) => {
  expect(await wrongAfter(statements)).toMatch(found)
})

test("an id that two clients were told, and a write that nobody finds", async () => {
  const history = new History()
  for (const id of ["1", "2"]) {
    const operation: Operation = { id, kind: "ticket", key: "", other: "", amount: 1, way: "write" }
    history.end(history.invoke("client", "backend", operation), { kind: "ok", value: "7" })
  }
  const found = await wrongAfter(
    ["insert into ticket (id, op) overriding system value values (7, '1')"],
    history,
  )
  expect(found).toContain("ids that were given twice: 7")
  expect(found).toContain("operation 2 is acknowledged, and lost")
})
