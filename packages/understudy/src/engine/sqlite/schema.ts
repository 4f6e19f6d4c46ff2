import type { DatabaseSync, SQLOutputValue } from "node:sqlite"
import { parseDeclaredType, type LogicalType } from "../logical-type.ts"
import { viewTypesOf } from "./view-types.ts"
import { drawsAlways } from "./sequences.ts"

/** A column as SQLite tells of it. */
export interface SchemaColumn {
  readonly name: string
  readonly type: LogicalType | undefined
  /** The text of the default's expression. */
  readonly defaultExpression: string | null
  /** Its place in the primary key, from 1; 0: not in it. */
  readonly keyPosition: number
  /** Its values are the database's alone: `generated always as identity`, or `as (…)`. */
  readonly generated: "identity" | "expression" | undefined
}

function columnOf(row: Record<string, SQLOutputValue>): SchemaColumn {
  const defaultExpression = row["dflt_value"] === null ? null : String(row["dflt_value"])
  const isIdentity = defaultExpression !== null && drawsAlways(defaultExpression)
  return {
    name: String(row["name"]),
    type: parseDeclaredType(String(row["type"])),
    defaultExpression,
    keyPosition: Number(row["pk"]),
    generated: Number(row["hidden"]) > 1 ? "expression" : isIdentity ? "identity" : undefined,
  }
}

/** What a table's columns are, read when first asked and forgotten at each DDL. */
export class Schema {
  readonly #database: DatabaseSync
  readonly #tables = new Map<string, ReadonlyMap<string, SchemaColumn>>()
  #generation = 0

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Grows with each DDL: what was learnt of statements under a smaller one is void. */
  get generation(): number {
    return this.#generation
  }

  /** A DDL ran (or was rolled back). */
  changed(): void {
    this.#generation += 1
    this.#tables.clear()
  }

  /** The columns of a table or view by name; empty where there is none. */
  columns(table: string): ReadonlyMap<string, SchemaColumn> {
    const known = this.#tables.get(table)
    if (known !== undefined) return known
    const rows = this.#database
      .prepare("select name, type, dflt_value, pk, hidden from pragma_table_xinfo(?)")
      .all(table)
    const types = rows.some((row) => row["type"] === "") ? this.#viewTypes(table) : []
    const columns = new Map(
      rows.map((row, place) => {
        const column = columnOf(row)
        return [column.name, { ...column, type: column.type ?? types[place] }]
      }),
    )
    this.#tables.set(table, columns)
    return columns
  }

  #viewTypes(view: string): readonly (LogicalType | undefined)[] {
    const row = this.#database
      .prepare("select sql from sqlite_schema where type = 'view' and name = ?")
      .get(view)
    return viewTypesOf(String(row?.["sql"] ?? ""))
  }

  /** The names of the unique indexes of a table that cover just these columns, SQLite's own ones included. */
  uniqueIndexName(table: string, columns: readonly string[]): string | undefined {
    const indexes = this.#database
      .prepare(`select name from pragma_index_list(?) where "unique" = 1`)
      .all(table)
      .map((row) => String(row["name"]))
    return indexes.find((index) => {
      const covered = this.#database.prepare("select name from pragma_index_info(?)").all(index)
      return (
        covered.length === columns.length && covered.every((row) => columns.includes(String(row["name"])))
      )
    })
  }

  /** The table of an index. */
  tableOfIndex(index: string): string | undefined {
    const row = this.#database
      .prepare("select tbl_name from sqlite_schema where type = 'index' and name = ?")
      .get(index)
    return row === undefined ? undefined : String(row["tbl_name"])
  }

  /** The table of a named check; undefined where several tables have one of that name. */
  tableOfCheck(name: string): string | undefined {
    const rows = this.#database
      .prepare("select name from sqlite_schema where type = 'table' and instr(sql, ?) > 0")
      .all(`constraint "${name.replaceAll('"', '""')}" check`)
    return rows.length === 1 ? String(rows[0]?.["name"]) : undefined
  }

  /** The text with which a table was made; empty where there is none. */
  tableSql(table: string): string {
    const row = this.#database
      .prepare("select sql from sqlite_schema where type = 'table' and name = ?")
      .get(table)
    return String(row?.["sql"] ?? "")
  }
}
