import type { QueryResult } from "kysely"
import type { EngineConnection, EngineDialect, EngineQuery, Limits, TransactionOptions } from "../contract.ts"

/** Who tells the place of a refusal. */
interface Teller {
  placed(error: unknown): unknown
}

/** A connection whose refusals tell the place in the calling code. */
export class CheckedConnection implements EngineConnection {
  readonly #inner: EngineConnection
  readonly #teller: Teller

  constructor(inner: EngineConnection, teller: Teller) {
    this.#inner = inner
    this.#teller = teller
  }

  get dialect(): EngineDialect {
    return this.#inner.dialect
  }

  async execute<R>(query: EngineQuery, limits?: Limits): Promise<QueryResult<R>> {
    try {
      return await this.#inner.execute<R>(query, limits)
    } catch (error) {
      throw this.#teller.placed(error)
    }
  }

  async *stream<R>(query: EngineQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    try {
      yield* this.#inner.stream<R>(query, chunkSize)
    } catch (error) {
      throw this.#teller.placed(error)
    }
  }

  begin(options: TransactionOptions): Promise<void> {
    return this.#inner.begin(options)
  }

  commit(limits?: Limits): Promise<void> {
    return this.#inner.commit(limits)
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
