import { AsyncLocalStorage } from "node:async_hooks"
import type {
  ConnectionProvider,
  DatabaseConnection,
  IsolationLevel,
  QueryResult,
  TransactionSettings,
} from "kysely"
import { delay } from "../base/abort.ts"
import { isUnderstudyError, UnderstudyError } from "../errors/understudy-error.ts"
import { BridgeConnection } from "../engine/bridge-connection.ts"
import type { Engine, EngineQuery, EngineSource, Limits } from "../engine/contract.ts"
import { isLost } from "../engine/lost.ts"
import { pauseBefore } from "../engine/onward.ts"
import { describeQuery, queryKind } from "../engine/query-kind.ts"
import type { SessionLimit } from "./session-limit.ts"

/** What a session is, once it has begun. */
export interface SessionKind {
  readonly access: "read" | "write"
  readonly isolation: IsolationLevel | undefined
  readonly limit: SessionLimit
  /**
   * Does it read on elsewhere where its engine is lost? Where it is not, whoever has its function runs that again, so that
   * all its answers are of one engine.
   */
  readonly goesOn: boolean
}

const BEGUN = Promise.resolve()

/** In whose savepoint the current asynchronous call runs. */
const savepointOf = new AsyncLocalStorage<SessionConnection>()

/** A session's hold on its engine: begins with the first query, refuses every query after its end. */
export class SessionConnection extends BridgeConnection implements ConnectionProvider {
  readonly #kind: SessionKind
  /** Queries under way, and who waits for their end. */
  #running = 0
  #idle: PromiseWithResolvers<void> | undefined
  /** Streams that were begun and neither ended nor were given up. */
  readonly #streams = new Set<AsyncIterableIterator<unknown>>()
  #begun: Promise<void> | undefined
  #isBound = false
  #inTransaction = false
  /** Has the transaction answered? Then what it has seen or set hangs on it. */
  #hasAnswered = false
  /** How often it went on elsewhere. */
  #losses = 0
  #ended = false
  /** Resolved at the end of the savepoint that is open. */
  #savepoint: Promise<void> | undefined

  constructor(source: EngineSource, kind: SessionKind) {
    super(source, { signal: kind.limit.signal, timeoutMs: kind.limit.remainingMs() })
    this.#kind = kind
  }

  /** Kysely's way to the connection. */
  async provideConnection<T>(consumer: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
    try {
      // A query from beside the savepoint would be undone with it, though it was answered.
      while (this.#savepoint !== undefined && savepointOf.getStore() !== this) await this.#savepoint
      return await consumer(this)
    } catch (error) {
      // What was cut short by the limit fails for that reason, whatever the driver says. A wait tells what it waited for.
      if (isLost(error) || !isUnderstudyError(error, "UNDERSTUDY_UNAVAILABLE")) this.#kind.limit.throwIfOver()
      throw error
    }
  }

  protected override limitsNow(): Limits {
    return { signal: this.#kind.limit.signal, timeoutMs: this.#kind.limit.remainingMs() }
  }

  /** Runs a savepoint; meanwhile no query runs that is not of it. */
  async inSavepoint<T>(run: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#savepoint = promise
    try {
      return await savepointOf.run(this, run)
    } finally {
      this.#savepoint = undefined
      resolve()
    }
  }

  override async executeQuery<R>(query: EngineQuery): Promise<QueryResult<R>> {
    this.#running += 1
    try {
      for (;;) {
        const losses = this.#losses
        try {
          if (!this.#mayRun(query)) {
            const prepared = this.#prepareFor(query)
            if (prepared !== undefined) await prepared
          }
          const result = await this.executeBound<R>(query, { timeoutMs: this.#kind.limit.remainingMs() })
          this.#hasAnswered = this.#inTransaction
          return result
        } catch (error) {
          await this.#goOn(error, losses)
        }
      }
    } finally {
      this.#running -= 1
      if (this.#running === 0) this.#idle?.resolve()
    }
  }

  override async *streamQuery<R>(
    query: EngineQuery,
    chunkSize: number,
  ): AsyncIterableIterator<QueryResult<R>> {
    for (let rowsGiven = false; ;) {
      const losses = this.#losses
      try {
        if (!this.#mayRun(query)) await this.#prepareFor(query)
        for await (const rows of this.#streamOnce<R>(query, chunkSize)) {
          rowsGiven = true
          yield rows
        }
        return
      } catch (error) {
        if (rowsGiven) throw error
        await this.#goOn(error, losses)
      }
    }
  }

  async *#streamOnce<R>(query: EngineQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    const rows = super.streamQuery<R>(query, chunkSize)
    this.#streams.add(rows)
    try {
      for (;;) {
        const { done, value } = await rows.next()
        // The session's end has closed the stream: rows that are missing must not look like the end of them.
        if (this.#ended) throw new UnderstudyError("UNDERSTUDY_SESSION_ENDED")
        this.#hasAnswered = this.#inTransaction
        if (done === true) return
        yield value
      }
    } finally {
      this.#streams.delete(rows)
      await rows.return?.()
    }
  }

  /**
   * Throws the error, unless the query may run again elsewhere: nothing that was answered hangs on the connection that was
   * lost. Of several queries that lost it, the first one lets it go, and the next one binds anew.
   */
  async #goOn(error: unknown, losses: number): Promise<void> {
    const { goesOn, isolation, limit } = this.#kind
    if (!goesOn || isolation !== undefined || this.#hasAnswered || this.#ended || !isLost(error)) throw error
    if (losses === this.#losses) {
      this.#losses += 1
      this.release()
      this.#begun = undefined
      this.#isBound = false
      this.#inTransaction = false
    }
    const pauseMs = pauseBefore(this.#losses)
    if (pauseMs > 0) await delay(pauseMs, limit.signal)
  }

  /** A transaction inside the session is a savepoint of its own one, which begins first. */
  override async begin(settings: TransactionSettings): Promise<void> {
    if (this.#ended) throw new UnderstudyError("UNDERSTUDY_SESSION_ENDED")
    await (this.#begun ??= this.#start())
    if (!this.#inTransaction) await this.#beginTransaction()
    await super.begin(settings)
    this.#hasAnswered = true
  }

  /** Was a transaction begun that the limit has ended? Then nothing of it was applied. */
  get wasCut(): boolean {
    return this.#kind.access === "write" && this.#begun !== undefined && this.#kind.limit.reason !== undefined
  }

  /** The engine that the session is bound to; binds it. */
  async engine(): Promise<Engine> {
    await (this.#begun ??= this.#start())
    return this.boundEngine()
  }

  /** Throws for a query that must not run; false where something must be done before it can. */
  #mayRun(query: EngineQuery): boolean {
    if (this.#ended) throw new UnderstudyError("UNDERSTUDY_SESSION_ENDED")
    this.#kind.limit.throwIfOver()
    if (this.#kind.access === "write") return this.#isBound
    const kind = queryKind(query.query)
    if (kind === "write" || kind === "ddl") {
      throw new UnderstudyError("UNDERSTUDY_READ_SESSION", { construct: describeQuery(query.query) })
    }
    return this.#isBound && (kind !== "raw" || this.#inTransaction)
  }

  /** Undefined where there is nothing to wait for. */
  #prepareFor(query: EngineQuery): Promise<void> | undefined {
    this.#begun ??= this.#start()
    return this.#mayRun(query) ? undefined : this.#prepareLater(query, this.#begun)
  }

  async #prepareLater(query: EngineQuery, begun: Promise<void>): Promise<void> {
    await begun
    // Of raw text nothing is known: the database itself must see that it only reads.
    if (!this.#inTransaction && queryKind(query.query) === "raw") await this.#beginTransaction()
  }

  #start(): Promise<void> {
    const { access, isolation } = this.#kind
    const bound = access === "write" || isolation !== undefined ? this.#beginTransaction() : this.bind("read")
    if (bound !== undefined) return this.#noteBound(bound)
    this.#isBound = true
    return BEGUN
  }

  async #noteBound(bound: Promise<void>): Promise<void> {
    await bound
    this.#isBound = true
  }

  async #beginTransaction(): Promise<void> {
    const { access, isolation } = this.#kind
    this.#inTransaction = true
    await super.begin({
      ...(isolation === undefined ? {} : { isolationLevel: isolation }),
      ...(access === "read" ? { accessMode: "read only" as const } : {}),
    })
  }

  /**
   * Waits for what still runs, then commits. A session without a query has nothing to commit; undefined where there is
   * nothing to wait for either.
   */
  finish(): Promise<void> | undefined {
    this.#ended = true
    if (!this.#isIdle || this.#inTransaction) return this.#finish()
    this.#kind.limit.throwIfOver()
    return undefined
  }

  async #finish(): Promise<void> {
    await this.#settle()
    this.#kind.limit.throwIfOver()
    // Whoever began it has not ended it: half of its work must not be committed, and the whole cannot be waited for.
    if (this.isNested) throw new UnderstudyError("UNDERSTUDY_SESSION_ENDED", {}, { applied: "no" })
    if (this.#inTransaction) await this.commit()
  }

  /**
   * Ends it, whatever happened: rolls back what is open, and gives the connection back. Never throws; undefined where
   * there is nothing to wait for.
   */
  dispose(): Promise<void> | undefined {
    this.#ended = true
    if (this.#kind.limit.reason !== undefined) this.abandon()
    if (!this.#isIdle || this.#inTransaction || !this.#isBound) return this.#dispose()
    this.release()
    return undefined
  }

  async #dispose(): Promise<void> {
    await this.#settle()
    if (!this.#isBound) await this.#begun?.catch(() => {})
    if (this.#inTransaction) await this.rollbackAll()
    this.release()
  }

  get #isIdle(): boolean {
    return this.#running === 0 && this.#streams.size === 0
  }

  /** Waits for the queries that run, and closes the streams that nobody reads to their end. */
  async #settle(): Promise<void> {
    if (this.#running > 0) await (this.#idle ??= Promise.withResolvers<void>()).promise
    for (const rows of this.#streams) await rows.return?.().catch(() => {})
  }
}
