import type { DatabaseConnection, QueryResult, TransactionSettings } from "kysely"
import { isSuspicious } from "../errors/classify.ts"
import { isUnderstudyError, UnderstudyError } from "../errors/understudy-error.ts"
import { cutStream, forEngine, readOnlyError, runAutocommit, streamAutocommit } from "./autocommit.ts"
import type { Engine, EngineConnection, EngineQuery, EngineSource, Limits, ServedAccess } from "./contract.ts"
import { isGone, isLost, lostTransaction } from "./lost.ts"
import { Onward, suspect } from "./onward.ts"
import { refuseTransactionControl } from "./query-kind.ts"

/**
 * Asked before a statement in autocommit, or (without a query) a transaction, starts: refuses by throwing, or gives the
 * connection of a session under way that the statement must join.
 */
export type Join = (query: EngineQuery | undefined) => DatabaseConnection | undefined

/** An engine, and what is had of it. */
interface Bound {
  readonly engine: Engine
  readonly connection: EngineConnection
}

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
  /** Does nothing hang on the COMMIT of the transaction that is open? */
  #isAnswered = false
  /** Has the source heard that this connection was lost? */
  #isToldLost = false
  #isAbandoned = false
  /** The errors that came of it; most have none. */
  #thrown: WeakSet<Error> | undefined

  constructor(source: EngineSource, limits: Limits, join?: Join) {
    this.#source = source
    this.#limits = limits
    this.#join = join
  }

  /** What a wait that begins now may take. */
  protected limitsNow(): Limits {
    return this.#limits
  }

  async executeQuery<R>(query: EngineQuery, options?: Limits): Promise<QueryResult<R>> {
    if (this.#connection !== undefined) return this.executeBound<R>(query, options)
    refuseTransactionControl(query)
    const joined = this.#join?.(query)
    if (joined !== undefined) return joined.executeQuery<R>(query)
    return runAutocommit<R>(this.#source, query, options ?? this.#limits)
  }

  async *streamQuery<R>(query: EngineQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    refuseTransactionControl(query)
    if (this.#connection !== undefined) return yield* this.#streamBound<R>(query, chunkSize)
    const joined = this.#join?.(query)
    if (joined !== undefined) return yield* joined.streamQuery<R>(query, chunkSize)
    yield* streamAutocommit<R>(this.#source, query, chunkSize, this.#limits)
  }

  async *#streamBound<R>(query: EngineQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    const { connection, engine } = this.#bound()
    let rowsGiven = false
    try {
      for await (const rows of connection.stream<R>(forEngine(query, engine), chunkSize)) {
        rowsGiven = true
        yield rows
      }
    } catch (error) {
      const examined = this.#examined(error)
      throw rowsGiven && this.#depth === 0 && isLost(error) ? this.#noted(cutStream(error)) : examined
    }
  }

  async begin(settings: TransactionSettings): Promise<void> {
    if (this.#depth > 0) await this.savepoint(nestedName(this.#depth))
    else await this.#beginOutermost(settings)
    this.#depth += 1
  }

  async #beginOutermost(settings: TransactionSettings): Promise<void> {
    this.#join?.(undefined)
    const access = settings.accessMode === "read only" ? "read" : "write"
    const bound = this.#connection === undefined ? undefined : this.#bound()
    this.#writes = access === "write"
    this.#isAnswered = access === "read" && settings.isolationLevel !== "serializable"
    if (bound === undefined) {
      await this.#untilTaken(access, (engine, limits) => this.#beginOn(engine, settings, limits))
      return
    }
    try {
      await this.#beginOn(bound.engine, settings, this.limitsNow())
    } catch (error) {
      // It has given answers: whether they may come from two engines is for who asked to decide.
      if (!this.#isAbandoned) suspect(this.#source, bound.engine, error, this.limitsNow())
      throw this.#noted(error)
    }
  }

  async #beginOn(engine: Engine, settings: TransactionSettings, limits: Limits): Promise<void> {
    const reason = this.#writes ? this.#source.readOnlyReason(engine) : undefined
    if (reason !== undefined) throw readOnlyError(reason)
    const access = this.#writes ? "write" : "read"
    const wasBound = this.#connection !== undefined
    const connection = this.#connection ?? (await engine.acquire(access, limits))
    this.#bindTo(engine, connection)
    try {
      await connection.begin({ ...settings, ...limits })
    } catch (error) {
      // What asks on a connection that was lost must hear of it as well.
      if (!wasBound || !isLost(error)) this.release()
      throw error
    }
  }

  /** Runs what has done nothing where it is lost, on one engine after the other, until one takes it. */
  async #untilTaken(
    access: ServedAccess,
    work: (engine: Engine, limits: Limits) => Promise<void>,
    first = this.#source.current(access),
  ): Promise<void> {
    const limits = this.limitsNow()
    const onward = new Onward(this.#source, access, limits, performance.now())
    try {
      let engine = first ?? (await this.#source.serving(limits, access))
      for (;;) {
        try {
          return await work(engine, onward.limits)
        } catch (error) {
          if (this.#isAbandoned || !isLost(error)) throw error
          engine = await onward.engineAfter(engine, error)
        }
      }
    } catch (error) {
      throw this.#noted(error)
    }
  }

  /** Is a savepoint open in the transaction? */
  protected get isNested(): boolean {
    return this.#depth > 1
  }

  async commit(): Promise<void> {
    if (this.isNested) await this.releaseSavepoint(nestedName(this.#depth - 1))
    else {
      await this.#commitOutermost()
      if (this.#writes && this.#engine !== undefined) this.#source.acknowledged(this.#engine)
    }
    this.#depth -= 1
  }

  async #commitOutermost(): Promise<void> {
    try {
      await this.#examining((connection) => connection.commit(this.limitsNow()))
    } catch (error) {
      if (!this.#isAnswered || !isLost(error)) throw error
    }
  }

  /** Ends the innermost level. Kysely calls it after a failed commit too, when the engine has ended it already. */
  async rollback(): Promise<void> {
    if (this.#depth > 1) await this.rollbackToSavepoint(nestedName(this.#depth - 1))
    else await this.#connection?.rollback()
    this.#depth = Math.max(0, this.#depth - 1)
  }

  /** Runs a query on the connection to which it is bound. */
  protected async executeBound<R>(
    query: EngineQuery,
    limits: Limits = this.#limits,
  ): Promise<QueryResult<R>> {
    refuseTransactionControl(query)
    const { connection, engine } = this.#bound()
    try {
      return await connection.execute<R>(forEngine(query, engine), limits)
    } catch (error) {
      throw this.#examined(error)
    }
  }

  #bound(): Bound {
    const [engine, connection] = [this.#engine, this.#connection]
    if (connection === undefined || engine === undefined)
      throw new UnderstudyError("UNDERSTUDY_SESSION_ENDED")
    return { engine, connection }
  }

  async #examining(run: (connection: EngineConnection) => Promise<void>): Promise<void> {
    if (this.#connection === undefined) return
    try {
      await run(this.#connection)
    } catch (error) {
      throw this.#examined(error)
    }
  }

  /** The error in our terms; the source is told once of a connection that was lost, unless we gave it up ourselves. */
  #examined(error: unknown): unknown {
    const cause =
      isLost(error) || isUnderstudyError(error, "UNDERSTUDY_COMMIT_UNKNOWN") ? causeOf(error) : undefined
    if (isSuspicious(cause) && !this.#isToldLost && !this.#isAbandoned) {
      this.#isToldLost = true
      if (this.#engine !== undefined) this.#source.suspect(this.#engine, cause)
    }
    const isOurs = isUnderstudyError(error) && !isGone(error)
    return this.#noted(
      isLost(error) && !isOurs && this.#depth > 0 ? lostTransaction(this.#writes, error) : error,
    )
  }

  #noted(error: unknown): unknown {
    if (error instanceof Error) (this.#thrown ??= new WeakSet()).add(error)
    return error
  }

  /** Did it come of this connection? What a function met elsewhere tells nothing of the engine, whatever its code. */
  threw(error: unknown): boolean {
    return error instanceof Error && this.#thrown?.has(error) === true
  }

  /** Binds to the engine that serves, without a transaction; undefined where there is nothing to wait for. */
  protected bind(access: ServedAccess): Promise<void> | undefined {
    const engine = this.#source.current(access)
    const acquired = engine === undefined ? undefined : acquireFrom(engine, access, this.limitsNow())
    if (engine !== undefined && acquired !== undefined && !(acquired instanceof Promise)) {
      this.#bindTo(engine, acquired)
      return undefined
    }
    let waiting = acquired
    return this.#untilTaken(
      access,
      async (serving, limits) => {
        const connection = waiting ?? serving.acquire(access, limits)
        waiting = undefined
        this.#bindTo(serving, await connection)
      },
      engine,
    )
  }

  #bindTo(engine: Engine, connection: EngineConnection): void {
    this.#engine = engine
    this.#connection = connection
    this.#isToldLost = false
  }

  /** The engine that it is bound to. */
  protected boundEngine(): Engine {
    return this.#bound().engine
  }

  /** The moment of the primary that the answers show; null where they are the real thing, or nothing serves. */
  get asOf(): Date | null {
    const engine = this.#engine ?? this.#source.current("read")
    return engine === undefined ? null : this.#source.asOf(engine)
  }

  /** Gives up what runs. */
  abandon(): void {
    this.#isAbandoned = true
    this.#connection?.abandon()
  }

  /** Rolls back all levels. */
  protected async rollbackAll(): Promise<void> {
    await this.#connection?.rollback()
    this.#depth = 0
  }

  async savepoint(name: string): Promise<void> {
    await this.#examining((connection) => connection.savepoint(name))
  }

  async rollbackToSavepoint(name: string): Promise<void> {
    await this.#examining((connection) => connection.rollbackToSavepoint(name))
  }

  async releaseSavepoint(name: string): Promise<void> {
    await this.#examining((connection) => connection.releaseSavepoint(name))
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

/** What stands behind an error of the catalogue. */
function causeOf(error: unknown): unknown {
  return isUnderstudyError(error) ? error.cause : error
}

/** A refusal that comes at once, too, is one to wait for. */
function acquireFrom(
  engine: Engine,
  access: ServedAccess,
  limits: Limits,
): EngineConnection | Promise<EngineConnection> {
  try {
    return engine.acquire(access, limits)
  } catch (error) {
    return Promise.reject(error)
  }
}
