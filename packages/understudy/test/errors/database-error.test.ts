import { inspect } from "node:util"
import { Client } from "pg"
import { expect, onTestFinished, test } from "vitest"
import { toDatabaseError } from "../../src/engine/postgres/errors.ts"
import { UnderstudyError } from "../../src/errors/understudy-error.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"

test("promise 5: no dump of a refused statement shows the values of a row, and all shows the rest", async () => {
  const database = await (await workerPostgres()).createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  const client = new Client(database.url)
  await client.connect()
  onTestFinished(() => client.end())
  await client.query(
    "create table person (email text unique); insert into person values ('ann@canary.example')",
  )
  const refused: unknown = await client
    .query("insert into person values ('ann@canary.example')")
    .catch(toDatabaseError)
  expect(refused).toMatchObject({
    code: "23505",
    cause: { detail: expect.stringContaining("canary") as string },
  })
  const behind = new UnderstudyError("UNDERSTUDY_ALREADY_APPLIED", {}, { cause: refused, applied: "yes" })
  for (const dump of [
    inspect(refused),
    inspect({ refused }, { depth: 9 }),
    inspect(behind),
    JSON.stringify(refused),
  ])
    expect(dump).not.toContain("canary")
  const dump = inspect(refused)
  expect(dump).toMatch(/^DatabaseError: duplicate key value violates unique constraint/)
  expect(dump).toContain("database-error.test.ts")
  expect(dump).toContain("code: '23505'")
  expect(dump).toContain("constraint: 'person_email_key'")
  expect(inspect(refused, { colors: true })).toContain("'23505'")
})
