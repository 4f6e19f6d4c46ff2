import { DatabaseSync } from "node:sqlite"
import type { RootOperationNode } from "kysely"
import { delay } from "../../base/abort.ts"
import { Semaphore } from "../../base/semaphore.ts"
import { UnderstudyError } from "../../errors/understudy-error.ts"
import type {
  Access,
  Engine,
  EngineConnection,
  EngineQuery,
  EngineRole,
  Limits,
  ProbeResult,
} from "../contract.ts"
import { EngineRetired } from "../engine-retired.ts"
import type { IdSource } from "../id-source.ts"
import type { ValueOptions } from "../values.ts"
import { waitForPlace } from "../wait-for-place.ts"
import { SqliteCompiler } from "./compiler.ts"
import { SqliteConnection, type Handles } from "./connection.ts"
import { registerFunctions, TransactionClock } from "./functions.ts"
import { Handle } from "./handle.ts"
import { IdDrawer } from "./id-drawer.ts"
import { Schema } from "./schema.ts"
import { TransactionUnits } from "./transaction-units.ts"

/** How a SQLite engine is opened. */
export interface SqliteEngineOptions {
  /** Absolute path, or `:memory:`. The folder must be there. */
  readonly file: string
  readonly role: Exclude<EngineRole, "primary">
  /** `full` survives power loss; `normal` may lose the last commits to it, never the file. */
  readonly synchronous: "normal" | "full"
  /** How long one waits for the writer, in milliseconds. */
  readonly waitMs: number
  readonly values: ValueOptions
}

/** Another process may hold the file for a moment (a copy, a checkpoint): milliseconds, on the main thread. */
const BUSY_TIMEOUT_MS = 200
const IDLE_READERS_KEPT = 4
/** So long what reads on a retired engine may still take: milliseconds. */
const LONGEST_DRAIN_MS = 5_000

/** SQLite as an engine: one writer under a lock, readers beside it (WAL). */
export class SqliteEngine implements Engine, Handles {
  readonly dialect = "sqlite"
  readonly role: EngineRole
  readonly schema: Schema
  readonly sharedReader: Handle | undefined
  /** What numbers the transactions of the connection that writes. */
  readonly units: TransactionUnits
  readonly #options: SqliteEngineOptions
  readonly #writer: Handle
  readonly #ids: IdDrawer
  readonly #lock = new Semaphore(1)
  readonly #compiler: SqliteCompiler
  /** For single statements: it holds nothing between them, so one serves all. */
  readonly #autocommit = new SqliteConnection(this, "auto", () => {})
  readonly #idleReaders: Handle[] = []
  readonly #open = new Set<Handle>()
  #withheld: ReadonlyMap<string, string> = new Map()
  /** Gives the writer back that retire() has taken; undefined while the engine takes writes. */
  #resume: (() => void) | undefined
  #retiring = false
  /** Sessions and streams under way, and who waits for their end. */
  #inUse = 0
  #unused: PromiseWithResolvers<void> | undefined
  #closed = false

  /** Opens the file. Throws what node:sqlite throws where it cannot be opened. */
  constructor(options: SqliteEngineOptions) {
    this.#options = options
    this.role = options.role
    const database = new DatabaseSync(options.file, { timeout: BUSY_TIMEOUT_MS })
    const clock = new TransactionClock()
    this.units = new TransactionUnits(clock)
    try {
      this.schema = new Schema(database)
      this.#writer = this.#prepareWriter(database, clock)
      this.#ids = new IdDrawer(database, this.schema, this.role, (work) => this.#writer.seeAllRows(work))
      this.#compiler = new SqliteCompiler(this.schema)
      this.sharedReader = options.file === ":memory:" ? undefined : this.#openReader()
    } catch (error) {
      database.close()
      throw error
    }
  }

  #prepareWriter(database: DatabaseSync, clock: TransactionClock): Handle {
    const { synchronous, values } = this.#options
    database.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}; pragma foreign_keys = on;
      pragma recursive_triggers = on; pragma trusted_schema = on; pragma case_sensitive_like = on`)
    registerFunctions(database, clock)
    this.units.register(database)
    const handle = new Handle(database, this.schema, clock, values)
    this.#open.add(handle)
    return handle
  }

  #openReader(): Handle {
    const database = new DatabaseSync(this.#options.file, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
    database.exec("pragma trusted_schema = off; pragma case_sensitive_like = on")
    const clock = new TransactionClock()
    registerFunctions(database, clock)
    const handle = new Handle(database, this.schema, clock, this.#options.values)
    handle.withhold(this.#withheld)
    this.#open.add(handle)
    return handle
  }

  /**
   * From now on, whatever would read or change rows of these tables fails with `UNDERSTUDY_NO_COPY`, on every
   * connection; inserts that only give values are taken. Rows that a stream has begun to read are read to the end.
   *
   * @param tables The names, each with why there is no copy; these alone, whatever was said before.
   */
  withhold(tables: ReadonlyMap<string, string>): void {
    this.#withheld = new Map(tables)
    for (const handle of this.#open) handle.withhold(this.#withheld)
  }

  /**
   * From now on, ids of new rows come from there, and not from the sequences in the file. Those are for the rows of
   * migrations: the primary runs the same ones, and gives the ids that it would give them.
   */
  drawIdsFrom(source: IdSource): void {
    this.#ids.drawFrom(source)
  }

  /** The names of all tables, our own among them. */
  tableNames(): string[] {
    const tables = this.#writer.database.prepare("select name from sqlite_schema where type = 'table'").all()
    return tables.map(({ name }) => String(name))
  }

  get readsBesideWrites(): boolean {
    return this.sharedReader !== undefined
  }

  compile(node: RootOperationNode, queryId: EngineQuery["queryId"]): EngineQuery {
    return { ...this.#compiler.compileQuery(node, queryId), dialect: this.dialect }
  }

  acquire(access: Access): EngineConnection {
    this.#assertOpen()
    if (access === "auto") return this.#autocommit
    this.#inUse += 1
    return new SqliteConnection(this, access, () => this.#left())
  }

  async takeWriter(limits: Limits = {}): Promise<{ handle: Handle; release: () => void }> {
    if (this.#retiring) throw new EngineRetired()
    const release = await waitForPlace(this.#lock, "Waiting for the writer", limits, this.#options.waitMs)
    this.#assertOpen(release)
    return { handle: this.#writer, release }
  }

  tryWriter(): { handle: Handle; release: () => void } | undefined {
    if (this.#retiring) throw new EngineRetired()
    const release = this.#lock.tryAcquire()
    if (release === undefined) return undefined
    this.#assertOpen(release)
    return { handle: this.#writer, release }
  }

  takeReader(): { handle: Handle; release: () => void } | undefined {
    if (this.sharedReader === undefined) return undefined
    const handle = this.#idleReaders.pop() ?? this.#openReader()
    this.#inUse += 1
    const release = (): void => {
      this.#left()
      if (!this.#closed && this.#idleReaders.length < IDLE_READERS_KEPT) this.#idleReaders.push(handle)
      else this.#closeHandle(handle)
    }
    return { handle, release }
  }

  /**
   * Takes no more writes: those that ask, and those that wait, are refused with {@link EngineRetired}. Resolves once the
   * one that runs has ended, and nobody but {@link withWriter} has the writer then. Reads go on until `close`.
   *
   * @param limitMs So long the last write may take: otherwise it rejects, and everything goes on as before.
   */
  async retire(limitMs: number): Promise<void> {
    if (this.#retiring) return
    this.#assertOpen()
    this.#retiring = true
    this.#lock.refuseWaiting(new EngineRetired())
    try {
      this.#resume = await waitForPlace(
        this.#lock,
        "Waiting for the last write",
        { timeoutMs: limitMs },
        limitMs,
      )
      this.#assertOpen(this.#resume)
    } catch (error) {
      this.#retiring = false
      throw error
    }
  }

  /** Takes writes again, after a {@link retire} of which nothing came. */
  resume(): void {
    this.#retiring = false
    this.#resume?.()
    this.#resume = undefined
  }

  /** Gives work that is not a session's the writer's connection, under its lock; a retired engine's too. */
  async withWriter<T>(work: (database: DatabaseSync) => T, limits: Limits = {}): Promise<T> {
    if (this.#resume !== undefined) return work(this.#writer.database)
    const { handle, release } = await this.takeWriter(limits)
    try {
      return work(handle.database)
    } finally {
      release()
    }
  }

  /** Gives work that only reads a connection at once. */
  look<T>(work: (database: DatabaseSync) => T): T {
    return work((this.sharedReader ?? this.#writer).database)
  }

  async probe(): Promise<ProbeResult> {
    const start = performance.now()
    try {
      this.#writer.database.prepare("select 1").get()
      return { ok: true, tookMs: performance.now() - start }
    } catch (error) {
      return { ok: false, tookMs: performance.now() - start, error }
    }
  }

  #left(): void {
    this.#inUse -= 1
    if (this.#inUse === 0) this.#unused?.resolve()
  }

  /** Of a retired engine, what still reads is waited for, but not for ever. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#retiring && this.#inUse > 0) {
      this.#unused = Promise.withResolvers<void>()
      await Promise.race([this.#unused.promise, delay(LONGEST_DRAIN_MS)])
    }
    for (const handle of this.#open) this.#closeHandle(handle)
  }

  #closeHandle(handle: Handle): void {
    this.#open.delete(handle)
    if (handle.database.isOpen) handle.database.close()
  }

  #assertOpen(release?: () => void): void {
    if (!this.#closed) return
    release?.()
    throw new UnderstudyError("UNDERSTUDY_CLOSED")
  }
}
