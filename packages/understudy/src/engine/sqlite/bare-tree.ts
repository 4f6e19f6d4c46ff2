import {
  OperationNodeTransformer,
  type OperationNode,
  type QueryId,
  type RawNode,
  type RootOperationNode,
} from "kysely"
import { onlyChild } from "./fragments.ts"

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

class Barer extends OperationNodeTransformer {
  protected override transformNodeImpl<T extends OperationNode>(node: T, queryId?: QueryId): T {
    return super.transformNodeImpl(bare(node) as T, queryId)
  }
}

/** The tree without fragments that add nothing to what is in them, as `sql.ref` and `sql.val` make: they would hide its type. */
export function bareTree(root: RootOperationNode): RootOperationNode {
  return new Barer().transformNode(root)
}
