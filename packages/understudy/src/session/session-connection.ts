import type { ConnectionProvider, DatabaseConnection, IsolationLevel, QueryResult } from "kysely"
import { abortable } from "../base/abort.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import { BridgeConnection } from "../engine/bridge-connection.ts"
import type { EngineDialect, EngineQuery, EngineSource } from "../engine/contract.ts"
import { describeQuery, queryKind } from "../engine/query-kind.ts"

/** What a session is, once it has begun. */
export interface SessionKind {
  readonly access: "read" | "write"
  readonly isolation?: IsolationLevel | undefined
  readonly signal: AbortSignal
  /** Milliseconds that are left when a statement starts. */
  remainingMs(): number
}

/** A session's hold on its engine: begins with the first query, refuses every query after its end. */
export class SessionConnection extends BridgeConnection implements ConnectionProvider {
  readonly #kind: SessionKind
  readonly #pending = new Set<Promise<unknown>>()
  #begun: Promise<void> | undefined
  #inTransaction = false
  #ended = false

  constructor(source: EngineSource, kind: SessionKind) {
    super(source, { signal: kind.signal })
    this.#kind = kind
  }

  /** Kysely's way to the connection. What runs is kept, so that the end waits for it. */
  async provideConnection<T>(consumer: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
    const running = consumer(this)
    this.#pending.add(running)
    try {
      return await running
    } finally {
      this.#pending.delete(running)
    }
  }

  override async executeQuery<R>(query: EngineQuery): Promise<QueryResult<R>> {
    await this.#enter(query)
    return super.executeQuery<R>(query, { signal: this.#kind.signal, timeoutMs: this.#kind.remainingMs() })
  }

  override async *streamQuery<R>(
    query: EngineQuery,
    chunkSize: number,
  ): AsyncIterableIterator<QueryResult<R>> {
    await this.#enter(query)
    yield* super.streamQuery<R>(query, chunkSize)
  }

  /** The engine that the session is bound to; begins it. */
  async dialect(): Promise<EngineDialect> {
    await (this.#begun ??= this.#start())
    return this.boundDialect()
  }

  async #enter(query: EngineQuery): Promise<void> {
    if (this.#ended) throw new UnderstudyError("UNDERSTUDY_SESSION_ENDED")
    this.#kind.signal.throwIfAborted()
    const kind = queryKind(query.query)
    if (this.#kind.access === "read" && (kind === "write" || kind === "ddl")) {
      throw new UnderstudyError("UNDERSTUDY_READ_SESSION", { construct: describeQuery(query.query) })
    }
    await (this.#begun ??= this.#start())
    // Of raw text nothing is known: the database itself must see that it only reads.
    if (this.#kind.access === "read" && kind === "raw" && !this.#inTransaction) await this.#beginTransaction()
  }

  async #start(): Promise<void> {
    const { access, isolation } = this.#kind
    if (access === "write" || isolation !== undefined) return this.#beginTransaction()
    await this.bind("read")
  }

  async #beginTransaction(): Promise<void> {
    const { access, isolation } = this.#kind
    this.#inTransaction = true
    await this.begin({
      ...(isolation === undefined ? {} : { isolationLevel: isolation }),
      ...(access === "read" ? { accessMode: "read only" as const } : {}),
    })
  }

  /** Waits for what still runs, then commits. A session without a query has nothing to commit. */
  async finish(): Promise<void> {
    this.#ended = true
    await Promise.allSettled(this.#pending)
    this.#kind.signal.throwIfAborted()
    if (this.#inTransaction) await this.commit()
  }

  /** Ends it, whatever happened: rolls back what is open, and gives the connection back. Never throws. */
  async dispose(): Promise<void> {
    this.#ended = true
    const aborted = abortable(Promise.allSettled(this.#pending), this.#kind.signal)
    await aborted.catch(() => {})
    await this.#begun?.catch(() => {})
    await this.rollbackAll()
    this.release()
  }
}
