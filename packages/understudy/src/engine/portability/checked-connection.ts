import type { QueryResult } from "kysely"
import type { EngineConnection, EngineDialect, EngineQuery, Limits, TransactionOptions } from "../contract.ts"

/** Who says whether a query may run, by throwing. */
interface Checker {
  check(query: EngineQuery): void
}

/** A connection before which each query is checked: it may have been compiled while no engine served. */
export class CheckedConnection implements EngineConnection {
  readonly #inner: EngineConnection
  readonly #checker: Checker

  constructor(inner: EngineConnection, checker: Checker) {
    this.#inner = inner
    this.#checker = checker
  }

  get dialect(): EngineDialect {
    return this.#inner.dialect
  }

  async execute<R>(query: EngineQuery, limits?: Limits): Promise<QueryResult<R>> {
    this.#checker.check(query)
    return this.#inner.execute<R>(query, limits)
  }

  stream<R>(query: EngineQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    this.#checker.check(query)
    return this.#inner.stream<R>(query, chunkSize)
  }

  begin(options: TransactionOptions): Promise<void> {
    return this.#inner.begin(options)
  }

  commit(): Promise<void> {
    return this.#inner.commit()
  }

  rollback(): Promise<void> {
    return this.#inner.rollback()
  }

  savepoint(name: string): Promise<void> {
    return this.#inner.savepoint(name)
  }

  rollbackToSavepoint(name: string): Promise<void> {
    return this.#inner.rollbackToSavepoint(name)
  }

  releaseSavepoint(name: string): Promise<void> {
    return this.#inner.releaseSavepoint(name)
  }

  abandon(): void {
    this.#inner.abandon()
  }

  release(): void {
    this.#inner.release()
  }
}
