import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { IdColumn } from "../id-source.ts"
import type { LogicalType } from "../logical-type.ts"
import type { Schema } from "./schema.ts"
import { drawsFor } from "./sequences.ts"
import { quoteName } from "./sql-tokens.ts"

/** Lets work of our own see rows that are withheld. */
export type SeeAllRows = <T>(work: () => T) => T

function integerType(type: LogicalType | undefined): IdColumn["type"] {
  switch (type?.name) {
    case "int2":
    case "int4":
    case "int8":
      return type.name
    default:
      return undefined
  }
}

/** The columns that draw ids, by the names of their sequences; looked up once, and again after each DDL. */
export class IdColumns {
  readonly #database: DatabaseSync
  readonly #schema: Schema
  readonly #seeAllRows: SeeAllRows
  readonly #columns = new Map<string, IdColumn>()
  #generation = -1

  constructor(database: DatabaseSync, schema: Schema, seeAllRows: SeeAllRows) {
    this.#database = database
    this.#schema = schema
    this.#seeAllRows = seeAllRows
  }

  find(sequence: string): IdColumn {
    if (this.#generation !== this.#schema.generation) {
      this.#columns.clear()
      this.#generation = this.#schema.generation
    }
    const known = this.#columns.get(sequence)
    if (known !== undefined) return known
    const column = this.#look(sequence)
    this.#columns.set(sequence, column)
    return column
  }

  /** The greatest id that a row has; undefined where there is none. */
  greatest(sequence: string): bigint | undefined {
    const place = this.#placeOf(sequence)
    return place === undefined ? undefined : this.#ask(`select max(${place.column}) from ${place.table}`)
  }

  #look(name: string): IdColumn {
    const place = this.#placeOf(name)
    if (place === undefined) return { name, type: undefined, nextTaken: () => undefined }
    const { table, column, type } = place
    const sql = `select min(${column}) from ${table} where ${column} >= ?`
    return { name, type, nextTaken: (from) => this.#ask(sql, from) }
  }

  /** A dot may stand in a name too, so the schema is asked. */
  #placeOf(sequence: string): { table: string; column: string; type: IdColumn["type"] } | undefined {
    for (let dot = sequence.indexOf("."); dot !== -1; dot = sequence.indexOf(".", dot + 1)) {
      const table = sequence.slice(0, dot)
      const column = this.#schema.columns(table).get(sequence.slice(dot + 1))
      if (column === undefined || !drawsFor(column.defaultExpression ?? "", sequence)) continue
      return { table: quoteName(table), column: quoteName(column.name), type: integerType(column.type) }
    }
    return undefined
  }

  #ask(sql: string, ...values: bigint[]): bigint | undefined {
    const row = this.#seeAllRows(() => {
      const statement: StatementSync = this.#database.prepare(sql, { readBigInts: true, returnArrays: true })
      return statement.get(...values) as unknown as readonly [bigint | null]
    })
    return row[0] ?? undefined
  }
}
