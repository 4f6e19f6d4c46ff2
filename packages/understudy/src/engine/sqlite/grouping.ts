import type {
  AggregateFunctionNode,
  AliasNode,
  FunctionNode,
  OperationNode,
  ReferenceNode,
  SelectQueryNode,
  ValueNode,
} from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import { isQueryNode, selectionName, selectionsOf, starSource, type Scope } from "./scope.ts"

/** Aggregates that are also written as plain functions. */
const AGGREGATES: ReadonlySet<string> = new Set([
  "avg",
  "bool_and",
  "bool_or",
  "count",
  "every",
  "max",
  "min",
  "string_agg",
  "sum",
])

function isAggregate(node: OperationNode): boolean {
  if (node.kind === "AggregateFunctionNode") return (node as AggregateFunctionNode).over === undefined
  return node.kind === "FunctionNode" && AGGREGATES.has((node as FunctionNode).func.toLowerCase())
}

function childrenOf(node: OperationNode): readonly OperationNode[] {
  return Object.values(node)
    .flat()
    .filter((each): each is OperationNode => typeof (each as OperationNode | null)?.kind === "string")
}

/** Does an aggregate of the query itself stand in here? */
function holdsAggregate(node: OperationNode): boolean {
  return isAggregate(node) || (!isQueryNode(node) && childrenOf(node).some(holdsAggregate))
}

/** Where a column that is named stands: its source in this query; undefined: in a query around it, or unknown. */
function placeOf(node: OperationNode, scope: Scope): string | undefined {
  if (node.kind !== "ReferenceNode") return undefined
  const { table, column } = node as ReferenceNode
  if (column.kind !== "ColumnNode") return undefined
  const { name } = column.column
  const source = scope.ownSource(table?.table.identifier.name, name)
  return source === undefined ? undefined : JSON.stringify([source, name])
}

/** Do two expressions say the same? A parameter is never the same as another one. */
function isSame(left: unknown, right: unknown, scope: Scope): boolean {
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return left === right
  }
  const [first, second] = [left as OperationNode, right as OperationNode]
  if (first.kind === "ValueNode" && (first as ValueNode).immediate !== true) return false
  const place = placeOf(first, scope)
  if (place !== undefined) return place === placeOf(second, scope)
  const keys = Object.keys(first)
  return (
    keys.length === Object.keys(second).length &&
    keys.every((key) => isSame(Reflect.get(first, key), Reflect.get(second, key), scope))
  )
}

/** What the query groups by, each alias and each number replaced by the selection that it means. */
function groupedBy(query: SelectQueryNode, scope: Scope): readonly OperationNode[] {
  const selections = selectionsOf(query).map(({ selection }) => selection)
  const expressionOf = (node: OperationNode | undefined): OperationNode | undefined =>
    node?.kind === "AliasNode" ? (node as AliasNode).node : node
  return (query.groupBy?.items ?? []).map(({ groupBy }) => {
    if (groupBy.kind === "ValueNode") {
      return expressionOf(selections[Number((groupBy as ValueNode).value) - 1]) ?? groupBy
    }
    if (groupBy.kind !== "ReferenceNode" || placeOf(groupBy, scope) !== undefined) return groupBy
    const name = selectionName(groupBy)
    return expressionOf(selections.find((each) => selectionName(each) === name)) ?? groupBy
  })
}

/** Tells what a grouped query may not name: SQLite would give the value of any row of the group. */
class Grouping {
  readonly #scope: Scope
  readonly #items: readonly OperationNode[]
  readonly #places: ReadonlySet<string>

  constructor(query: SelectQueryNode, scope: Scope) {
    this.#scope = scope
    this.#items = groupedBy(query, scope)
    this.#places = new Set(this.#items.flatMap((item) => placeOf(item, scope) ?? []))
  }

  /** Throws 42803 where a column is neither grouped by nor aggregated, nor told by its table's key. */
  check(node: OperationNode): void {
    if (isAggregate(node) || isQueryNode(node) || starSource(node) !== undefined) return
    if (this.#items.some((item) => isSame(item, node, this.#scope))) return
    const place = placeOf(node, this.#scope)
    if (place === undefined) {
      for (const child of childrenOf(node)) this.check(child)
      return
    }
    if (this.#isToldByKey(place)) return
    const [source, column] = JSON.parse(place) as [string, string]
    throw new DatabaseError({
      code: "42803",
      message: `column "${source}.${column}" must appear in the GROUP BY clause or be used in an aggregate function`,
    })
  }

  #isToldByKey(place: string): boolean {
    const [source] = JSON.parse(place) as [string]
    const key = this.#scope.keyOf(source)
    return key.length > 0 && key.every((column) => this.#places.has(JSON.stringify([source, column])))
  }
}

/** Throws 42803 where a query that groups, or sums up, names a column that has no one value in a group. */
export function assertGrouped(query: SelectQueryNode, scope: Scope): void {
  const selections = selectionsOf(query).map(({ selection }) => selection)
  const having = query.having?.having
  const groups = query.groupBy !== undefined || having !== undefined || selections.some(holdsAggregate)
  // A fragment may be anything, the expression of a selection as well.
  if (!groups || query.groupBy?.items.some(({ groupBy }) => groupBy.kind === "RawNode") === true) return
  const grouping = new Grouping(query, scope)
  for (const selection of selections) grouping.check(selection)
  if (having !== undefined) grouping.check(having)
}
