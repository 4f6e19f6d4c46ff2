import {
  OperationNodeTransformer,
  type OperationNode,
  type QueryId,
  type RawNode,
  type RootOperationNode,
} from "kysely"
import { onlyChild } from "./fragments.ts"
import { asRead } from "./precedence.ts"

/** Nodes whose text stands for itself wherever it stands: `a + b` in a fragment would lose its brackets. */
const WHOLE: ReadonlySet<string> = new Set([
  "AggregateFunctionNode",
  "CastNode",
  "ColumnNode",
  "FunctionNode",
  "ParensNode",
  "RawNode",
  "ReferenceNode",
  "ValueNode",
])

function bare(node: OperationNode): OperationNode {
  const child = node.kind === "RawNode" ? onlyChild(node as RawNode) : undefined
  return child !== undefined && WHOLE.has(child.kind) ? bare(child) : node
}

function isOperation({ kind }: OperationNode): boolean {
  return kind === "BinaryOperationNode" || kind === "UnaryOperationNode"
}

class Reader extends OperationNodeTransformer {
  protected override transformNodeImpl<T extends OperationNode>(node: T, queryId?: QueryId): T {
    const plain = bare(node)
    return super.transformNodeImpl((isOperation(plain) ? asRead(plain) : plain) as T, queryId)
  }
}

/**
 * The tree as PostgreSQL reads its text: operations grouped by its rules, and without fragments that add nothing to what
 * is in them, as `sql.ref` and `sql.val` make, which would hide its type.
 */
export function readTree(root: RootOperationNode): RootOperationNode {
  return new Reader().transformNode(root)
}
