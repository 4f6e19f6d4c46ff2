import type {
  AggregateFunctionNode,
  AliasNode,
  BinaryOperationNode,
  CaseNode,
  CastNode,
  ColumnNode,
  CommonTableExpressionNode,
  DataTypeNode,
  FunctionNode,
  IdentifierNode,
  OperationNode,
  OperatorNode,
  ParensNode,
  ReferenceNode,
  SelectionNode,
  SelectQueryNode,
  TableNode,
  UnaryOperationNode,
  ValueNode,
} from "kysely"
import { parseLogicalType, type LogicalType, type TypeName } from "../logical-type.ts"
import type { Schema } from "./schema.ts"

const BOOLEAN: LogicalType = { name: "boolean" }

const COMPARISONS: ReadonlySet<string> = new Set([
  "=",
  "==",
  "!=",
  "<>",
  "<",
  "<=",
  ">",
  ">=",
  "in",
  "not in",
  "is",
  "is not",
  "like",
  "not like",
  "ilike",
  "not ilike",
  "between",
  "is distinct from",
  "is not distinct from",
])

/** What PostgreSQL gives back of a function, where its name alone tells. */
const FUNCTIONS: Readonly<Record<string, TypeName>> = {
  count: "int8",
  row_number: "int8",
  rank: "int8",
  dense_rank: "int8",
  lower: "text",
  upper: "text",
  trim: "text",
  ltrim: "text",
  rtrim: "text",
  substr: "text",
  substring: "text",
  replace: "text",
  concat: "text",
  length: "int4",
  now: "timestamptz",
  bool_and: "boolean",
  bool_or: "boolean",
}

/** Functions whose value has the type of their first argument that has one. */
const SAME_AS_ARGUMENT: ReadonlySet<string> = new Set([
  "min",
  "max",
  "coalesce",
  "nullif",
  "abs",
  "lag",
  "lead",
  "first_value",
  "last_value",
  "nth_value",
])

/** What a sum of this type is in PostgreSQL. */
const SUMS: Partial<Record<TypeName, TypeName>> = {
  int2: "int8",
  int4: "int8",
  int8: "numeric",
  float4: "float4",
  float8: "float8",
  numeric: "numeric",
}

function isNode(value: unknown): value is OperationNode {
  return typeof value === "object" && value !== null && typeof (value as { kind?: unknown }).kind === "string"
}

/** So deep are derived tables followed; a name that stands for itself would never end. */
const DEEPEST = 8

/** Tells the types of a statement's expressions, as far as its tree and the schema tell them. */
export class ExpressionTypes {
  readonly #schema: Schema
  /** What a name stands for in this statement: a table, or a query whose selections are its columns. */
  readonly #sources = new Map<string, TableNode | SelectQueryNode>()
  /** Of the query around this one, whose names are seen from inside. */
  readonly #outer: ExpressionTypes | undefined
  readonly #depth: number

  constructor(schema: Schema, root: OperationNode, outer?: ExpressionTypes) {
    this.#schema = schema
    this.#outer = outer
    this.#depth = outer === undefined ? 0 : outer.#depth + 1
    this.#collect(root)
  }

  #collect(node: OperationNode): void {
    if (node.kind === "PrimitiveValueListNode" || node.kind === "ValueNode") return
    if (node.kind === "TableNode") {
      const name = (node as TableNode).table.identifier.name
      if (!this.#sources.has(name)) this.#sources.set(name, node as TableNode)
    }
    if (node.kind === "AliasNode") this.#name((node as AliasNode).alias, (node as AliasNode).node)
    if (node.kind === "CommonTableExpressionNode") {
      const { name, expression } = node as CommonTableExpressionNode
      this.#name(name.table.table.identifier, expression as OperationNode)
    }
    for (const value of Object.values(node)) {
      if (isNode(value)) this.#collect(value)
      else if (Array.isArray(value)) for (const each of value) if (isNode(each)) this.#collect(each)
    }
  }

  #name(alias: OperationNode, source: OperationNode): void {
    if (alias.kind !== "IdentifierNode") return
    if (source.kind === "TableNode" || source.kind === "SelectQueryNode") {
      this.#sources.set((alias as IdentifierNode).name, source as TableNode | SelectQueryNode)
    }
  }

  /** The type of a column of a named table or alias; without a name, of whichever source has such a column. */
  column(source: string | undefined, column: string): LogicalType | undefined {
    const sources = source === undefined ? [...this.#sources.values()] : [this.#sources.get(source)]
    for (const each of sources) {
      const type = each === undefined ? undefined : this.#columnOf(each, column)
      if (type !== undefined) return type
    }
    return source === undefined ? undefined : this.#outer?.column(source, column)
  }

  #columnOf(source: TableNode | SelectQueryNode, column: string): LogicalType | undefined {
    if (source.kind === "TableNode")
      return this.#schema.columns(source.table.identifier.name).get(column)?.type
    const selection = source.selections?.find((each) => selectionName(each) === column)
    if (selection === undefined || this.#depth === DEEPEST) return undefined
    return new ExpressionTypes(this.#schema, source, this).of(selection.selection)
  }

  /** The type of an expression; undefined where nothing tells it. */
  of(node: OperationNode): LogicalType | undefined {
    switch (node.kind) {
      case "ColumnNode":
        return this.column(undefined, (node as ColumnNode).column.name)
      case "ReferenceNode": {
        const { table, column } = node as ReferenceNode
        return column.kind === "ColumnNode"
          ? this.column(table?.table.identifier.name, column.column.name)
          : undefined
      }
      case "AliasNode":
      case "ParensNode":
        return this.of((node as ParensNode).node)
      case "SelectionNode":
        return this.of((node as SelectionNode).selection)
      case "CastNode":
        return castType(node as CastNode)
      case "AndNode":
      case "OrNode":
        return BOOLEAN
      case "UnaryOperationNode":
        return this.#unary(node as UnaryOperationNode)
      case "BinaryOperationNode":
        return binary(node as BinaryOperationNode)
      case "AggregateFunctionNode":
        return this.#call((node as AggregateFunctionNode).func, (node as AggregateFunctionNode).aggregated)
      case "FunctionNode":
        return this.#call((node as FunctionNode).func, (node as FunctionNode).arguments)
      case "CaseNode":
        return this.#first((node as CaseNode).when?.flatMap((when) => when.result ?? []) ?? [])
      case "SelectQueryNode":
        return this.#first((node as SelectQueryNode).selections ?? [])
      case "ValueNode":
        // Only of a literal: a parameter's value is not part of the text under which the statement is kept.
        return (node as ValueNode).immediate === true && typeof (node as ValueNode).value === "boolean"
          ? BOOLEAN
          : undefined
      default:
        return undefined
    }
  }

  #first(nodes: readonly OperationNode[]): LogicalType | undefined {
    for (const node of nodes) {
      const type = this.of(node)
      if (type !== undefined) return type
    }
    return undefined
  }

  #unary(node: UnaryOperationNode): LogicalType | undefined {
    const operator = node.operator.kind === "OperatorNode" ? (node.operator as OperatorNode).operator : ""
    return operator === "-" ? this.of(node.operand) : BOOLEAN
  }

  #call(name: string, args: readonly OperationNode[]): LogicalType | undefined {
    const known = FUNCTIONS[name.toLowerCase()]
    if (known !== undefined) return { name: known }
    const type = this.#first(args)
    if (name.toLowerCase() === "sum") {
      const sum = type === undefined ? undefined : SUMS[type.name]
      return sum === undefined
        ? undefined
        : sum === "numeric" && type?.name === "numeric"
          ? type
          : { name: sum }
    }
    return SAME_AS_ARGUMENT.has(name.toLowerCase()) ? type : undefined
  }
}

function castType(node: CastNode): LogicalType | undefined {
  return node.dataType.kind === "DataTypeNode"
    ? parseLogicalType((node.dataType as DataTypeNode).dataType)
    : undefined
}

function binary(node: BinaryOperationNode): LogicalType | undefined {
  const operator = node.operator.kind === "OperatorNode" ? (node.operator as OperatorNode).operator : ""
  if (COMPARISONS.has(operator)) return BOOLEAN
  return operator === "||" || operator === "->>" ? { name: "text" } : undefined
}

/** The name under which a selection comes out. */
function selectionName(node: SelectionNode): string | undefined {
  const { selection } = node
  if (selection.kind === "AliasNode") {
    const { alias } = selection as AliasNode
    return alias.kind === "IdentifierNode" ? (alias as IdentifierNode).name : undefined
  }
  if (selection.kind !== "ReferenceNode") return undefined
  const { column } = selection as ReferenceNode
  return column.kind === "ColumnNode" ? column.column.name : undefined
}
