import { startPostgres, type PostgresServer, type ServerDatabase } from "understudy-db/testing"
import { afterAll, onTestFinished } from "vitest"

let server: Promise<PostgresServer> | undefined

/** This worker's PostgreSQL server, started by the first test that asks for it and ended after the last. */
export function workerPostgres(): Promise<PostgresServer> {
  server ??= startPostgres()
  return server
}

/** A new database on this worker's server, dropped when the test has finished. To be called in a test. */
export async function testDatabase(): Promise<ServerDatabase> {
  const database = await (await workerPostgres()).createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  return database
}

afterAll(async () => {
  const started = server
  server = undefined
  await (await started)?.[Symbol.asyncDispose]()
})
