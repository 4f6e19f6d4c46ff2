import { CompiledQuery } from "kysely"
import { Client } from "pg"
import { afterAll, beforeAll, expect, test } from "vitest"
import { runAutocommit } from "../../../src/engine/autocommit.ts"
import { PostgresEngine } from "../../../src/engine/postgres/engine.ts"
import { startPostgres, type PostgresServer } from "../../../src/testing/postgres-server.ts"
import { postgresOptions } from "../../support/engines.ts"
import { steadySource } from "../../support/steady-source.ts"

let server: PostgresServer
let engine: PostgresEngine
let looking: Client
beforeAll(async () => {
  server = await startPostgres()
  looking = new Client({ connectionString: server.adminUrl })
  await looking.connect()
  engine = await PostgresEngine.open(postgresOptions(server.url), AbortSignal.timeout(10_000))
})
afterAll(async () => {
  await looking.end()
  await engine.close()
  await server[Symbol.asyncDispose]()
})

test.each(["select 1 from pg_sleep(30)", "create temporary table slow as select 1 as one from pg_sleep(30)"])(
  "promise 2: a statement that its caller gives up tells nothing of the server: %s",
  async (text) => {
    const suspected: unknown[] = []
    const source = {
      ...steadySource(engine),
      suspect: (_: unknown, error: unknown) => void suspected.push(error),
    }
    const caller = new AbortController()
    const running = runAutocommit(source, CompiledQuery.raw(text), { signal: caller.signal })
    const failed = running.then(
      () => null,
      (error: unknown) => error,
    )
    await expect
      .poll(
        async () => {
          const asked = "select from pg_stat_activity where state = 'active' and query = $1"
          return (await looking.query(asked, [text])).rowCount
        },
        { timeout: 20_000 },
      )
      .toBe(1)
    caller.abort(new Error("enough"))
    expect(await failed).toBeInstanceOf(Error)
    expect(suspected).toEqual([])
  },
)
