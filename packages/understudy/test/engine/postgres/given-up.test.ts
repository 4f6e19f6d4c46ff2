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

test.each(["select", "insert"])(
  "promise 2: a statement (%s) that its caller gives up tells nothing of the server",
  async (kind) => {
    const suspected: unknown[] = []
    const source = {
      ...steadySource(engine),
      suspect: (_: unknown, error: unknown) => void suspected.push(error),
    }
    const caller = new AbortController()
    const text =
      kind === "select" ? "select pg_sleep(30)" : "create temporary table slow as select pg_sleep(30)"
    const running = runAutocommit(source, CompiledQuery.raw(text), { signal: caller.signal })
    const failed = running.then(
      () => null,
      (error: unknown) => error,
    )
    await expect
      .poll(
        async () => {
          const asked = `select from pg_stat_activity where state = 'active' and query like '%pg_sleep(30)%' and pid <> pg_backend_pid()`
          return (await looking.query(asked)).rowCount
        },
        { timeout: 20_000 },
      )
      .toBe(1)
    caller.abort(new Error("enough"))
    expect(await failed).toBeInstanceOf(Error)
    expect(suspected).toEqual([])
  },
)
