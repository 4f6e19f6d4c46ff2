import type {
  AliasNode,
  AndNode,
  BinaryOperationNode,
  CaseNode,
  CastNode,
  ColumnUpdateNode,
  FetchNode,
  FunctionNode,
  InsertQueryNode,
  LimitNode,
  OffsetNode,
  OnConflictNode,
  OperationNode,
  ParensNode,
  PrimitiveValueListNode,
  RootOperationNode,
  SelectionNode,
  SelectQueryNode,
  UpdateQueryNode,
  ValueListNode,
  ValueNode,
} from "kysely"
import type { LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import type { Target } from "./bind.ts"
import { commonType } from "./common-type.ts"
import {
  caseResults,
  castType,
  isUnknownValue,
  operatorOf,
  rightOf,
  type ExpressionTypes,
} from "./expression-type.ts"
import { isArithmetic } from "./arithmetic.ts"
import { argumentTypes } from "./function-signatures.ts"
import { valueArguments } from "./function-type.ts"
import { assertInsertable, assertUpdatable, changedTable, withoutGenerated } from "./generated-columns.ts"
import { JsonCompiler } from "./json-compiler.ts"
import { isQueryNode, resultColumns } from "./scope.ts"
import type { Schema } from "./schema.ts"
import { readsTable } from "./snapshots.ts"
import { guardConflict, guardedTable } from "./upsert-guard.ts"

/** What a tree comes to on SQLite when the types are known. */
export interface TypedQuery {
  readonly sql: string
  /** What each parameter is for, in the order of the placeholders; undefined where nothing tells. */
  readonly targets: readonly (Target | undefined)[]
  /** The table of an upsert that has to be kept from changing a row twice. */
  readonly guarded: string | undefined
}

/**
 * Compiles a tree once more, with its types, and learns what each parameter is for.
 * Run once a statement: its outcome is kept with the prepared statement.
 */
export class ParameterTargets extends JsonCompiler {
  readonly #insertColumns: (LogicalType | undefined)[] = []
  readonly #targets: (Target | undefined)[] = []
  readonly #assigned = new Map<OperationNode, Target>()
  #current: Target | undefined
  #guarded: string | undefined

  protected constructor(schema: Schema, types: ExpressionTypes) {
    super(schema, types)
  }

  /** The statement with its types, and the targets of its parameters. */
  static compile(root: RootOperationNode, schema: Schema, types: ExpressionTypes): TypedQuery {
    const visitor = new ParameterTargets(schema, types)
    visitor.visitNode(root)
    return { sql: visitor.getSql(), targets: visitor.#targets, guarded: visitor.#guarded }
  }

  protected override appendValue(parameter: unknown): void {
    this.#targets.push(this.#current)
    super.appendValue(parameter)
  }

  protected override visitValue(node: ValueNode): void {
    this.#current = this.#assigned.get(node)
    super.visitValue(node)
    this.#current = undefined
  }

  protected override visitPrimitiveValueList(node: PrimitiveValueListNode): void {
    const assigned = this.#assigned.get(node)
    const inRow = this.parentNode?.kind === "ValuesNode"
    this.append("(")
    for (const [index, value] of node.values.entries()) {
      if (index > 0) this.append(", ")
      this.#current = inRow ? stored(this.#insertColumns[index]) : assigned
      this.appendValue(value)
    }
    this.append(")")
    this.#current = undefined
  }

  protected override visitValueList(node: ValueListNode): void {
    if (this.parentNode?.kind === "ValuesNode") {
      node.values.forEach((value, index) => this.#assign(value, stored(this.#insertColumns[index])))
    }
    super.visitValueList(node)
  }

  protected override visitInsertQuery(node: InsertQueryNode): void {
    const columns = this.schema.columns(changedTable(node) ?? "")
    assertInsertable(node, columns)
    this.#insertColumns.splice(0)
    const plain = withoutGenerated(node, this.schema)
    for (const { column } of plain.columns ?? []) this.#insertColumns.push(columns.get(column.name)?.type)
    this.#guarded = guardedTable(node)
    super.visitInsertQuery(plain)
  }

  protected override visitUpdateQuery(node: UpdateQueryNode): void {
    this.#assertUpdatable(node, node)
    super.visitUpdateQuery(node)
  }

  protected override visitOnConflict(node: OnConflictNode): void {
    this.#assertUpdatable(node, this.parentNode)
    if (this.#guarded !== undefined && readsTable(node, this.#guarded)) {
      throw notPortable("An upsert that reads its own table", "Read it before, in a statement of its own.")
    }
    super.visitOnConflict(this.#guarded === undefined ? node : guardConflict(node, this.#guarded))
  }

  #assertUpdatable({ updates }: UpdateQueryNode | OnConflictNode, query: OperationNode | undefined): void {
    const table = query === undefined ? undefined : changedTable(query)
    if (updates !== undefined && table !== undefined) assertUpdatable(updates, this.schema.columns(table))
  }

  protected override insertColumnType(index: number): LogicalType | undefined {
    return this.#insertColumns[index]
  }

  /** A parameter that is given back is a text, one that is selected into a table is of the column's type. */
  protected override visitSelection(node: SelectionNode): void {
    const query = this.nodeStack.findLast(isQueryNode)
    const scope = this.scope
    if (query === undefined || scope === undefined) return super.visitSelection(node)
    const inserted = this.nodeStack.at(-3)?.kind === "InsertQueryNode" && query.kind === "SelectQueryNode"
    const selected = unaliased(node.selection)
    if (!inserted && !isUnknownValue(selected)) return super.visitSelection(node)
    const place = resultColumns(query, scope)?.findIndex((each) => each.expression === node.selection) ?? -1
    const type = inserted ? this.#insertColumns[place] : this.types.resultType(query, place, scope.outer)
    this.#assign(selected, stored(type))
    if (!inserted || type === undefined) return super.visitSelection(node)
    this.visitAssigned(selected, type)
    if (node.selection.kind !== "AliasNode") return
    this.append(" as ")
    this.visitNode((node.selection as AliasNode).alias)
  }

  protected override visitColumnUpdate(node: ColumnUpdateNode): void {
    const type = this.typeOf(node.column)
    this.#assign(node.value, stored(type))
    this.visitNode(node.column)
    this.append(" = ")
    this.visitAssigned(node.value, type)
  }

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand, rightOperand } = node
    const operator = operatorOf(node.operator)
    const [left, right] = [this.typeOf(leftOperand), this.typeOf(rightOf(node))]
    const exact = isArithmetic(operator) || this.comparesByKey(node, left, right)
    const target = exact ? computed : this.#comparedWith.bind(this)
    // A value beside || is a text, whatever the other one is; and so are two values of which neither has a type.
    const asText = operator === "||" || (isUnknownValue(leftOperand) && isUnknownValue(rightOperand))
    if (operator.endsWith("like")) this.#assign(rightOperand, { type: { name: "text" }, use: "pattern" })
    else this.#assign(rightOperand, asText ? stored({ name: "text" }) : target(left, leftOperand))
    this.#assign(leftOperand, asText ? stored({ name: "text" }) : target(right, rightOf(node)))
    super.visitBinaryOperation(node)
  }

  #comparedWith(type: LogicalType | undefined, node: OperationNode): Target | undefined {
    // What is computed is compared as a float.
    return compared(this.isComputedNumeric(node, type) ? { name: "numeric", size: 15, scale: 0 } : type)
  }

  /** One of several values, of which one is taken: parameters are of the type of the others. */
  #assignCommon(nodes: readonly OperationNode[], type: LogicalType | undefined): void {
    for (const node of nodes) if (isUnknownValue(node)) this.#assign(node, computed(type))
  }

  protected override visitCase(node: CaseNode): void {
    this.#assignCommon(caseResults(node), this.typeOf(node))
    if (node.value !== undefined) {
      const type = this.typeOf(node.value)
      for (const when of node.when ?? []) this.#assign(when.condition, compared(type))
    }
    super.visitCase(node)
  }

  protected override visitFunction(node: FunctionNode): void {
    const name = node.func.toLowerCase()
    const [first, second] = node.arguments
    if (name === "nullif" && first !== undefined && second !== undefined) {
      this.#assignCommon([first], this.typeOf(second))
      this.#assignCommon([second], this.typeOf(first))
      return super.visitFunction(node)
    }
    argumentTypes(name, node.arguments.length).forEach((type, index) => {
      const argument = node.arguments[index]
      if (argument !== undefined && isUnknownValue(argument)) this.#assign(argument, stored(type))
    })
    const taken = valueArguments(name, node.arguments.length).flatMap((index) => node.arguments[index] ?? [])
    const types = taken.map((arg) => this.typeOf(arg))
    this.#assignCommon(taken, commonType(types, node.func))
    super.visitFunction(node)
  }

  protected override visitLimit(node: LimitNode): void {
    this.#assign(node.limit, { type: { name: "int8" }, use: "limit" })
    super.visitLimit(node)
  }

  protected override visitOffset(node: OffsetNode): void {
    this.#assign(node.offset, { type: { name: "int8" }, use: "offset" })
    super.visitOffset(node)
  }

  /** Two words for one thing: SQLite's text is the same. */
  protected override visitFetch(node: FetchNode): void {
    const { offset } = this.parentNode as SelectQueryNode
    this.#assign(node.rowCount, { type: { name: "int8" }, use: "limit" })
    if (offset !== undefined) this.#assign(offset.offset, { type: { name: "int8" }, use: "offset" })
    super.visitFetch(node)
  }

  protected override visitCast(node: CastNode): void {
    const type = castType(node)
    this.#assign(node.expression, type?.name === "varchar" ? stored({ name: "text" }) : computed(type))
    super.visitCast(node)
  }

  #assign(node: OperationNode, target: Target | undefined): void {
    if (target === undefined) return
    if (node.kind === "ValueNode" || node.kind === "PrimitiveValueListNode") this.#assigned.set(node, target)
    if (node.kind === "ParensNode") this.#assign((node as ParensNode).node, target)
    if (node.kind === "ValueListNode")
      for (const each of (node as ValueListNode).values) this.#assign(each, target)
    if (node.kind === "AndNode") {
      // The two ends of a BETWEEN.
      this.#assign((node as AndNode).left, target)
      this.#assign((node as AndNode).right, target)
    }
  }
}

function unaliased(node: OperationNode): OperationNode {
  return node.kind === "AliasNode" ? (node as AliasNode).node : node
}

function stored(type: LogicalType | undefined): Target | undefined {
  return type === undefined ? undefined : { type, use: "store" }
}

function compared(type: LogicalType | undefined): Target | undefined {
  return type === undefined ? undefined : { type, use: "compare" }
}

/** Read as the type in which is computed: of a numeric any number of digits. */
function computed(type: LogicalType | undefined): Target | undefined {
  return stored(type?.name === "numeric" ? { name: "numeric" } : type)
}
