import type { DatabaseConnection, QueryResult, TransactionSettings } from "kysely"
import { classifyError } from "../errors/classify.ts"
import { DatabaseError } from "../errors/database-error.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import type {
  Access,
  Engine,
  EngineConnection,
  EngineDialect,
  EngineQuery,
  EngineSource,
  Limits,
  ServedAccess,
} from "./contract.ts"
import { describeQuery, queryKind, refuseTransactionControl } from "./query-kind.ts"

/** A query as the engine takes it: compiled anew from its tree if it was compiled for the other one, or for none. */
function forEngine(query: EngineQuery, engine: Engine): EngineQuery {
  const fits = query.dialect === engine.dialect && query.provisional !== true
  if (query.dialect === undefined || fits) return query
  return engine.compile(query.query, query.queryId)
}

/** What a statement in autocommit asks for: raw text may write. */
function servedAccess({ query }: EngineQuery): ServedAccess {
  return queryKind(query) === "read" ? "read" : "write"
}

function readOnlyError(reason: string, cause?: DatabaseError): UnderstudyError {
  return new UnderstudyError("UNDERSTUDY_READ_ONLY", { reason }, { cause, applied: "no" })
}

/** SQLSTATE: a write where only reading is allowed. */
const READ_ONLY = "25006"

/** What raw text would write is seen by the engine alone: it is refused like any other write. */
function refusalOf(error: unknown, engine: Engine, source: EngineSource): unknown {
  const reason = source.readOnlyReason(engine)
  return reason !== undefined && error instanceof DatabaseError && error.code === READ_ONLY
    ? readOnlyError(reason, error)
    : error
}

/** Refuses what an engine that takes no writes must refuse; tells which access the statement needs. */
function accessFor(query: EngineQuery, engine: Engine, source: EngineSource): Access {
  const reason = source.readOnlyReason(engine)
  if (reason === undefined) return "auto"
  const kind = queryKind(query.query)
  if (kind === "write" || kind === "ddl") throw readOnlyError(reason)
  return "read"
}

/**
 * Asked before a statement in autocommit, or (without a query) a transaction, starts: refuses by throwing, or gives the
 * connection of a session under way that the statement must join.
 */
export type Join = (query: EngineQuery | undefined) => DatabaseConnection | undefined

/**
 * What Kysely holds as its connection. Bound to an engine with its first statement and, inside a transaction,
 * until the end of it. A transaction begun inside one is a savepoint.
 */
export class BridgeConnection implements DatabaseConnection {
  readonly #source: EngineSource
  #limits: Limits
  #connection: EngineConnection | undefined
  #engine: Engine | undefined
  readonly #join: Join | undefined
  #depth = 0
  /** May the transaction that is open write? */
  #writes = false

  constructor(source: EngineSource, limits: Limits, join?: Join) {
    this.#source = source
    this.#limits = limits
    this.#join = join
  }

  async executeQuery<R>(query: EngineQuery, options?: Limits): Promise<QueryResult<R>> {
    if (this.#connection !== undefined) return this.executeBound<R>(query, options)
    const limits = options ?? this.#limits
    refuseTransactionControl(query)
    const joined = this.#join?.(query)
    if (joined !== undefined) return joined.executeQuery<R>(query)
    const access = servedAccess(query)
    const engine = this.#source.current(access) ?? (await this.#source.serving(limits, access))
    let sent = false
    try {
      const acquired = engine.acquire(accessFor(query, engine, this.#source), limits)
      const connection = acquired instanceof Promise ? await acquired : acquired
      sent = true
      try {
        const result = await connection.execute<R>(forEngine(query, engine), limits)
        if (queryKind(query.query) !== "read") this.#source.acknowledged(engine)
        return result
      } finally {
        connection.release()
      }
    } catch (error) {
      if (classifyError(error) !== "connection") throw refusalOf(error, engine, this.#source)
      this.#source.suspect(engine, error)
      if (!sent) throw unavailable(error)
      // A read is run again, once, on the engine that serves then; of a write it is not known whether it was applied.
      if (queryKind(query.query) !== "read") throw unknownOutcome(query, error)
    }
    return this.#again<R>(query, limits)
  }

  async #again<R>(query: EngineQuery, limits: Limits): Promise<QueryResult<R>> {
    const engine = await this.#source.serving(limits, "read")
    const connection = await orUnavailable(engine.acquire("read", limits), engine, this.#source)
    try {
      return await connection.execute<R>(forEngine(query, engine), limits)
    } catch (error) {
      throw classifyError(error) === "connection" ? unavailable(error) : error
    } finally {
      connection.release()
    }
  }

  async *streamQuery<R>(query: EngineQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    refuseTransactionControl(query)
    const joined = this.#connection === undefined ? this.#join?.(query) : undefined
    if (joined !== undefined) return yield* joined.streamQuery<R>(query, chunkSize)
    const engine = this.#engine ?? (await this.#source.serving(this.#limits, servedAccess(query)))
    const own = this.#connection === undefined
    const connection =
      this.#connection ??
      (await orUnavailable(
        engine.acquire(accessFor(query, engine, this.#source), this.#limits),
        engine,
        this.#source,
      ))
    try {
      yield* connection.stream<R>(forEngine(query, engine), chunkSize)
    } catch (error) {
      if (!own) throw error
      if (classifyError(error) !== "connection") throw refusalOf(error, engine, this.#source)
      this.#source.suspect(engine, error)
      throw unavailable(error)
    } finally {
      if (own) {
        connection.release()
        // Given up before its last row, it was applied all the same.
        if (queryKind(query.query) !== "read") this.#source.acknowledged(engine)
      }
    }
  }

  async begin(settings: TransactionSettings): Promise<void> {
    if (this.#depth > 0) {
      await this.#connection?.savepoint(nestedName(this.#depth))
    } else {
      this.#join?.(undefined)
      const readOnly = settings.accessMode === "read only"
      const served = readOnly ? "read" : "write"
      const engine =
        this.#engine ?? this.#source.current(served) ?? (await this.#source.serving(this.#limits, served))
      const reason = readOnly ? undefined : this.#source.readOnlyReason(engine)
      if (reason !== undefined) throw readOnlyError(reason)
      const access = readOnly ? "read" : "write"
      const connection =
        this.#connection ?? (await orUnavailable(engine.acquire(access, this.#limits), engine, this.#source))
      this.#engine = engine
      this.#connection = connection
      this.#writes = !readOnly
      try {
        await connection.begin({ ...settings, ...this.#limits })
      } catch (error) {
        this.release()
        throw error
      }
    }
    this.#depth += 1
  }

  async commit(): Promise<void> {
    if (this.#depth > 1) await this.#connection?.releaseSavepoint(nestedName(this.#depth - 1))
    else {
      await this.#connection?.commit()
      if (this.#writes && this.#engine !== undefined) this.#source.acknowledged(this.#engine)
    }
    this.#depth -= 1
  }

  /** Ends the innermost level. Kysely calls it after a failed commit too, when the engine has ended it already. */
  async rollback(): Promise<void> {
    if (this.#depth > 1) await this.#connection?.rollbackToSavepoint(nestedName(this.#depth - 1))
    else await this.#connection?.rollback()
    this.#depth = Math.max(0, this.#depth - 1)
  }

  /** Runs a query on the connection to which it is bound. */
  protected executeBound<R>(query: EngineQuery, limits: Limits = this.#limits): Promise<QueryResult<R>> {
    refuseTransactionControl(query)
    if (this.#connection === undefined || this.#engine === undefined)
      throw new UnderstudyError("UNDERSTUDY_SESSION_ENDED")
    return this.#connection.execute(forEngine(query, this.#engine), limits)
  }

  /** Binds to the engine that serves, without a transaction; undefined where there is nothing to wait for. */
  protected bind(access: ServedAccess): Promise<void> | undefined {
    const engine = this.#source.current(access)
    const acquired = engine?.acquire(access, this.#limits)
    if (acquired === undefined || acquired instanceof Promise)
      return this.#bindLater(access, engine, acquired)
    this.#engine = engine
    this.#connection = acquired
    return undefined
  }

  async #bindLater(
    access: ServedAccess,
    current: Engine | undefined,
    acquired: Promise<EngineConnection> | undefined,
  ): Promise<void> {
    const engine = current ?? (await this.#source.serving(this.#limits, access))
    this.#connection = await orUnavailable(
      acquired ?? engine.acquire(access, this.#limits),
      engine,
      this.#source,
    )
    this.#engine = engine
  }

  /** The dialect of the engine that it is bound to. */
  protected boundDialect(): EngineDialect {
    if (this.#engine === undefined) throw new UnderstudyError("UNDERSTUDY_SESSION_ENDED")
    return this.#engine.dialect
  }

  /** The moment of the primary that the answers show; null where they are the real thing, or nothing serves. */
  get asOf(): Date | null {
    const engine = this.#engine ?? this.#source.current("read")
    return engine === undefined ? null : this.#source.asOf(engine)
  }

  /** Gives up what runs. */
  abandon(): void {
    this.#connection?.abandon()
  }

  /** Rolls back all levels. */
  protected async rollbackAll(): Promise<void> {
    await this.#connection?.rollback()
    this.#depth = 0
  }

  async savepoint(name: string): Promise<void> {
    await this.#connection?.savepoint(name)
  }

  async rollbackToSavepoint(name: string): Promise<void> {
    await this.#connection?.rollbackToSavepoint(name)
  }

  async releaseSavepoint(name: string): Promise<void> {
    await this.#connection?.releaseSavepoint(name)
  }

  /** Takes up another use, after a release. */
  reuse(limits: Limits): void {
    this.#limits = limits
  }

  /** Gives the engine's connection back. */
  release(): void {
    this.#connection?.release()
    this.#connection = undefined
    this.#engine = undefined
    this.#depth = 0
  }
}

function nestedName(depth: number): string {
  return `understudy_${depth}`
}

/** Waits for a connection of the engine. Where none can be had, nothing was sent: the error says so. */
async function orUnavailable(
  acquired: EngineConnection | Promise<EngineConnection>,
  engine: Engine,
  source: EngineSource,
): Promise<EngineConnection> {
  try {
    return await acquired
  } catch (error) {
    if (classifyError(error) !== "connection") throw error
    source.suspect(engine, error)
    throw unavailable(error)
  }
}

function unavailable(cause: unknown): UnderstudyError {
  return new UnderstudyError(
    "UNDERSTUDY_UNAVAILABLE",
    { reason: "no connection could be had" },
    { cause, applied: "no" },
  )
}

function unknownOutcome(query: EngineQuery, cause: unknown): UnderstudyError {
  const details = { phase: "a statement ran", detail: `the ${describeQuery(query.query)} ran in autocommit` }
  return new UnderstudyError("UNDERSTUDY_COMMIT_UNKNOWN", details, { cause, applied: "unknown" })
}
