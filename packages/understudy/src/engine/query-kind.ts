import type { OperationNode, RootOperationNode, SelectQueryNode } from "kysely"
import { UnderstudyError } from "../errors/understudy-error.ts"

/** What a statement does, as its tree tells. `raw`: text, of which nothing is known. */
export type QueryKind = "read" | "write" | "ddl" | "raw"

const WRITES: ReadonlySet<string> = new Set([
  "InsertQueryNode",
  "UpdateQueryNode",
  "DeleteQueryNode",
  "MergeQueryNode",
])

/** Classifies a statement by its tree. A select with a data-modifying CTE is a write; with a raw one, raw. */
export function queryKind(node: OperationNode): QueryKind {
  if (WRITES.has(node.kind)) return "write"
  if (node.kind === "RawNode") return "raw"
  if (node.kind !== "SelectQueryNode") return "ddl"
  const kinds =
    (node as SelectQueryNode).with?.expressions.map(({ expression }) => queryKind(expression)) ?? []
  if (kinds.includes("write")) return "write"
  return kinds.some((kind) => kind !== "read") ? "raw" : "read"
}

/** Texts, quoted names and comments, in which no keyword counts. */
export const QUOTED: RegExp = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g
/** The innermost brackets. */
const BRACKETS = /\([^()]*\)/g

/** Does raw text insert, update or delete rows? PostgreSQL counts the rows of these statements alone. */
export function countsRows(sql: string): boolean {
  if (!/^\s*with\b/i.test(sql)) return /^\s*(?:insert|update|delete|replace)\b/i.test(sql)
  let text = sql.replaceAll(QUOTED, "")
  while (text.search(BRACKETS) !== -1) text = text.replaceAll(BRACKETS, "")
  return /\b(?:insert|update|delete)\b/i.test(text)
}

const CONTROL =
  /(?:^|;)\s*(?:begin|start\s+transaction|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i

/**
 * Raw text that begins or ends a transaction would leave the connection in one that nobody knows of: what others write
 * there later would never be committed.
 *
 * @throws UnderstudyError `UNDERSTUDY_INVALID_ARGUMENT`
 */
export function refuseTransactionControl({ query, sql }: { query: OperationNode; sql: string }): void {
  if (query.kind !== "RawNode" || !CONTROL.test(sql.replaceAll(QUOTED, ""))) return
  const rule =
    "transactions are begun and ended by write() and kysely.transaction(), savepoints by savepoint()"
  throw new UnderstudyError("UNDERSTUDY_INVALID_ARGUMENT", { argument: "SQL text", rule })
}

/** What a query does, in words for a message. */
export function describeQuery(node: RootOperationNode): string {
  return node.kind.replace(/(Query)?Node$/, "").toLowerCase()
}
