import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { DatabaseSync } from "node:sqlite"
import { sql, type Kysely } from "kysely"
import { Client } from "pg"
import { onTestFinished } from "vitest"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import { SqliteEngine } from "../../src/engine/sqlite/engine.ts"
import { startCapture } from "../../src/journal/local/capture.ts"
import type { Origin } from "../../src/journal/local/contract.ts"
import type { ConflictPolicies } from "../../src/replay/conflict-policies.ts"
import type { ReplayProgress, RunResult } from "../../src/replay/replay-result.ts"
import { ReplayRun, type ReplayOptions } from "../../src/replay/replay-run.ts"
import type { Sessions } from "../../src/session/sessions.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"
import { postgresOptions, sessionsOn } from "../support/engines.ts"

/** Tables whose columns do not matter to the types. */
export type AnyTables = Record<string, Record<string, unknown>>

/** A primary, and a fallback's file that has taken writes or is about to. */
export interface ReplayedPair extends AsyncDisposable {
  /** Behind the library's back, as psql would. */
  readonly client: Client
  readonly url: string
  readonly adminUrl: string
  readonly file: string
  readonly local: Sessions<AnyTables>
  readonly engine: SqliteEngine
  readonly told: ReplayProgress[]
  options(policies?: ConflictPolicies): ReplayOptions
  /** Runs on both what the tables are before the primary is lost. */
  both(work: (db: Kysely<AnyTables>) => Promise<unknown>): Promise<void>
  /** Runs SQL on the fallback, a transaction a call. */
  write(...statements: readonly string[]): Promise<void>
  on<T>(work: (database: DatabaseSync) => T): Promise<T>
  capture(primaryMark?: string | null): Promise<Origin>
  replay(policies?: ConflictPolicies, migrated?: string | null): Promise<RunResult>
  /** The rows of a table of the primary, by its first column. */
  rows(table: string): Promise<unknown[]>
  localRows(table: string): Promise<unknown[]>
  parked(): Promise<{ reason: string; table: string | null; detail: string | null; state: string }[]>
}

const PARK: ConflictPolicies = { default: "primary", tables: {} }

/** Opens both, with tables that SQL made on the primary and Kysely, or the same SQL, in the file. */
export async function openReplayedPair(
  tables: (db: Kysely<AnyTables>) => Promise<unknown>,
): Promise<ReplayedPair> {
  const database = await (await workerPostgres()).createDatabase()
  const folder = await mkdtemp(join(tmpdir(), "understudy-replay-"))
  const file = join(folder, "fallback.sqlite")
  const postgres = postgresOptions(database.url)
  const primary = await PostgresEngine.open(postgres, AbortSignal.timeout(10_000))
  const values = { int8: "bigint", timestamptz: "string" } as const
  const engine = new SqliteEngine({ file, role: "fallback", synchronous: "normal", waitMs: 5_000, values })
  const onPrimary = sessionsOn<AnyTables>(primary)
  const local = sessionsOn<AnyTables>(engine)
  const client = new Client(database.url)
  client.on("error", () => {})
  await client.connect()
  const told: ReplayProgress[] = []
  let run: ReplayRun | undefined
  let runPolicies: ConflictPolicies | undefined

  const pair: ReplayedPair = {
    client,
    url: database.url,
    adminUrl: database.adminUrl,
    file,
    local,
    engine,
    told,
    options: (policies = PARK) => ({ postgres, file, policies, throttle: { workMs: 1_000, pauseMs: 0 } }),
    async both(work) {
      await work(onPrimary.kysely)
      await work(local.kysely)
    },
    async write(...statements) {
      await local.write(async (session) => {
        for (const statement of statements) await sql.raw(statement).execute(session)
      })
    },
    on: (work) => engine.withWriter(work),
    capture: (primaryMark = null) =>
      pair.on((writer) => startCapture(writer, { units: engine.units, primaryMark })),
    async replay(policies = PARK, migrated = null) {
      if (run === undefined || runPolicies !== policies) {
        run?.[Symbol.dispose]()
        run = new ReplayRun(pair.options(policies), new AbortController().signal, (progress) =>
          told.push(progress),
        )
        runPolicies = policies
      }
      return run.run(migrated)
    },
    async rows(table) {
      return (await client.query<object>(`select * from ${table} order by 1`)).rows
    },
    localRows: (table) =>
      pair.on((writer) =>
        writer
          .prepare(`select * from ${table} order by 1`)
          .all()
          .map((row) => ({ ...row })),
      ),
    async parked() {
      const { rows } = await client.query<{
        reason: string
        table: string | null
        detail: string | null
        state: string
      }>(`select reason, "table", detail, state from understudy.parked_transaction order by id`)
      return rows
    },
    async [Symbol.asyncDispose]() {
      run?.[Symbol.dispose]()
      await client.end()
      await primary.close()
      await engine.close()
      await rm(folder, { recursive: true })
      await database[Symbol.asyncDispose]()
    },
  }
  await pair.both(tables)
  return pair
}

/** A pair with a table of counters, each 0, on both sides. It ends with the test. */
export async function openCounters(ids: readonly number[]): Promise<ReplayedPair> {
  const pair = await openReplayedPair((db) =>
    db.schema
      .createTable("counter")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("value", "integer", (column) => column.notNull())
      .execute(),
  )
  onTestFinished(() => pair[Symbol.asyncDispose]())
  await pair.both((db) =>
    db
      .insertInto("counter")
      .values(ids.map((id) => ({ id, value: 0 })))
      .execute(),
  )
  return pair
}
