import type { AggregateOptions, DatabaseSync, SQLOutputValue } from "node:sqlite"
import type {
  AggregateFunctionNode,
  AliasNode,
  AndNode,
  BinaryOperationNode,
  OperationNode,
  ReferenceNode,
  SelectionNode,
  SelectQueryNode,
  TableNode,
  ValueNode,
} from "kysely"
import { dataError } from "../data-error.ts"
import { operatorOf } from "./expression-type.ts"
import type { Schema } from "./schema.ts"
import { selectionsOf } from "./scope.ts"

/** The SQL function that gives the one row's value, and refuses a second row: SQLite would take the first. */
export const ONLY_ROW_FUNCTION = "understudy_only_row"

const MANY: ReadonlySet<string> = new Set(["in", "not in", "exists", "not exists"])
/** Under these a query stands for its rows, or for itself; under all else for one value. */
const ROWS: ReadonlySet<string> = new Set([
  "FromNode",
  "JoinNode",
  "UsingNode",
  "CommonTableExpressionNode",
  "SetOperationNode",
  "InsertQueryNode",
  "CreateTableNode",
  "CreateViewNode",
  "RawNode",
])

/** Does the query on top of this stack stand where one value is wanted? */
export function isScalar(stack: readonly OperationNode[]): boolean {
  let place = stack.length - 1
  const around = (): OperationNode | undefined => stack[place - 1]
  while (around()?.kind === "ParensNode" || around()?.kind === "AliasNode") place -= 1
  const parent = around()
  if (parent === undefined || ROWS.has(parent.kind)) return false
  const operator = (parent as Partial<BinaryOperationNode>).operator
  return operator === undefined || !MANY.has(operatorOf(operator))
}

function isAggregate({ selection }: SelectionNode): boolean {
  const node = selection.kind === "AliasNode" ? (selection as AliasNode).node : selection
  return node.kind === "AggregateFunctionNode" && (node as AggregateFunctionNode).over === undefined
}

/** Is this a value that is the same for each row of the table? */
function isFixed(node: OperationNode, table: string): boolean {
  if (node.kind === "ValueNode") return true
  const source = node.kind === "ReferenceNode" ? (node as ReferenceNode).table : undefined
  return source !== undefined && source.table.identifier.name !== table
}

/** The table's columns that a condition binds to one value each. */
function boundColumns(node: OperationNode, table: string): readonly string[] {
  if (node.kind === "AndNode") {
    const { left, right } = node as AndNode
    return [...boundColumns(left, table), ...boundColumns(right, table)]
  }
  if (node.kind !== "BinaryOperationNode") return []
  const { operator, leftOperand, rightOperand } = node as BinaryOperationNode
  if (operatorOf(operator) !== "=" || leftOperand.kind !== "ReferenceNode") return []
  const { table: source, column } = leftOperand as ReferenceNode
  const own = source === undefined || source.table.identifier.name === table
  return own && column.kind === "ColumnNode" && isFixed(rightOperand, table) ? [column.column.name] : []
}

/** Is it plain that the query has one row at most: an aggregate, a limit of 1, or a row found by its key? */
export function hasOneRow(query: SelectQueryNode, schema: Schema): boolean {
  if (query.setOperations !== undefined || query.groupBy !== undefined) return false
  const limit = query.limit?.limit as ValueNode | undefined
  if (limit?.kind === "ValueNode" && limit.immediate === true && limit.value === 1) return true
  if (selectionsOf(query).some(isAggregate)) return true
  const [table] = query.from?.froms ?? []
  if (table?.kind !== "TableNode" || query.joins !== undefined || query.where === undefined) return false
  const name = (table as TableNode).table.identifier.name
  const key = [...schema.columns(name).values()].filter(({ keyPosition }) => keyPosition > 0)
  const bound = boundColumns(query.where.where, name)
  return key.length > 0 && key.every((column) => bound.includes(column.name))
}

interface Rows {
  readonly first: SQLOutputValue
  readonly count: number
}

/** Registers the aggregate behind a subquery that stands for one value. */
export function registerOnlyRow(database: DatabaseSync): void {
  const options = {
    start: () => ({ first: null, count: 0 }),
    step: ({ first, count }: Rows, value: SQLOutputValue) => ({
      first: count === 0 ? value : first,
      count: count + 1,
    }),
    // node:sqlite loses what is thrown in a step.
    result: ({ first, count }: Rows) => {
      if (count > 1) throw dataError("21000", "row")
      return first
    },
    useBigIntArguments: true,
  }
  // It keeps any JavaScript value between the rows, though its types know only SQLite's own.
  database.aggregate(ONLY_ROW_FUNCTION, options as unknown as AggregateOptions)
}
