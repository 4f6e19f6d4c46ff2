import type { DatabaseSync } from "node:sqlite"
import type { Image, LocalTransaction, RowChange, Shape } from "../../../src/journal/local/contract.ts"
import { quoteName } from "../../../src/engine/sqlite/sql-tokens.ts"

/** A table's rows, each as a text under its key. */
export type Rows = Map<string, string>

function textOf(values: Image): string {
  return JSON.stringify(values, (_, value: unknown) =>
    typeof value === "bigint"
      ? `${value}n`
      : value instanceof Uint8Array
        ? `bytes ${[...value].join()}`
        : value,
  )
}

function keyOf({ columns, key }: Pick<Shape, "columns" | "key">, image: Image): string {
  return textOf(key.map((name) => image[columns.findIndex((column) => column.name === name)] ?? null))
}

/** The rows of the tables as they are. */
export function readTables(
  database: DatabaseSync,
  tables: Readonly<Record<string, { columns: readonly string[]; key: readonly string[] }>>,
): Map<string, Rows> {
  return new Map(
    Object.entries(tables).map(([name, { columns, key }]) => {
      const list = columns.map(quoteName).join(", ")
      const rows = database
        .prepare(`select ${list} from ${quoteName(name)}`, { readBigInts: true, returnArrays: true })
        .all() as unknown as Image[]
      const shape = { columns: columns.map((each) => ({ name: each, type: "" })), key }
      return [name, new Map(rows.map((row) => [keyOf(shape, row), textOf(row)]))]
    }),
  )
}

/** Applies transactions to the rows that were there before. Throws where one is not what the journal says it was. */
export function applyJournal(tables: Map<string, Rows>, transactions: readonly LocalTransaction[]): void {
  for (const { changes } of transactions) {
    for (const change of changes) if (change.operation !== "migration") applyChange(tables, change)
  }
}

function applyChange(tables: Map<string, Rows>, { shape, before, after }: RowChange): void {
  const rows = tables.get(shape.table)
  if (rows === undefined) throw new Error(`the journal speaks of a table ${shape.table}`)
  if (before !== null) {
    const key = keyOf(shape, before)
    if (rows.get(key) !== textOf(before)) throw new Error(`${shape.table}: ${key} is not what it was`)
    rows.delete(key)
  }
  if (after !== null) {
    const key = keyOf(shape, after)
    if (rows.has(key)) throw new Error(`${shape.table}: ${key} is there already`)
    rows.set(key, textOf(after))
  }
}
