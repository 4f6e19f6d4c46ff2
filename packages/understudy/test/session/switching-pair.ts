import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client } from "pg"
import { onTestFinished } from "vitest"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import type { PostgresOptions } from "../../src/engine/postgres/options.ts"
import { SqliteEngine } from "../../src/engine/sqlite/engine.ts"
import { Sessions } from "../../src/session/sessions.ts"
import { startFaultProxy, type FaultProxy } from "../../src/testing/fault-proxy.ts"
import { queryText } from "../../src/testing/postgres-messages.ts"
import type { MessageVerdict, ProxiedConnection } from "../../src/testing/proxy-rules.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"
import { postgresOptions, sessionsOn } from "../support/engines.ts"
import { SwitchingSource, type SwitchingOptions } from "../support/switching-source.ts"

/** The tables of both engines. */
export interface Tables {
  note: { id: string; text: string }
}

/** PostgreSQL behind a proxy, a SQLite file beside it, and sessions on whichever serves. */
export interface SwitchingPair {
  readonly proxy: FaultProxy
  readonly source: SwitchingSource
  readonly sessions: Sessions<Tables>
  readonly primary: PostgresEngine
  readonly fallback: SqliteEngine
  /** Opens another engine on the primary, as one does when it is back. */
  openPrimary(): Promise<PostgresEngine>
  /** Adds a note in a session; gives its id. */
  add(id?: string): Promise<string>
  /** How often is this note on the primary, and on the fallback? */
  found(id: string): Promise<{ primary: number; fallback: number }>
  /** Does something to the connection at the next message with this text, once. */
  at(text: RegExp, act: (connection: ProxiedConnection) => MessageVerdict): void
  /** The primary is gone for good, and its open connections are reset. */
  breakPrimary(): Promise<void>
}

/** How a pair is opened. */
export interface PairOptions extends SwitchingOptions {
  /** Of sessions, in milliseconds. */
  readonly timeoutMs?: number
  readonly postgres?: Partial<PostgresOptions>
  /** Notes that both have. */
  readonly notes?: number
}

/** Opens a pair for one test. */
export async function openSwitchingPair(options: PairOptions = {}): Promise<SwitchingPair> {
  const { timeoutMs = 20_000, notes = 0 } = options
  const database = await (await workerPostgres()).createDatabase()
  const { hostname, port } = new URL(database.url)
  const proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } })
  const folder = await mkdtemp(join(tmpdir(), "understudy-switch-"))
  const observer = new Client({ connectionString: database.url })
  observer.on("error", () => {})
  await observer.connect()
  const openPrimary = async (): Promise<PostgresEngine> => {
    const url = proxy.url(database.url)
    const given = { connectTimeoutMs: 1_000, ...options.postgres }
    const engine = await PostgresEngine.open(postgresOptions(url, given), AbortSignal.timeout(10_000))
    onTestFinished(() => engine.close())
    return engine
  }
  const primary = await openPrimary()
  const fallback = new SqliteEngine({
    file: join(folder, "fallback.sqlite"),
    role: "fallback",
    synchronous: "normal",
    waitMs: timeoutMs,
    values: { int8: "number", timestamptz: "date" },
  })
  // Registered first, so that it comes last.
  onTestFinished(async () => {
    await fallback.close()
    await observer.end()
    await proxy[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
    await database[Symbol.asyncDispose]()
  })
  const rows = Array.from({ length: notes }, (_, index) => ({ id: randomUUID(), text: `note ${index}` }))
  for (const engine of [primary, fallback]) {
    const { kysely } = sessionsOn<Tables>(engine)
    await kysely.schema
      .createTable("note")
      .addColumn("id", "uuid", (column) => column.primaryKey())
      .addColumn("text", "text", (column) => column.notNull())
      .execute()
    if (rows.length > 0) await kysely.insertInto("note").values(rows).execute()
  }
  const source = new SwitchingSource(primary, fallback, options)
  const sessions = new Sessions<Tables>({ source, defaultTimeoutMs: () => timeoutMs })
  const onFallback = sessionsOn<Tables>(fallback)

  return {
    proxy,
    source,
    sessions,
    primary,
    fallback,
    openPrimary,
    async add(id = randomUUID()) {
      await sessions.write((db) => db.insertInto("note").values({ id, text: "added" }).execute())
      return id
    },
    async found(id) {
      const { rowCount } = await observer.query("select 1 from note where id = $1", [id])
      const there = await onFallback.kysely.selectFrom("note").select("id").where("id", "=", id).execute()
      return { primary: rowCount ?? 0, fallback: there.length }
    },
    at(text, act) {
      let done = false
      proxy.onClientMessage((type, payload, connection) => {
        if (done || !text.test(queryText({ type, payload }) ?? "")) return "pass"
        done = true
        return act(connection)
      })
    },
    async breakPrimary() {
      await proxy.refuse()
      proxy.reset()
    },
  }
}
