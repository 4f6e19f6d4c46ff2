import type { RootOperationNode, SelectionNode } from "kysely"
import type { LogicalType } from "../logical-type.ts"
import type { ExpressionTypes } from "./expression-type.ts"

function selectionsOf(root: RootOperationNode): readonly SelectionNode[] {
  if (root.kind === "SelectQueryNode") return root.selections ?? []
  if (root.kind === "InsertQueryNode" || root.kind === "UpdateQueryNode" || root.kind === "DeleteQueryNode") {
    return root.returning?.selections ?? []
  }
  return []
}

function isStar({ selection }: SelectionNode): boolean {
  if (selection.kind === "SelectAllNode") return true
  return selection.kind === "ReferenceNode" && "column" in selection && isSelectAll(selection.column)
}

function isSelectAll(column: unknown): boolean {
  return (column as { kind?: unknown }).kind === "SelectAllNode"
}

/**
 * The types of a statement's result columns, as its tree tells them: for expressions, of which SQLite tells none.
 * A `*` is of unknown width: what stands before it counts from the left, what stands behind it from the right.
 */
export function resultTypes(
  root: RootOperationNode,
  width: number,
  types: ExpressionTypes,
): readonly (LogicalType | undefined)[] {
  const selections = selectionsOf(root)
  const result = Array.from<LogicalType | undefined>({ length: width })
  const firstStar = selections.findIndex(isStar)
  const lastStar = selections.findLastIndex(isStar)
  selections.forEach((selection, index) => {
    if (firstStar === -1 || index < firstStar) result[index] = types.of(selection)
    else if (index > lastStar) result[width - (selections.length - index)] = types.of(selection)
  })
  return result
}
