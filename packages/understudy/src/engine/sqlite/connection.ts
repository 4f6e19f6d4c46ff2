import type { QueryResult } from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import { isUnderstudyError, UnderstudyError } from "../../errors/understudy-error.ts"
import type { Access, EngineConnection, EngineQuery, Limits, TransactionOptions } from "../contract.ts"
import { queryKind } from "../query-kind.ts"
import type { Handle } from "./handle.ts"
import type { Schema } from "./schema.ts"

/** What a connection needs of its engine: the writer under its lock, the readers. */
export interface Handles {
  readonly schema: Schema
  /** Waits for the one writer; the function lets it go. */
  takeWriter(limits?: Limits): Promise<{ handle: Handle; release: () => void }>
  /** The writer at once, if nobody has it. */
  tryWriter(): { handle: Handle; release: () => void } | undefined
  /** The reader that statements outside transactions share; undefined where the writer serves reads too. */
  readonly sharedReader: Handle | undefined
  /** A reader for one read transaction. */
  takeReader(): { handle: Handle; release: () => void } | undefined
}

/** The state of a transaction: `failed` is PostgreSQL's 25P02, in which only a roll-back helps. */
interface OpenTransaction {
  readonly handle: Handle
  readonly release: () => void
  failed: boolean
  changedSchema: boolean
}

function failedTransaction(): DatabaseError {
  return new DatabaseError({
    code: "25P02",
    message: "current transaction is aborted, commands ignored until end of transaction block",
  })
}

/** One unit of work on SQLite. Holds the writer only inside a transaction or for one statement. */
export class SqliteConnection implements EngineConnection {
  readonly dialect = "sqlite"
  readonly #handles: Handles
  readonly #access: Access
  #transaction: OpenTransaction | undefined

  readonly #released: () => void

  constructor(handles: Handles, access: Access, released: () => void) {
    this.#handles = handles
    this.#access = access
    this.#released = released
  }

  async execute<R>(query: EngineQuery, limits?: Limits): Promise<QueryResult<R>> {
    const transaction = this.#transaction
    if (transaction !== undefined) return this.#runInside(transaction, query)
    const reads = this.#access === "read" || queryKind(query.query) === "read"
    const reader = reads ? this.#handles.sharedReader : undefined
    if (reader !== undefined) {
      try {
        return reader.run(query)
      } catch (error) {
        throw errorOf(reader, error)
      }
    }
    const { handle, release } = this.#handles.tryWriter() ?? (await this.#handles.takeWriter(limits))
    try {
      return this.#access === "read" ? runReadOnly<R>(handle, query) : handle.run(query)
    } finally {
      release()
    }
  }

  #runInside<R>(transaction: OpenTransaction, query: EngineQuery): QueryResult<R> {
    if (transaction.failed) throw failedTransaction()
    const generation = this.#handles.schema.generation
    try {
      return this.#access === "read"
        ? runReadOnly<R>(transaction.handle, query)
        : transaction.handle.run(query)
    } catch (error) {
      // What is refused by name has not run: it is no statement of the transaction.
      transaction.failed = !isUnderstudyError(error, "UNDERSTUDY_NOT_PORTABLE")
      throw errorOf(transaction.handle, error)
    } finally {
      transaction.changedSchema ||= this.#handles.schema.generation !== generation
    }
  }

  async *stream<R>(query: EngineQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    if (queryKind(query.query) !== "read") {
      yield await this.execute<R>(query)
      return
    }
    // A reader of its own: a stream that stands still would keep those who share it at its moment.
    const own = this.#transaction === undefined ? this.#handles.takeReader() : undefined
    const handle = this.#transaction?.handle ?? own?.handle
    if (handle === undefined) {
      yield await this.execute<R>(query)
      return
    }
    try {
      let rows: R[] = []
      for (const row of handle.iterate<R>(query)) {
        rows.push(row)
        if (rows.length < chunkSize) continue
        yield { rows }
        rows = []
      }
      if (rows.length > 0) yield { rows }
    } catch (error) {
      throw errorOf(handle, error)
    } finally {
      own?.release()
    }
  }

  async begin(options: TransactionOptions): Promise<void> {
    const readOnly = this.#access === "read" || options.accessMode === "read only"
    const taken =
      (readOnly ? this.#handles.takeReader() : undefined) ?? (await this.#handles.takeWriter(options))
    try {
      taken.handle.control(readOnly ? "begin" : "begin immediate")
    } catch (error) {
      taken.release()
      throw error
    }
    this.#transaction = { ...taken, failed: false, changedSchema: false }
  }

  async commit(): Promise<void> {
    const transaction = this.#transaction
    if (transaction === undefined) return
    if (transaction.failed) {
      await this.rollback()
      throw failedTransaction()
    }
    try {
      transaction.handle.control("commit")
    } catch (error) {
      // A deferred constraint: PostgreSQL has rolled back then, SQLite has not.
      await this.rollback()
      throw errorOf(transaction.handle, error)
    }
    this.#end(transaction)
  }

  async rollback(): Promise<void> {
    const transaction = this.#transaction
    if (transaction === undefined) return
    try {
      // Some errors (a full disk) make SQLite roll back by itself; a closed database has done so.
      const { database } = transaction.handle
      if (database.isOpen && database.isTransaction) transaction.handle.control("rollback")
      if (transaction.changedSchema) this.#handles.schema.changed()
    } finally {
      this.#end(transaction)
    }
  }

  #end(transaction: OpenTransaction): void {
    this.#transaction = undefined
    transaction.release()
  }

  async savepoint(name: string): Promise<void> {
    if (this.#transaction?.failed === true) throw failedTransaction()
    this.#transaction?.handle.exec(`savepoint "${name}"`)
  }

  async rollbackToSavepoint(name: string): Promise<void> {
    const transaction = this.#transaction
    if (transaction === undefined) return
    transaction.handle.exec(`rollback to "${name}"`)
    transaction.failed = false
    if (transaction.changedSchema) this.#handles.schema.changed()
  }

  async releaseSavepoint(name: string): Promise<void> {
    if (this.#transaction?.failed === true) throw failedTransaction()
    this.#transaction?.handle.exec(`release "${name}"`)
  }

  abandon(): void {}

  release(): void {
    if (this.#transaction !== undefined) void this.rollback()
    this.#released()
  }
}

/** Whatever node:sqlite says of a connection that was closed under it: the engine serves no longer. */
function errorOf({ database }: Handle, error: unknown): unknown {
  return database.isOpen ? error : new UnderstudyError("UNDERSTUDY_CLOSED", {}, { cause: error })
}

/** Runs a query where the writer must serve a reader: SQLite itself refuses a write then. */
function runReadOnly<R>(handle: Handle, query: EngineQuery): QueryResult<R> {
  handle.exec("pragma query_only = on")
  try {
    return handle.run<R>(query)
  } finally {
    handle.exec("pragma query_only = off")
  }
}
