import type {
  AggregateFunctionNode,
  AliasNode,
  AndNode,
  BinaryOperationNode,
  CaseNode,
  CastNode,
  ColumnNode,
  DataTypeNode,
  FunctionNode,
  JSONReferenceNode,
  OperationNode,
  OperatorNode,
  ParensNode,
  RawNode,
  ReferenceNode,
  SelectionNode,
  UnaryOperationNode,
  ValueNode,
} from "kysely"
import { parseLogicalType, type LogicalType } from "../logical-type.ts"
import { isArithmetic } from "./arithmetic.ts"
import { arithmeticType, commonType, isInteger } from "./common-type.ts"
import { dateArithmetic, dateArithmeticType } from "./date-arithmetic.ts"
import { clockOf, extractCall, onlyChild } from "./fragments.ts"
import { anyOf, functionType, valueArguments } from "./function-type.ts"
import { jsonRowsOf } from "./json-rows.ts"
import type { Schema } from "./schema.ts"
import { resultColumns, Scope, unwrapped, type QueryNode, type ScopeTypes } from "./scope.ts"

const BOOLEAN: LogicalType = { name: "boolean" }
const TEXT: LogicalType = { name: "text" }
/** Told apart from other texts, since it gives way to the type of another arm of a union. */
const TEXT_OF_PARAMETER: LogicalType = { name: "text" }

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
  "between symmetric",
  "is distinct from",
  "is not distinct from",
])

/** Does this operator give a boolean? */
export function isComparison(operator: string): boolean {
  return COMPARISONS.has(operator)
}

/** The text of an operator's node; empty where it is a fragment. */
export function operatorOf(node: OperationNode): string {
  return node.kind === "OperatorNode" ? (node as OperatorNode).operator : ""
}

/** What an operator takes on its right; of a BETWEEN the lower end. */
export function rightOf(node: BinaryOperationNode): OperationNode {
  const { rightOperand } = node
  const between = operatorOf(node.operator).startsWith("between") && rightOperand.kind === "AndNode"
  return between ? (rightOperand as AndNode).left : rightOperand
}

/** Is this a parameter, or a literal of which PostgreSQL, too, does not know the type? */
export function isUnknownValue(node: OperationNode): boolean {
  if (node.kind !== "ValueNode") return false
  const { immediate, value } = node as ValueNode
  return immediate !== true || value === null || typeof value === "string"
}

/** Tells the types of a statement's expressions, as far as its tree and the schema tell them. */
export class ExpressionTypes implements ScopeTypes {
  readonly schema: Schema
  readonly #scopes = new WeakMap<OperationNode, Scope>()
  /** The result columns whose type is being asked for: a recursive query asks for its own. */
  readonly #asked = new Map<QueryNode, Set<number>>()

  constructor(schema: Schema) {
    this.schema = schema
  }

  scopeOf(query: QueryNode, outer: Scope | undefined): Scope {
    const known = this.#scopes.get(query)
    if (known !== undefined) return known
    const scope = new Scope(this, query, outer)
    this.#scopes.set(query, scope)
    return scope
  }

  resultType(query: QueryNode, place: number, outer: Scope | undefined): LogicalType | undefined {
    const asked = this.#asked.get(query) ?? new Set()
    if (asked.has(place)) return undefined
    this.#asked.set(query, asked.add(place))
    try {
      const scope = this.scopeOf(query, outer)
      const column = resultColumns(query, scope)?.[place]
      const own = column?.expression === undefined ? column?.type : this.of(column.expression, scope)
      const arms = query.kind === "SelectQueryNode" ? (query.setOperations ?? []) : []
      const others = arms.map(({ expression }) => {
        const arm = unwrapped(expression)
        return isSelect(arm) ? this.resultType(arm, place, scope) : undefined
      })
      const common = commonType([own, ...others.filter((type) => type !== TEXT_OF_PARAMETER)], "UNION")
      const { expression } = column ?? {}
      // A parameter that nothing gives a type is a text to PostgreSQL.
      return common ?? (expression !== undefined && isParameter(expression) ? TEXT_OF_PARAMETER : undefined)
    } finally {
      asked.delete(place)
    }
  }

  /** The type of an expression that stands in a scope; undefined where nothing tells it. */
  of(node: OperationNode, scope: Scope | undefined): LogicalType | undefined {
    switch (node.kind) {
      case "ColumnNode":
        return scope?.find(undefined, (node as ColumnNode).column.name)?.type
      case "ReferenceNode": {
        const { table, column } = node as ReferenceNode
        return column.kind === "ColumnNode"
          ? scope?.find(table?.table.identifier.name, column.column.name)?.type
          : undefined
      }
      case "AliasNode":
      case "ParensNode":
        return this.of((node as ParensNode).node, scope)
      case "SelectionNode":
        return this.of((node as SelectionNode).selection, scope)
      case "CastNode":
        return castType(node as CastNode)
      case "AndNode":
      case "OrNode":
        return BOOLEAN
      case "UnaryOperationNode":
        return this.#unary(node as UnaryOperationNode, scope)
      case "BinaryOperationNode":
        return this.#binary(node as BinaryOperationNode, scope)
      case "AggregateFunctionNode":
        return this.#call(
          (node as AggregateFunctionNode).func,
          (node as AggregateFunctionNode).aggregated,
          scope,
        )
      case "FunctionNode":
        return this.#call((node as FunctionNode).func, (node as FunctionNode).arguments, scope)
      case "CaseNode":
        return this.#case(node as CaseNode, scope)
      case "SelectQueryNode":
        return this.resultType(node as QueryNode, 0, scope)
      case "JSONReferenceNode":
        return this.#json(node as JSONReferenceNode, scope)
      case "ValueNode":
        return literalType(node as ValueNode)
      case "RawNode":
        return this.#raw(node as RawNode, scope)
      default:
        return undefined
    }
  }

  #unary(node: UnaryOperationNode, scope: Scope | undefined): LogicalType | undefined {
    if (operatorOf(node.operator) !== "-") return BOOLEAN
    const type = this.of(node.operand, scope)
    return type?.name === "numeric" ? { name: "numeric" } : type
  }

  #binary(node: BinaryOperationNode, scope: Scope | undefined): LogicalType | undefined {
    const operator = operatorOf(node.operator)
    if (isComparison(operator)) return BOOLEAN
    const [left, right] = [this.of(node.leftOperand, scope), this.of(node.rightOperand, scope)]
    if (isArithmetic(operator)) {
      const name = arithmeticType(left, right)
      if (name !== undefined) return { name }
      const dates = dateArithmetic(
        operator,
        { type: left, unknown: isUnknownValue(node.leftOperand) },
        { type: right, unknown: isUnknownValue(node.rightOperand) },
      )
      return dates === undefined ? undefined : dateArithmeticType(dates)
    }
    if (operator === "&" || operator === "|") return left !== undefined && isInteger(left) ? left : right
    if (operator === "->") return left
    return operator === "||" || operator === "->>" ? TEXT : undefined
  }

  #call(name: string, args: readonly OperationNode[], scope: Scope | undefined): LogicalType | undefined {
    const lower = name.toLowerCase()
    const type = functionType(
      lower,
      args.map((arg) => this.of(arg, scope)),
    )
    const taken = lower === "nullif" ? args : valueArguments(lower, args.length).map((index) => args[index])
    return type ?? (taken.length > 1 ? textOf(taken) : undefined)
  }

  #raw(node: RawNode, scope: Scope | undefined): LogicalType | undefined {
    const call = extractCall(node)
    if (call !== undefined) return this.of(call, scope)
    const literal = numberIn(node)
    if (literal !== undefined) return literalType(literal)
    // `sql.ref` is a fragment around a reference.
    const only = onlyChild(node)
    return only === undefined ? rawType(node) : this.of(only, scope)
  }

  #case(node: CaseNode, scope: Scope | undefined): LogicalType | undefined {
    const results = caseResults(node)
    const type = anyOf(
      results.map((result) => this.of(result, scope)),
      "CASE",
    )
    return type ?? textOf(results)
  }

  #json({ reference, traversal }: JSONReferenceNode, scope: Scope | undefined): LogicalType | undefined {
    const type = this.of(reference, scope)
    const operator =
      traversal.kind === "JSONOperatorChainNode"
        ? traversal.operator.operator
        : traversal.inOperator?.operator
    return operator === "->>" ? TEXT : type
  }
}

/** Where all are parameters and literals without a type, PostgreSQL takes them for text. */
function textOf(nodes: readonly (OperationNode | undefined)[]): LogicalType | undefined {
  return nodes.every((node) => node === undefined || isUnknownValue(node)) ? TEXT : undefined
}

function isParameter(node: OperationNode): boolean {
  if (node.kind === "AliasNode") return isParameter((node as AliasNode).node)
  return node.kind === "ValueNode" && (node as ValueNode).immediate !== true
}

function isSelect(node: OperationNode): node is QueryNode {
  return node.kind === "SelectQueryNode"
}

/** The expressions of which a CASE gives one. */
export function caseResults(node: CaseNode): readonly OperationNode[] {
  const results = node.when?.flatMap((when) => when.result ?? []) ?? []
  return node.else === undefined ? results : [...results, node.else]
}

/** The type to which a cast leads; undefined: no portable one. */
export function castType(node: CastNode): LogicalType | undefined {
  const { dataType } = node
  if (dataType.kind === "DataTypeNode") return parseLogicalType((dataType as DataTypeNode).dataType)
  return dataType.kind === "RawNode"
    ? parseLogicalType((dataType as RawNode).sqlFragments.join(""))
    : undefined
}

/** Only of a literal: a parameter's value is not part of the text under which the statement is kept. */
function literalType({ immediate, value }: ValueNode): LogicalType | undefined {
  if (immediate !== true) return undefined
  if (typeof value === "boolean") return BOOLEAN
  if (typeof value === "bigint") return { name: "int8" }
  if (typeof value !== "number") return undefined
  if (!Number.isInteger(value)) return { name: "numeric" }
  return { name: Math.abs(value) < 2 ** 31 ? "int4" : "int8" }
}

/** The number that `sql.lit` wrote, as a fragment. Texts have no type in PostgreSQL either. */
export function numberIn({ sqlFragments, parameters }: RawNode): ValueNode | undefined {
  const [value] = parameters
  if (value?.kind !== "ValueNode" || parameters.length > 1 || sqlFragments.join("").trim() !== "")
    return undefined
  const literal = value as ValueNode
  return literal.immediate === true && typeof literal.value === "number" ? literal : undefined
}

function rawType(node: RawNode): LogicalType | undefined {
  if (jsonRowsOf(node) !== undefined) return { name: "json" }
  const clock = clockOf(node.sqlFragments.join(""))
  return clock === undefined ? undefined : { name: clock.type }
}
