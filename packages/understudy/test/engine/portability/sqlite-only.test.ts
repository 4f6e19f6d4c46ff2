import { sql } from "kysely"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DatabaseError } from "../../../src/errors/database-error.ts"
import { findOnlySqlite } from "../../../src/engine/portability/sqlite-only.ts"
import { openTestPostgres, openTestSqlite, type TestEngine } from "../../support/engines.ts"

let postgres: TestEngine<unknown>
let sqlite: TestEngine<unknown>

beforeAll(async () => {
  postgres = await openTestPostgres()
  sqlite = await openTestSqlite()
})

afterAll(async () => {
  await postgres[Symbol.asyncDispose]()
  await sqlite[Symbol.asyncDispose]()
})

async function namesIn({ sessions }: TestEngine<unknown>, text: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`${sql.raw(text)}`.execute(sessions.kysely)
  return rows.map(({ name }) => name)
}

/** What PostgreSQL's grammar takes for a call, types that cast included: its catalogue of functions does not list them. */
const OF_THE_GRAMMAR = ["coalesce", "json", "json_array", "jsonb", "nullif", "trim"]

test("every function of SQLite's alone is refused for PostgreSQL, and no other one (promise 3)", async () => {
  const known = new Set([
    ...(await namesIn(postgres, "select proname as name from pg_proc")),
    ...OF_THE_GRAMMAR,
  ])
  const all = await namesIn(
    sqlite,
    "select distinct name from pragma_function_list where name not like 'understudy%'",
  )
  const functions = all.filter((name) => /^[a-z]\w*$/.test(name) && !name.startsWith("current_"))
  expect(functions.length).toBeGreaterThan(150)
  const refused = functions.filter((name) => findOnlySqlite(`select ${name}(1)`) !== undefined)
  expect(refused).toEqual(functions.filter((name) => !known.has(name)))
})

/** Texts that SQLite runs and PostgreSQL does not. */
const REFUSED = [
  "select 1 == 1",
  "select 1 is 1",
  "select 'a' is not 'b'",
  "select 'a' = 'A' collate nocase",
  "select max(1, 2)",
  "select min(abs(1), (2))",
  "select time('now')",
  "select 1 limit 1, 2",
  "select a as [b] from (select 1 as a)",
  "select [a] from (select 1 as a)",
  "select `a` from (select 1 as a)",
  "select 'a' glob '*'",
  "select hex('a')",
  "select group_concat('a')",
  "select if(true, 1, 2)",
  "pragma user_version",
]

/** Texts that PostgreSQL runs, however much they look like what only SQLite has. */
const PASSED = [
  "select 1 is distinct from 2",
  "select true is not true",
  "select null is /* no value */ null",
  "select 'a == b', 'hex(1)' as \"glob 'x'\" -- pragma `a`",
  "select max(abs(1)), min((select 1))",
  "select cast('12:00' as time(3))",
  "select 'a' like (select 'a' limit 1)",
  "create temporary table changes (total integer, hex integer)",
  "create index on changes (hex)",
  "insert into changes (hex) values (1)",
  "with total (x) as (select 1) select x from total",
  "select 1 limit 1 offset 2",
]

describe("promise 3: a text is refused for PostgreSQL only where PostgreSQL refuses it", () => {
  const run = (text: string): Promise<unknown> =>
    postgres.sessions.write((session) => sql.raw(text).execute(session))

  test.each(REFUSED)("%s", async (text) => {
    expect(findOnlySqlite(text)).toBeDefined()
    await expect(run(text)).rejects.toBeInstanceOf(DatabaseError)
  })

  test("what PostgreSQL runs passes", async () => {
    await postgres.sessions.write(async (session) => {
      for (const text of PASSED) {
        expect(findOnlySqlite(text), text).toBeUndefined()
        await sql.raw(text).execute(session)
      }
    })
  })
})
