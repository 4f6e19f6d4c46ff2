import { startPostgres, type PostgresServer } from "understudy-db/testing"
import { afterAll } from "vitest"

let server: Promise<PostgresServer> | undefined

/** This worker's PostgreSQL server, started by the first test that asks for it and ended after the last. */
export function workerPostgres(): Promise<PostgresServer> {
  server ??= startPostgres()
  return server
}

afterAll(async () => {
  const started = server
  server = undefined
  await (await started)?.[Symbol.asyncDispose]()
})
