import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Kysely } from "kysely"
import { Client } from "pg"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import { SqliteEngine } from "../../src/engine/sqlite/engine.ts"
import { migrate, type Migrations } from "../../src/migrate/migrate.ts"
import type { MirrorProgress } from "../../src/mirror/mirror-progress.ts"
import { runMirror, type MirrorRunOptions } from "../../src/mirror/mirror-run.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"
import { postgresOptions, sessionsOn } from "../support/engines.ts"

/** A primary and a file that mirrors it, both with the same migrations. */
export interface MirroredPair<DB> extends AsyncDisposable {
  /** Behind the library's back, as psql would. */
  readonly client: Client
  readonly url: string
  /** The same with the superuser. */
  readonly adminUrl: string
  readonly primary: Kysely<DB>
  readonly copy: Kysely<DB>
  readonly file: string
  readonly last: MirrorProgress
  /** Starts the mirror; rejects what waits on it when it ends by an error. As slow as it may be told to be. */
  start(throttle?: MirrorRunOptions["throttle"]): void
  stop(): Promise<void>
  /** Closes the connections that read the copy, so that its file can be exchanged. */
  copyDisposed(): Promise<void>
  /** Waits until the copy holds what is committed now. */
  caughtUp(): Promise<void>
}

const VALUES = { int8: "bigint", timestamptz: "string" } as const

/** How a pair is opened. */
export interface PairOptions {
  /** SQL that the primary runs before the mirror begins. */
  readonly before?: string
  /** The migrations of the file, where they are not the primary's. */
  readonly migrations?: Migrations
}

/** Opens both, and starts the mirror. */
export async function openMirroredPair<DB>(
  migrations: Migrations,
  { before, migrations: ofFile = migrations }: PairOptions = {},
): Promise<MirroredPair<DB>> {
  const database = await (await workerPostgres()).createDatabase()
  const folder = await mkdtemp(join(tmpdir(), "understudy-mirror-"))
  const file = join(folder, "fallback.sqlite")
  const options = postgresOptions(database.url, { values: VALUES })
  const engine = await PostgresEngine.open(options, AbortSignal.timeout(10_000))
  await migrate(engine, migrations)
  const sqlite = new SqliteEngine({
    file,
    role: "fallback",
    synchronous: "normal",
    waitMs: 5_000,
    values: VALUES,
  })
  await migrate(sqlite, ofFile)
  const client = new Client(database.url)
  client.on("error", () => {})
  await client.connect()
  if (before !== undefined) await client.query(before)

  let stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let failure: unknown
  let last: MirrorProgress | undefined
  const watchers = new Set<() => void>()
  const wake = (): void => watchers.forEach((watcher) => watcher())

  const pair: MirroredPair<DB> = {
    client,
    url: database.url,
    adminUrl: database.adminUrl,
    primary: sessionsOn<DB>(engine).kysely,
    copy: sessionsOn<DB>(sqlite).kysely,
    file,
    get last() {
      if (last === undefined) throw new Error("the mirror has told nothing yet")
      return last
    },
    start(throttle = { workMs: 20, pauseMs: 0 }) {
      stopping = new AbortController()
      failure = undefined
      const limits = { exclude: [], maxRows: 1_000_000, maxBytes: 2 ** 30 }
      running = runMirror({ postgres: options, file, limits, throttle }, stopping.signal, (progress) => {
        last = progress
        wake()
      }).catch((error: unknown) => {
        if (!stopping.signal.aborted) failure = error
        wake()
      })
    },
    async stop() {
      stopping.abort()
      await running
    },
    copyDisposed: () => sqlite.close(),
    async caughtUp() {
      const from = Date.now()
      const isUp = (): boolean => last?.state === "live" && (last.asOf?.getTime() ?? 0) > from
      while (!isUp()) {
        if (failure !== undefined) throw failure
        const { promise, resolve } = Promise.withResolvers<void>()
        watchers.add(resolve)
        await promise
        watchers.delete(resolve)
      }
    },
    async [Symbol.asyncDispose]() {
      await pair.stop()
      await client.end()
      await engine.close()
      await sqlite.close()
      await rm(folder, { recursive: true })
      await database[Symbol.asyncDispose]()
    },
  }
  pair.start()
  return pair
}
