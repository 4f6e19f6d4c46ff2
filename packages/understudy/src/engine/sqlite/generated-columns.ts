import {
  ColumnNode,
  ColumnUpdateNode,
  RawNode,
  type AliasNode,
  type FromNode,
  type InsertQueryNode,
  type OperationNode,
  type TableNode,
  type ValueListNode,
  type ValuesNode,
} from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import { notPortable } from "../not-portable.ts"
import type { Schema, SchemaColumn } from "./schema.ts"

/** The table that a query changes, by its own name; undefined where it is no table. */
export function changedTable(query: OperationNode): string | undefined {
  const { into, table, from } = query as { into?: OperationNode; table?: OperationNode; from?: FromNode }
  const target = into ?? table ?? from?.froms[0]
  const named = target?.kind === "AliasNode" ? (target as AliasNode).node : target
  return named?.kind === "TableNode" ? (named as TableNode).table.identifier.name : undefined
}

/** Is this the word DEFAULT in the place of a value? */
export function isDefault(node: OperationNode | undefined): boolean {
  if (node?.kind === "DefaultInsertValueNode") return true
  return node !== undefined && RawNode.is(node) && /^\s*default\s*$/i.test(node.sqlFragments.join("?"))
}

/** The rows of an INSERT … VALUES, as nodes; a row of mere parameters has none. */
function rowsOf(node: InsertQueryNode): readonly (readonly OperationNode[])[] {
  if (node.values?.kind !== "ValuesNode") return []
  return (node.values as ValuesNode).values.map((row) =>
    row.kind === "ValueListNode" ? (row as ValueListNode).values : [],
  )
}

/**
 * Throws where a value is given for a column that only the database gives values to.
 *
 * @throws DatabaseError `428C9`
 */
export function assertInsertable(node: InsertQueryNode, columns: ReadonlyMap<string, SchemaColumn>): void {
  const rows = rowsOf(node)
  node.columns?.forEach(({ column: { name } }, place) => {
    if (columns.get(name)?.generated === undefined) return
    if (rows.length > 0 && rows.every((row) => isDefault(row[place]))) return
    throw new DatabaseError({
      code: "428C9",
      message: `cannot insert a non-DEFAULT value into column "${name}"`,
    })
  })
}

/**
 * Throws where an UPDATE, or an upsert, assigns another value than DEFAULT to such a column.
 *
 * @throws DatabaseError `428C9`
 */
export function assertUpdatable(
  updates: readonly ColumnUpdateNode[],
  columns: ReadonlyMap<string, SchemaColumn>,
): void {
  for (const { column, value } of updates) {
    const name = ColumnNode.is(column) ? column.column.name : ""
    if (isDefault(value) || columns.get(name)?.generated === undefined) continue
    throw new DatabaseError({ code: "428C9", message: `column "${name}" can only be updated to DEFAULT` })
  }
}

function defaultOf(column: SchemaColumn | undefined): OperationNode {
  const expression = column?.defaultExpression ?? "null"
  return RawNode.createWithSql(`(${expression})`)
}

/** The assignments of an UPDATE with what DEFAULT stands for: SQLite has no such word. */
export function withoutDefaults(
  updates: readonly ColumnUpdateNode[],
  columns: ReadonlyMap<string, SchemaColumn>,
): readonly ColumnUpdateNode[] {
  if (!updates.some(({ value }) => isDefault(value))) return updates
  const plain = updates.flatMap((update) => {
    if (!isDefault(update.value)) return [update]
    const column = ColumnNode.is(update.column) ? columns.get(update.column.column.name) : undefined
    // A generated column is computed anew whatever is assigned.
    return column?.generated === "expression" ? [] : [{ ...update, value: defaultOf(column) }]
  })
  if (plain.length > 0) return plain
  // The rows are to be updated all the same: they are counted and returned.
  const row = ColumnNode.create("rowid")
  return [ColumnUpdateNode.create(row, row)]
}

/** An INSERT without the generated columns that are given DEFAULT: SQLite lets no insert name them. */
export function withoutGenerated(node: InsertQueryNode, schema: Schema): InsertQueryNode {
  const rows = rowsOf(node)
  const known =
    node.columns === undefined || rows.length === 0 ? undefined : schema.columns(changedTable(node) ?? "")
  const left = node.columns?.map(
    ({ column }, place) =>
      known?.get(column.name)?.generated !== "expression" || !rows.every((row) => isDefault(row[place])),
  )
  if (left === undefined || left.every(Boolean)) return node
  const columns = node.columns?.filter((_, place) => left[place]) ?? []
  if (columns.length === 0) {
    if (rows.length > 1) throw notPortable("Several rows of nothing but DEFAULT", "Insert them one by one.")
    const { columns: _columns, values: _values, ...rest } = node
    return { ...rest, defaultValues: true }
  }
  const values = (node.values as ValuesNode).values.map((row) => ({
    ...row,
    values: row.values.filter((_, place) => left[place]),
  }))
  return { ...node, columns, values: { ...node.values, values } as ValuesNode }
}
