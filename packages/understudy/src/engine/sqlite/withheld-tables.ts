import { constants, type DatabaseSync, type PrepareOptions, type StatementSync } from "node:sqlite"
import { UnderstudyError } from "../../errors/understudy-error.ts"
import { isCaptureTrigger } from "./capture-trigger-name.ts"
import { isUpsert, plainInsertTarget } from "./insert-text.ts"
import { foldName } from "./relations.ts"
import { resultCodeOf, SQLITE_RESULT } from "./result-code.ts"

/** What a statement may do with tables that are withheld. */
export interface Permit {
  /** Not an upsert, whose answer would depend on the rows that are there. */
  readonly inserts: boolean
  /**
   * Of an insert that only gives values: the tables in which SQLite looks for the parents of its rows. What else is read
   * for it are its new rows themselves, or possible children of theirs. Undefined: it reads whatever it names.
   */
  readonly parents: ReadonlySet<string> | undefined
}

/** A table without a copy, and why. */
interface Withheld {
  readonly table: string
  readonly reason: string
}

/** Of a statement's program. What is opened is named by its first page, and by the place of its database: 0 is the file. */
type Instruction = readonly [address: number, opcode: string, cursor: number, root: number, database: number]

const NO_PERMIT: Permit = { inserts: false, parents: undefined }

/**
 * Stands before the tables of one connection whose rows must not be told, since they are not those of the primary.
 * SQLite asks it about each table that a statement names, by whatever way, when the statement is prepared; and prepares
 * anew what was prepared before. While no table is withheld, nothing is asked.
 */
export class WithheldTables {
  readonly #database: DatabaseSync
  #permit: Permit = NO_PERMIT
  #tables: ReadonlyMap<string, Withheld> = new Map()
  #refused: Withheld | undefined
  #makesIndex = false
  #selects = false
  #suspended = false
  #tablesAt: StatementSync | undefined

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Withholds these tables and no others. */
  replace(tables: ReadonlyMap<string, string>): void {
    const wasEmpty = this.#tables.size === 0
    this.#tables = new Map([...tables].map(([table, reason]) => [foldName(table), { table, reason }]))
    if (wasEmpty && tables.size === 0) return
    // Set anew each time: it makes SQLite ask again about what is prepared.
    this.#database.setAuthorizer(tables.size === 0 ? null : (...asked) => this.#authorize(...asked))
  }

  has(table: string): boolean {
    return this.#tables.has(foldName(table))
  }

  /** Prepares a statement. Throws SQLite's error, or the refusal, where it may not be. */
  prepare(sql: string, options: PrepareOptions): { statement: StatementSync; permit: Permit } {
    if (this.#tables.size === 0) return { statement: this.#database.prepare(sql, options), permit: NO_PERMIT }
    const permit = this.#permitOf(sql)
    this.begin(permit)
    const statement = this.#database.prepare(sql, options)
    if (this.#selects) this.#assertUnread(sql)
    return { statement, permit }
  }

  /** To be called before a prepared statement runs: SQLite may prepare it anew by itself. */
  begin(permit: Permit): void {
    this.#permit = permit
    this.#refused = undefined
    this.#makesIndex = false
    this.#selects = false
  }

  /** The refusal that an error of SQLite's stands for; undefined for any other error. */
  refusalOf(error: unknown): UnderstudyError | undefined {
    if (this.#refused === undefined || resultCodeOf(error) !== SQLITE_RESULT.notAuthorized) return undefined
    return refusal(this.#refused, error)
  }

  /** Lets work of our own see all rows: work that tells none of them. */
  suspend<T>(work: () => T): T {
    const before = this.#suspended
    this.#suspended = true
    try {
      return work()
    } finally {
      this.#suspended = before
    }
  }

  #permitOf(sql: string): Permit {
    const target = plainInsertTarget(sql)
    if (target === undefined) return { inserts: !isUpsert(sql), parents: undefined }
    const keys = this.#database.prepare(`select "table" from pragma_foreign_key_list(?)`).all(target)
    return { inserts: true, parents: new Set(keys.map((key) => foldName(String(key["table"])))) }
  }

  /** @param inside The trigger or view that does it; null for the statement itself. */
  #authorize(
    action: number,
    subject: string | null,
    _detail: string | null,
    database: string | null,
    inside: string | null,
  ): number {
    if (action === constants.SQLITE_CREATE_INDEX) this.#makesIndex = true
    if (action === constants.SQLITE_SELECT)
      this.#selects ||= inside !== null || this.#permit.parents === undefined
    if (subject === null || database === "temp" || this.#suspended) return constants.SQLITE_OK
    const table = foldName(subject)
    const withheld = this.#tables.get(table)
    if (withheld === undefined || this.#allows(action, table, inside)) return constants.SQLITE_OK
    this.#refused = withheld
    return constants.SQLITE_DENY
  }

  #allows(action: number, table: string, inside: string | null): boolean {
    switch (action) {
      case constants.SQLITE_INSERT:
        return inside === null && this.#permit.inserts
      case constants.SQLITE_READ:
        if (this.#makesIndex) return true
        // The journal keeps a row that comes, and reads no other one of the table.
        if (inside !== null && isCaptureTrigger(inside, table)) return true
        return inside === null && this.#permit.parents?.has(table) === false
      case constants.SQLITE_UPDATE:
      case constants.SQLITE_DELETE:
        return false
      default:
        return true
    }
  }

  /**
   * A table that is joined by `natural` or `using`, and of which nothing but those columns is asked, is not asked about.
   * The program that SQLite made of the statement tells what it opens.
   */
  #assertUnread(sql: string): void {
    if (/^\s*explain\b/i.test(sql)) return
    const program = this.#database.prepare(`explain ${sql}`, { returnArrays: true })
    const opened = (program.all() as unknown as Instruction[])
      .filter(([, opcode, , , where]) => (opcode === "OpenRead" || opcode === "ReopenIdx") && where === 0)
      .map(([, , , root]) => root)
    this.#tablesAt ??= this.#database.prepare(
      "select tbl_name from sqlite_schema where rootpage in (select value from json_each(?))",
    )
    const tables = this.#tablesAt.all(JSON.stringify(opened))
    for (const { tbl_name: name } of tables) {
      const withheld = this.#tables.get(foldName(String(name)))
      if (withheld !== undefined) throw refusal(withheld)
    }
  }
}

function refusal({ table, reason }: Withheld, cause?: unknown): UnderstudyError {
  return new UnderstudyError("UNDERSTUDY_NO_COPY", { table, reason }, { cause, applied: "no" })
}
