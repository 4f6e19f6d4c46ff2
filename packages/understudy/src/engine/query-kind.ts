import type { OperationNode, RootOperationNode } from "kysely"

/** What a statement does, as its tree tells. `raw`: text, of which nothing is known. */
export type QueryKind = "read" | "write" | "ddl" | "raw"

const WRITES: ReadonlySet<string> = new Set([
  "InsertQueryNode",
  "UpdateQueryNode",
  "DeleteQueryNode",
  "MergeQueryNode",
])

/** Classifies a statement by its tree. A select with a data-modifying CTE is a write. */
export function queryKind(node: RootOperationNode): QueryKind {
  if (node.kind === "RawNode") return "raw"
  if (WRITES.has(node.kind)) return "write"
  if (node.kind !== "SelectQueryNode") return "ddl"
  const withs = node.with?.expressions ?? []
  return withs.some((cte) => WRITES.has((cte.expression as OperationNode).kind)) ? "write" : "read"
}

/** What a query does, in words for a message. */
export function describeQuery(node: RootOperationNode): string {
  return node.kind.replace(/(Query)?Node$/, "").toLowerCase()
}
