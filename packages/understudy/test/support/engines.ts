import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Secret } from "../../src/base/secret.ts"
import type { Engine, EngineDialect } from "../../src/engine/contract.ts"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import type { PostgresOptions } from "../../src/engine/postgres/options.ts"
import { SqliteEngine } from "../../src/engine/sqlite/engine.ts"
import type { ValueOptions } from "../../src/engine/values.ts"
import { Sessions } from "../../src/session/sessions.ts"
import { steadySource } from "./steady-source.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"

/** An opened engine of its own, with sessions on it; disposing it removes all of it. */
export interface TestEngine<DB> extends AsyncDisposable {
  readonly engine: Engine
  readonly sessions: Sessions<DB>
}

const VALUES: ValueOptions = { int8: "number", timestamptz: "date" }

/** The options that a plain URL of a test server comes to. */
export function postgresOptions(url: string, options: Partial<PostgresOptions> = {}): PostgresOptions {
  const { username, password, hostname, port, pathname } = new URL(url)
  return {
    parts: {
      user: decodeURIComponent(username),
      password: new Secret(decodeURIComponent(password)),
      hosts: [{ host: hostname, port: Number(port) }],
      database: pathname.slice(1),
      params: {},
    },
    poolMax: 5,
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 20_000,
    values: VALUES,
    ...options,
  }
}

/** Sessions over one engine. */
export function sessionsOn<DB>(engine: Engine, defaultTimeoutMs = 20_000): Sessions<DB> {
  return new Sessions<DB>({ source: steadySource(engine), defaultTimeoutMs: () => defaultTimeoutMs })
}

/** A fresh SQLite file. */
export async function openTestSqlite<DB>(values: ValueOptions = VALUES): Promise<TestEngine<DB>> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-engine-"))
  const engine = new SqliteEngine({
    file: join(folder, "test.sqlite"),
    role: "embedded",
    synchronous: "normal",
    waitMs: 5_000,
    values,
  })
  const dispose = async (): Promise<void> => {
    await engine.close()
    await rm(folder, { recursive: true })
  }
  return { engine, sessions: sessionsOn<DB>(engine), [Symbol.asyncDispose]: dispose }
}

/** A fresh database on this worker's PostgreSQL. */
export async function openTestPostgres<DB>(values: ValueOptions = VALUES): Promise<TestEngine<DB>> {
  const database = await (await workerPostgres()).createDatabase()
  const options = postgresOptions(database.url, { values })
  const engine = await PostgresEngine.open(options, AbortSignal.timeout(10_000))
  const dispose = async (): Promise<void> => {
    await engine.close()
    await database[Symbol.asyncDispose]()
  }
  return { engine, sessions: sessionsOn<DB>(engine), [Symbol.asyncDispose]: dispose }
}

/** Both engines by their dialects. */
export const OPENERS: Readonly<
  Record<EngineDialect, <DB>(values?: ValueOptions) => Promise<TestEngine<DB>>>
> = {
  sqlite: openTestSqlite,
  postgresql: openTestPostgres,
}
