import type { PoolClient, QueryConfig, QueryResult as PgResult } from "pg"
import type { QueryResult } from "kysely"
import { abortable } from "../../base/abort.ts"
import { classifyError } from "../../errors/classify.ts"
import { DatabaseError } from "../../errors/database-error.ts"
import { UnderstudyError } from "../../errors/understudy-error.ts"
import type { EngineConnection, EngineQuery, Limits, TransactionOptions } from "../contract.ts"
import { bindValue } from "./bind.ts"
import { destroyClient } from "./client.ts"
import { LIFE, type BegunTransaction, type CommitOutcome } from "./commit-outcome.ts"
import { toDatabaseError } from "./errors.ts"
import { RowCursor } from "./row-cursor.ts"

/** What a connection needs of its engine. */
export interface Owner {
  readonly statementTimeoutMs: number
  /** Takes the client back; `broken` ones are destroyed. */
  giveBack(client: PoolClient, broken: boolean): void
  /** Asks the server to give up what the client runs. */
  cancel(client: PoolClient): void
  /** Tells that a connection was lost: those opened before may be dead as well. */
  lost(): void
  /** Learns what became of a transaction whose COMMIT got no answer, within so many milliseconds. */
  decide(transaction: BegunTransaction, limitMs: number): Promise<CommitOutcome>
  /** Is the client whole, and still ours to use? */
  holds(client: PoolClient): boolean
}

/** Of the time that a COMMIT has, so much is kept for learning its outcome (milliseconds), but never more than half. */
const TIME_TO_DECIDE_MS = 2_000

const COUNTED: ReadonlySet<string> = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"])
/** The longest limit that the server takes. */
const LONGEST_SERVER_LIMIT_MS = 2 ** 31 - 1
/** SQLSTATE of a statement that the server gave up: its time-out, or our cancel request. */
const CANCELED = "57014"

/** One unit of work on one of the pool's clients. */
export class PostgresConnection implements EngineConnection {
  readonly dialect = "postgresql"
  readonly #owner: Owner
  readonly #client: PoolClient
  /** The transaction's id, where one that writes is open. */
  #transaction: BegunTransaction | undefined
  #inTransaction = false
  #broken = false
  #released = false
  #timedOut = false
  /** When the statement that runs was sent, and when it is given up, on the monotonic clock. */
  #sentMs = Infinity
  #deadlineMs = Infinity
  constructor(owner: Owner, client: PoolClient) {
    this.#owner = owner
    this.#client = client
  }

  async execute<R>(query: EngineQuery, limits: Limits = {}): Promise<QueryResult<R>> {
    const values = query.parameters.map(bindValue)
    const { command, rowCount, rows } = await this.#query<PgResult<R & object>>(query.sql, limits, values)
    return COUNTED.has(command) ? { numAffectedRows: BigInt(rowCount ?? 0), rows } : { rows: rows ?? [] }
  }

  async *stream<R>(query: EngineQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    const { default: Cursor } = await import("pg-cursor")
    const cursor = new RowCursor<R>(this.#client, new Cursor<R>(query.sql, query.parameters.map(bindValue)))
    let ended = false
    try {
      while (!ended) {
        const rows = await cursor.read(chunkSize)
        ended = rows.length < chunkSize
        if (rows.length > 0) yield { rows }
      }
    } catch (error) {
      throw this.#examine(error)
    } finally {
      await cursor.close().catch(() => {})
    }
  }

  async begin(options: TransactionOptions): Promise<void> {
    const { isolationLevel, accessMode } = options
    const limitMs = Math.min(options.timeoutMs ?? this.#owner.statementTimeoutMs, LONGEST_SERVER_LIMIT_MS)
    const writes = accessMode !== "read only"
    const mode = `${isolationLevel === undefined ? "" : ` isolation level ${isolationLevel}`}${writes ? "" : " read only"}`
    // One round trip. The server's own limits end what a client left behind that vanished without a word.
    const limits = `set_config('statement_timeout', '${limitMs}', true), set_config('idle_in_transaction_session_timeout', '${limitMs}', true)`
    const text = `begin${mode}; select ${writes ? "pg_current_xact_id()::text" : "null::text"} as xid, ${LIFE} as life, ${limits}`
    this.#inTransaction = true
    const results = await this.#query<PgResult<{ xid: string | null; life: string }>[]>(text, {})
    const { xid = null, life = "" } = results[1]?.rows[0] ?? {}
    this.#transaction = xid === null ? undefined : { xid, life }
  }

  async commit(limits: Limits = {}): Promise<void> {
    if (!this.#inTransaction) return
    const transaction = this.#transaction
    if (this.#broken || !this.#owner.holds(this.#client)) {
      this.#broken = true
      this.#end()
      throw lostConnection(new Error("the connection was lost before COMMIT"))
    }
    const limitMs = limits.timeoutMs ?? this.#owner.statementTimeoutMs
    const dueMs = performance.now() + limitMs
    let result: PgResult
    try {
      const answerMs = Math.min(
        Math.max(limitMs / 2, limitMs - TIME_TO_DECIDE_MS),
        this.#owner.statementTimeoutMs,
      )
      // Whoever gives up waiting must still be told what became of it.
      result = await this.#query<PgResult>("commit", { timeoutMs: answerMs })
    } catch (examined) {
      this.#end()
      if (!this.#broken || transaction === undefined) throw examined
      return this.#settle(transaction, examined, dueMs - performance.now())
    }
    this.#end()
    if (result.command === "ROLLBACK") {
      const message = "current transaction is aborted, and COMMIT has rolled it back"
      throw new DatabaseError({ code: "25P02", message })
    }
  }

  /** COMMIT got no answer: the server is asked what became of it. */
  async #settle(transaction: BegunTransaction, cause: unknown, limitMs: number): Promise<void> {
    const decided = await this.#owner.decide(transaction, limitMs)
    if (decided.outcome === "committed") return
    if (decided.outcome === "aborted") {
      throw new UnderstudyError("UNDERSTUDY_CONNECTION_LOST", {}, { cause, applied: "no" })
    }
    const details = { phase: "COMMIT was sent", detail: decided.detail }
    throw new UnderstudyError("UNDERSTUDY_COMMIT_UNKNOWN", details, { cause, applied: "unknown" })
  }

  async rollback(): Promise<void> {
    if (!this.#inTransaction) return
    this.#end()
    if (this.#broken) return
    await this.#client.query("rollback").catch(() => {
      this.#broken = true
    })
  }

  async savepoint(name: string): Promise<void> {
    await this.#query(`savepoint "${name}"`, {})
  }

  async rollbackToSavepoint(name: string): Promise<void> {
    await this.#query(`rollback to "${name}"`, {})
  }

  async releaseSavepoint(name: string): Promise<void> {
    await this.#query(`release "${name}"`, {})
  }

  release(): void {
    if (this.#released) return
    this.#released = true
    this.#owner.giveBack(this.#client, this.#broken || this.#inTransaction)
  }

  #end(): void {
    this.#inTransaction = false
    this.#transaction = undefined
  }

  /** The text goes as it is: a query given as an object is cloned by the driver, which costs more than all of ours. */
  async #query<R>(query: string | QueryConfig, limits: Limits, values?: unknown[]): Promise<R> {
    const timeoutMs = limits.timeoutMs ?? this.#owner.statementTimeoutMs
    this.#sentMs = performance.now()
    this.#deadlineMs = this.#sentMs + timeoutMs
    try {
      const running = this.#client.query(query as string, values)
      return (await (limits.signal === undefined ? running : abortable(running, limits.signal))) as R
    } catch (error) {
      if (limits.signal?.aborted === true && error === limits.signal.reason) this.#giveUp()
      throw this.#examine(error, timeoutMs)
    } finally {
      this.#sentMs = Infinity
      this.#deadlineMs = Infinity
    }
  }

  /** How long the statement that runs has waited for its answer; 0 where none does. */
  waitedMs(nowMs: number): number {
    return Math.max(0, nowMs - this.#sentMs)
  }

  /** Called every so often: a statement whose time is over is given up. A timer for each would cost more than this. */
  checkDeadline(nowMs: number): void {
    if (nowMs < this.#deadlineMs) return
    this.#deadlineMs = Infinity
    this.#timedOut = true
    this.abandon()
  }

  abandon(): void {
    this.#giveUp()
    destroyClient(this.#client)
  }

  /** What runs is not waited for any more: the client is of no use, and the server is told. */
  #giveUp(): void {
    this.#broken = true
    this.#owner.cancel(this.#client)
  }

  /** The error in our terms; notes whether the client is still of use. */
  #examine(error: unknown, timeoutMs: number = this.#owner.statementTimeoutMs): unknown {
    if (this.#timedOut || (error as { code?: unknown }).code === CANCELED) {
      const details = { operation: "A statement", limitMs: timeoutMs }
      return new UnderstudyError("UNDERSTUDY_TIMEOUT", details, {
        cause: error,
        applied: this.#inTransaction ? "no" : "unknown",
      })
    }
    if (isRefusal(error)) return toDatabaseError(error)
    // One that we gave up ourselves says nothing of the server.
    if (!this.#broken) this.#owner.lost()
    this.#broken = true
    return classifyError(error) === "connection" ? toDatabaseError(error) : lostConnection(error)
  }
}

/**
 * Has the server looked at the statement and refused it? Only then is anything decided. What is fatal (a pooler tells
 * thus of a server connection that died), or does not come from the server at all, means that the connection is lost.
 */
function isRefusal(error: unknown): boolean {
  return (error as { severity?: unknown }).severity === "ERROR"
}

/** An error that counts as a lost connection, whatever it was called. */
function lostConnection(cause: unknown): Error {
  const detail = cause instanceof Error ? cause.message : "unknown error"
  return Object.assign(new Error(`Connection terminated: ${detail}`, { cause }), { code: "ECONNRESET" })
}
