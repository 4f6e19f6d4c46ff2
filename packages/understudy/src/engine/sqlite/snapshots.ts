import {
  AliasNode,
  FromNode,
  IdentifierNode,
  RawNode,
  type OperationNode,
  type UpdateQueryNode,
} from "kysely"

/** Does a tree hold a node like this? */
function holds(value: unknown, wanted: (node: OperationNode) => boolean): boolean {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return false
  if ("kind" in value && wanted(value as OperationNode)) return true
  return Object.values(value).some((each) => holds(each, wanted))
}

function tableName(node: OperationNode): string | undefined {
  const table = (node as { table?: { identifier?: { name?: string } } }).table
  return node.kind === "TableNode" ? table?.identifier?.name : undefined
}

/** Does a subquery in this tree read the table? */
export function readsTable(tree: unknown, table: string): boolean {
  return holds(
    tree,
    (node) =>
      node.kind === "SelectQueryNode" &&
      holds(
        [(node as { from?: unknown }).from, (node as { joins?: unknown }).joins],
        (each) => tableName(each) === table,
      ),
  )
}

/** One row that says nothing. With any FROM, SQLite computes all new values before it changes the first row. */
const ONE_ROW = FromNode.create([
  AliasNode.create(RawNode.createWithSql("(select 1)"), IdentifierNode.create("understudy_snapshot")),
])

/**
 * An update whose subqueries see the rows as they were before it, as PostgreSQL has it. SQLite by itself changes row
 * after row, and a subquery sees those that were changed before.
 */
export function withSnapshot(node: UpdateQueryNode): UpdateQueryNode {
  const asks = node.from === undefined && holds(node.updates, (each) => each.kind === "SelectQueryNode")
  return asks ? { ...node, from: ONE_ROW } : node
}
