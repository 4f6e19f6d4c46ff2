import type { RootOperationNode } from "kysely"
import type { LogicalType } from "../logical-type.ts"
import type { ExpressionTypes } from "./expression-type.ts"
import { isQueryNode, resultColumns, selectionsOf, starSource } from "./scope.ts"

/**
 * The types of a statement's result columns, as its tree tells them: for expressions, of which SQLite tells none.
 * A `*` of unknown width: what stands before it counts from the left, what stands behind it from the right.
 */
export function resultTypes(
  root: RootOperationNode,
  width: number,
  types: ExpressionTypes,
): readonly (LogicalType | undefined)[] {
  const result = Array.from<LogicalType | undefined>({ length: width })
  if (!isQueryNode(root)) return result
  const scope = types.scopeOf(root, undefined)
  const columns = resultColumns(root, scope)
  if (columns?.length === width) return columns.map((_, place) => types.resultType(root, place, undefined))
  const selections = selectionsOf(root).map(({ selection }) => selection)
  const firstStar = selections.findIndex((each) => starSource(each) !== undefined)
  const lastStar = selections.findLastIndex((each) => starSource(each) !== undefined)
  selections.forEach((selection, index) => {
    if (firstStar === -1 || index < firstStar) result[index] = types.of(selection, scope)
    else if (index > lastStar) result[width - (selections.length - index)] = types.of(selection, scope)
  })
  return result
}
