import { setTimeout as wait } from "node:timers/promises"
import { startFaultProxy, startPostgres, type FaultProxy, type PostgresServer } from "understudy-db/testing"
import type { Client } from "pg"
import { destroyClient } from "../../src/engine/postgres/client.ts"
import { connectClient } from "../../src/engine/postgres/dial.ts"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import type { PostgresOptions, Server } from "../../src/engine/postgres/options.ts"
import type { ErrorClass } from "../../src/errors/classify.ts"
import { Secret } from "../../src/base/secret.ts"
import { findPgbouncer, startPgbouncer, type Pgbouncer } from "../../../../test/support/pgbouncer.ts"
import { serverTls } from "../support/tls-files.ts"

/** An error, how to get it from a real server or socket, and what it must be taken for. */
export interface Provocation {
  readonly name: string
  /** SQLSTATE or errno; null where there is none; `any` where it hangs on who is faster. */
  readonly code: string | null
  readonly is: ErrorClass
  /** Gives the error as the driver has it; undefined where something is not installed. */
  provoke(stage: Stage): Promise<unknown>
}

/** How one connection is made, where it differs from an ordinary one. */
export interface Difference {
  readonly user?: string
  readonly password?: string
  readonly database?: string
  readonly host?: string
  readonly tls?: Server["tls"]
  readonly connectTimeoutMs?: number
}

/** Real servers on which errors are provoked. Disposing it ends them. */
export interface Stage extends AsyncDisposable {
  readonly server: PostgresServer
  readonly proxy: FaultProxy
  /** Connects as the library does. */
  connect(url: string, difference?: Difference): Promise<Client>
  /** Opens an engine. Whoever asks for it closes it. */
  open(url: string, difference: Difference): Promise<PostgresEngine>
  /** What becomes of a login. */
  login(url: string, difference?: Difference): Promise<unknown>
  /** Ends all connections. */
  part(): void
  /** A pooler before the server; undefined where pgbouncer is not installed. */
  pooler(): Promise<Pgbouncer | undefined>
}

const SETTINGS = { max_connections: "20", max_locks_per_transaction: "10", deadlock_timeout: "50ms" }
const VALUES = { int8: "number", timestamptz: "date" } as const
const HBA = [
  "host all rejected all reject",
  "hostssl all only_tls all scram-sha-256",
  "host all app,postgres,nobody,no_login,few all scram-sha-256",
]
const ROLES = [
  "create role rejected login password 'x'",
  "create role only_tls login password 'x'",
  "create role no_login password 'x'",
  "create role few login password 'x' connection limit 0",
  "create database closed allow_connections false",
]

/** Gives the error with which a promise rejects. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error("nothing failed")
}

/** Starts the servers. Between two provocations the server runs and nobody is connected. */
export async function openStage(): Promise<Stage & { tidy(): Promise<void> }> {
  const server = await startPostgres({ settings: SETTINGS, hba: HBA, tls: serverTls("self-signed") })
  const proxy = await startFaultProxy({ target: { host: "127.0.0.1", port: server.port } })
  const clients: Client[] = []
  let pooler: Pgbouncer | undefined

  const optionsOf = (url: string, difference: Difference): PostgresOptions => {
    const { connectTimeoutMs = 10_000, user, password, database, host } = difference
    const { username, hostname, port, pathname } = new URL(url)
    const parts = {
      user: user ?? username,
      password: new Secret(password ?? passwordOf(url)),
      hosts: [{ host: host ?? hostname, port: Number(port) }],
      database: database ?? pathname.slice(1),
      params: {},
    }
    return { parts, poolMax: 3, connectTimeoutMs, statementTimeoutMs: 10_000, values: VALUES }
  }
  const connect = async (url: string, difference: Difference = {}): Promise<Client> => {
    const { host, tls = false } = difference
    const { hostname, port } = new URL(url)
    const way = { host: host ?? hostname, port: Number(port), tls }
    const client = await connectClient(optionsOf(url, difference), way)
    clients.push(client)
    return client
  }
  const admin = await connect(server.adminUrl)
  for (const statement of ROLES) await admin.query(statement)

  const part = (): void => {
    for (const client of clients.splice(0)) destroyClient(client)
  }
  /** How many are connected; a server that recovers takes no one yet. */
  const others = async (): Promise<number> => {
    try {
      const one = await connect(server.adminUrl)
      const { rows } = await one.query<{ others: number }>(
        "select count(*)::int as others from pg_stat_activity where client_port is not null and pid <> pg_backend_pid()",
      )
      return rows[0]?.others ?? 0
    } catch {
      return Infinity
    } finally {
      part()
    }
  }

  return {
    server,
    proxy,
    connect,
    part,
    login: (url, difference) => errorOf(connect(url, difference)),
    open: (url, difference) => PostgresEngine.open(optionsOf(url, difference), AbortSignal.timeout(10_000)),
    async pooler() {
      if (findPgbouncer() === undefined) return undefined
      const users = ["app", "wrong"].map((user) => ({ user, password: passwordOf(server.url) }))
      const settings = { max_client_conn: "3", default_pool_size: "1", query_wait_timeout: "1" }
      pooler = await startPgbouncer(server, "transaction", settings, users)
      return pooler
    },
    async tidy() {
      part()
      await pooler?.[Symbol.asyncDispose]()
      pooler = undefined
      await server.start()
      await proxy.pass()
      while ((await others()) > 0) await wait(5)
    },
    async [Symbol.asyncDispose]() {
      part()
      await pooler?.[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

function passwordOf(url: string): string {
  return decodeURIComponent(new URL(url).password)
}
