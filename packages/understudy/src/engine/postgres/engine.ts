import type { Socket } from "node:net"
import type { Client, Pool, PoolClient } from "pg"
import type { RootOperationNode } from "kysely"
import { abortable } from "../../base/abort.ts"
import { Semaphore } from "../../base/semaphore.ts"
import type { Finding } from "../../errors/finding.ts"
import { UnderstudyError } from "../../errors/understudy-error.ts"
import type { Access, Engine, EngineConnection, EngineQuery, Limits, ProbeResult } from "../contract.ts"
import { waitForPlace } from "../wait-for-place.ts"
import { cancelQuery } from "./cancel.ts"
import { clientConfig, destroyClient } from "./client.ts"
import { decideCommit, type BegunTransaction, type CommitOutcome } from "./commit-outcome.ts"
import { PostgresCompiler } from "./compiler.ts"
import { PostgresConnection, type Owner } from "./connection.ts"
import { connectClient, dial } from "./dial.ts"
import { loadDriver } from "./driver.ts"
import { toDatabaseError } from "./errors.ts"
import type { PostgresOptions, Server } from "./options.ts"
import { namedFor } from "./own-client.ts"
import { createSocket } from "./socket.ts"
import { notVerified } from "./prefer.ts"

/** Connections that are not sessions': the probe's. */
const OWN_CONNECTIONS = 1
const IDLE_TIMEOUT_MS = 30_000
/** How far a statement's time-out may be late. */
const DEADLINE_CHECK_MS = 100

function placesOf({ poolMax }: PostgresOptions): number {
  return poolMax - OWN_CONNECTIONS
}

/** PostgreSQL as an engine: a pool for sessions, and connections of its own for probes. */
export class PostgresEngine implements Engine, Owner {
  readonly dialect = "postgresql"
  readonly role = "primary"
  readonly readsBesideWrites = true
  readonly #options: PostgresOptions
  readonly #server: Server
  readonly #pool: Pool
  /** In front of the pool, so that a busy pool is never taken for a server that is down. */
  readonly #places: Semaphore
  /** Those of the pool's connections, be they in use, idle or not yet open. */
  readonly #sockets: ReadonlySet<Socket>
  readonly #compiler = new PostgresCompiler()
  readonly #inUse = new Map<
    PoolClient,
    { readonly connection: PostgresConnection; readonly leave: () => void }
  >()
  readonly #asides = new Set<Client>()
  #watch: NodeJS.Timeout | undefined
  /** Connections of an earlier epoch are not used again: one of theirs was lost, so all may be dead. */
  readonly #epochs = new WeakMap<object, number>()
  #epoch = 0
  #closed = false

  private constructor(
    options: PostgresOptions,
    server: Server,
    pool: Pool,
    { places, sockets }: { readonly places: number; readonly sockets: ReadonlySet<Socket> },
  ) {
    this.#sockets = sockets
    this.#options = options
    this.#server = server
    this.#pool = pool
    this.#places = new Semaphore(places)
    pool.on("connect", (client) => {
      // One that fails is of no epoch: it is not used again.
      client.on("error", () => this.#epochs.delete(client))
      this.#epochs.set(client, this.#epoch)
    })
  }

  /** Dials; rejects with the driver's or the server's error where nobody answers in time. */
  static async open(options: PostgresOptions, signal: AbortSignal): Promise<PostgresEngine> {
    const server = await dial(options, signal)
    const pg = await loadDriver()
    const max = placesOf(options)
    const sockets = new Set<Socket>()
    const stream = (): Socket => {
      const socket = createSocket()
      sockets.add(socket)
      return socket.once("close", () => sockets.delete(socket))
    }
    const config = { ...clientConfig(options, server), stream, max, idleTimeoutMillis: IDLE_TIMEOUT_MS }
    const pool = new pg.Pool(config)
    // Without these, a connection that dies while idle would end the process.
    pool.on("error", () => {})
    return new PostgresEngine(options, server, pool, { places: max, sockets })
  }

  /** What is worth a warning in the way by which the server is reached. */
  get findings(): readonly Finding[] {
    const found = notVerified(this.#options.parts, this.#server)
    return found === null ? [] : [found]
  }

  /** How many sessions can use it at once. */
  get places(): number {
    return placesOf(this.#options)
  }

  /** The one of the URL's hosts that answered. */
  get server(): Server {
    return this.#server
  }

  /** How long the statement that has waited longest for its answer has waited, in milliseconds; 0 where none does. */
  longestWaitMs(): number {
    const now = performance.now()
    let longest = 0
    for (const { connection } of this.#inUse.values()) longest = Math.max(longest, connection.waitedMs(now))
    return longest
  }

  get statementTimeoutMs(): number {
    return this.#options.statementTimeoutMs
  }

  compile(node: RootOperationNode, queryId: EngineQuery["queryId"]): EngineQuery {
    return { ...this.#compiler.compileQuery(node, queryId), dialect: this.dialect }
  }

  async acquire(_access: Access, limits: Limits = {}): Promise<EngineConnection> {
    this.#assertOpen()
    const leave = await waitForPlace(
      this.#places,
      "Waiting for a connection",
      limits,
      this.statementTimeoutMs,
    )
    try {
      this.#assertOpen()
      let client = await this.#pool.connect()
      while (this.#epochs.get(client) !== this.#epoch) {
        client.release(true)
        client = await this.#pool.connect()
      }
      const connection = new PostgresConnection(this, client)
      this.#inUse.set(client, { connection, leave })
      this.#watch ??= setInterval(() => this.#checkDeadlines(), DEADLINE_CHECK_MS).unref()
      return connection
    } catch (error) {
      leave()
      // Whatever the pool says that has ended, or a connection that was cut while it opened.
      this.#assertOpen()
      throw toDatabaseError(error)
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new UnderstudyError("UNDERSTUDY_CLOSED")
  }

  lost(): void {
    this.#epoch += 1
  }

  giveBack(client: PoolClient, broken: boolean): void {
    const used = this.#inUse.get(client)
    if (used === undefined) return
    this.#inUse.delete(client)
    client.release(broken || this.#closed || !this.#epochs.has(client))
    used.leave()
  }

  #checkDeadlines(): void {
    const now = performance.now()
    for (const { connection } of this.#inUse.values()) connection.checkDeadline(now)
  }

  cancel(client: PoolClient): void {
    void cancelQuery(client, this.#server)
  }

  holds(client: PoolClient): boolean {
    return this.#inUse.has(client) && this.#epochs.has(client)
  }

  /** The engine may be closed by then: who is asked is a server, by connections of their own. */
  decide(transaction: BegunTransaction, limitMs: number): Promise<CommitOutcome> {
    const dueMs = performance.now() + limitMs
    return decideCommit(
      { ...transaction, cluster: this.#server.cluster },
      (sql, values) => this.#askAside(sql, values, dueMs - performance.now()),
      { now: () => performance.now(), limitMs },
    )
  }

  /** Works on a connection of its own, which ends with it, by the signal, or with the engine. Rejects with the driver's errors. */
  async aside<T>(purpose: string, signal: AbortSignal, work: (client: Client) => Promise<T>): Promise<T> {
    this.#assertOpen()
    const client = await connectClient(namedFor(purpose, this.#options), this.#server, signal)
    this.#asides.add(client)
    try {
      this.#assertOpen()
      return await abortable(work(client), signal)
    } finally {
      this.#asides.delete(client)
      destroyClient(client)
    }
  }

  /** One that is let in and gets no answer waits no longer than one that is not let in. */
  async #askAside<R extends object>(sql: string, values: readonly string[], limitMs: number): Promise<R[]> {
    const limit = AbortSignal.timeout(
      Math.ceil(Math.max(1, Math.min(this.#options.connectTimeoutMs, limitMs))),
    )
    const client = await connectClient(this.#options, this.#server, limit)
    try {
      return (await abortable(client.query<R>(sql, [...values]), limit)).rows
    } catch (error) {
      throw toDatabaseError(error)
    } finally {
      destroyClient(client)
    }
  }

  async probe(signal: AbortSignal): Promise<ProbeResult> {
    const start = performance.now()
    try {
      const client = await connectClient(this.#options, this.#server, signal)
      destroyClient(client)
      return { ok: true, tookMs: performance.now() - start }
    } catch (error) {
      return { ok: false, tookMs: performance.now() - start, error }
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#watch)
    // The pool would wait for clients in use, and for those that open; whoever has one loses it.
    for (const client of this.#inUse.keys()) {
      destroyClient(client)
      this.giveBack(client, true)
    }
    for (const client of this.#asides) destroyClient(client)
    for (const socket of this.#sockets) socket.destroy()
    await this.#pool.end()
  }
}
