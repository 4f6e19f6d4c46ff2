import { DatabaseSync } from "node:sqlite"
import { registerFunctions, TransactionClock } from "../engine/sqlite/functions.ts"
import { programTables, type FileTable } from "../engine/sqlite/program-tables.ts"
import { CopyRecord } from "./copy-record.ts"
import { withoutTriggers } from "./without-triggers.ts"

const BUSY_TIMEOUT_MS = 5_000
/** Keys that come in no order would else have the same pages read and written again and again. */
const CACHE_KIB = 32 * 1024

/**
 * The SQLite file as the mirror writes it: on a connection of its own, foreign keys off, since rows come in no order, and
 * checks off, since the primary has taken the rows already.
 */
export class MirrorFile implements Disposable {
  readonly database: DatabaseSync
  readonly record: CopyRecord

  constructor(file: string) {
    this.database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
    this.database.exec(`pragma cache_size = -${CACHE_KIB}`)
    this.database.exec(
      "pragma foreign_keys = off; pragma ignore_check_constraints = on; pragma synchronous = normal; pragma trusted_schema = on",
    )
    registerFunctions(this.database, new TransactionClock())
    this.record = new CopyRecord(this.database)
    this.record.create()
  }

  /** The program's tables. */
  tables(): FileTable[] {
    return programTables(this.database)
  }

  /** All of it, or nothing. */
  async transaction<T>(work: () => Promise<T> | T): Promise<T> {
    this.database.exec("begin immediate")
    try {
      withoutTriggers(this.database)
      const result = await work()
      this.database.exec("commit")
      return result
    } catch (error) {
      if (this.database.isTransaction) this.database.exec("rollback")
      throw error
    }
  }

  /** Takes over into the file what stands in its log, which a first copy has made large. */
  shrinkLog(): void {
    this.database.exec("pragma wal_checkpoint(truncate)")
  }

  [Symbol.dispose](): void {
    this.database.close()
  }
}
