import type { DatabaseSync, StatementSync } from "node:sqlite"
import { quoteName } from "../engine/sqlite/sql-tokens.ts"
import type { Bound } from "../engine/sqlite/bind.ts"
import { UnfitTableError } from "./absence.ts"
import type { MirroredTable } from "./mirrored-table.ts"

const SQLITE_CONSTRAINT = 19

/** Writes the rows of one table into the copy. */
export class TableWriter {
  readonly #table: MirroredTable
  readonly #insert: StatementSync
  readonly #delete: StatementSync
  readonly #clear: StatementSync

  constructor(database: DatabaseSync, table: MirroredTable) {
    this.#table = table
    const name = quoteName(table.primary.name)
    const columns = table.columns.map((column) => quoteName(column.name))
    const key = table.key.map((place) => `${columns[place]} = ?`).join(" and ")
    const values = columns.map(() => "?").join(", ")
    this.#insert = database.prepare(`insert into ${name} (${columns.join(", ")}) values (${values})`)
    this.#delete = database.prepare(`delete from ${name} where ${key}`)
    this.#clear = database.prepare(`delete from ${name}`)
  }

  /** Puts a row in; its texts are in the order of the table's columns, null for NULL. */
  insert(texts: readonly (string | null)[]): void {
    const { columns } = this.#table
    const bound: Bound[] = []
    for (let place = 0; place < columns.length; place += 1) {
      const text = texts[place] ?? null
      bound.push(text === null ? null : this.#toStored(place, text))
    }
    try {
      this.#insert.run(...bound)
    } catch (error) {
      const { errcode } = error as { errcode?: number }
      if (errcode === undefined || (errcode & 0xff) !== SQLITE_CONSTRAINT) throw error
      throw new UnfitTableError(this.#table.primary.name, "row-refused", String(errcode), error)
    }
  }

  #toStored(place: number, text: string): Bound {
    const column = this.#table.columns[place]
    if (column === undefined) return null
    try {
      return column.toStored(text)
    } catch (error) {
      throw new UnfitTableError(this.#table.primary.name, "value-not-storable", column.name, error)
    }
  }

  /** Takes the row with this key away, if it is there. */
  delete(key: readonly (string | null)[]): void {
    this.#delete.run(...this.#table.key.map((place, index) => this.#toStored(place, key[index] ?? "")))
  }

  /** Takes all rows away. */
  clear(): void {
    this.#clear.run()
  }
}
