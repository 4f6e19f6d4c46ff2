import { startPostgres, type PostgresServer } from "understudy-db/testing"
import { afterAll } from "vitest"
import { startPgbouncer, type Pgbouncer, type PoolMode } from "./pgbouncer.ts"

let server: Promise<PostgresServer> | undefined
let pooler: Pgbouncer | undefined

/**
 * This worker's PostgreSQL server, started by the first test that asks for it and ended after the last. Its databases
 * are reached through pgbouncer where UNDERSTUDY_TEST_POOLER is `transaction` or `session`.
 */
export function workerPostgres(): Promise<PostgresServer> {
  server ??= start(process.env["UNDERSTUDY_TEST_POOLER"] as PoolMode | undefined)
  return server
}

async function start(mode: PoolMode | undefined): Promise<PostgresServer> {
  const started = await startPostgres()
  if (mode === undefined) return started
  const through = await startPgbouncer(started, mode, { default_pool_size: "20", max_client_conn: "500" })
  pooler = through
  return Object.assign(Object.create(started) as PostgresServer, {
    url: through.through(started.url),
    async createDatabase(name?: string) {
      const database = await started.createDatabase(name)
      return { ...database, url: through.through(database.url) }
    },
  })
}

afterAll(async () => {
  const started = server
  server = undefined
  await pooler?.[Symbol.asyncDispose]()
  pooler = undefined
  await (await started)?.[Symbol.asyncDispose]()
})
