import type {
  AndNode,
  BinaryOperationNode,
  ColumnUpdateNode,
  InsertQueryNode,
  OperationNode,
  ParensNode,
  PrimitiveValueListNode,
  RootOperationNode,
  ValueListNode,
  ValueNode,
} from "kysely"
import { isExactNumeric, type LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import type { Target } from "./bind.ts"
import { SqliteCompiler } from "./compiler.ts"
import type { ExpressionTypes } from "./expression-type.ts"
import type { Schema } from "./schema.ts"

/**
 * Compiles a tree once more, to learn what each parameter is for, in the order of the placeholders.
 * Run once a statement: its outcome is kept with the prepared statement.
 */
export class ParameterTargets extends SqliteCompiler {
  readonly #types: ExpressionTypes
  readonly #insertColumns: (LogicalType | undefined)[] = []
  readonly #targets: (Target | undefined)[] = []
  readonly #assigned = new Map<OperationNode, Target>()
  #current: Target | undefined

  private constructor(schema: Schema, types: ExpressionTypes) {
    super(schema)
    this.#types = types
  }

  /** The targets of a tree's parameters; undefined where nothing tells. */
  static of(
    root: RootOperationNode,
    schema: Schema,
    types: ExpressionTypes,
  ): readonly (Target | undefined)[] {
    const visitor = new ParameterTargets(schema, types)
    visitor.visitNode(root)
    return visitor.#targets
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
    for (const [index, value] of node.values.entries()) {
      this.#current = inRow ? stored(this.#insertColumns[index]) : assigned
      this.appendValue(value)
    }
    this.#current = undefined
  }

  protected override visitValueList(node: ValueListNode): void {
    if (this.parentNode?.kind === "ValuesNode") {
      node.values.forEach((value, index) => this.#assign(value, stored(this.#insertColumns[index])))
    }
    super.visitValueList(node)
  }

  protected override visitInsertQuery(node: InsertQueryNode): void {
    const table = node.into?.table.identifier.name
    this.#insertColumns.splice(0)
    for (const { column } of node.columns ?? [])
      this.#insertColumns.push(this.#types.column(table, column.name))
    super.visitInsertQuery(node)
  }

  protected override visitColumnUpdate(node: ColumnUpdateNode): void {
    this.#assign(node.value, stored(this.#types.of(node.column)))
    super.visitColumnUpdate(node)
  }

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const left = this.#types.of(node.leftOperand)
    const right = this.#types.of(node.rightOperand)
    for (const type of [left, right]) if (type !== undefined) refuseInexact(type)
    this.#assign(node.rightOperand, compared(left))
    this.#assign(node.leftOperand, compared(right))
    super.visitBinaryOperation(node)
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

function stored(type: LogicalType | undefined): Target | undefined {
  return type === undefined ? undefined : { type, use: "store" }
}

function compared(type: LogicalType | undefined): Target | undefined {
  return type === undefined ? undefined : { type, use: "compare" }
}

/** Kept as text, such a number neither compares nor computes as a number. */
function refuseInexact(type: LogicalType): void {
  if (type.name !== "numeric" || isExactNumeric(type)) return
  throw notPortable(
    "Comparing or computing with a numeric of more than 15 digits",
    "Use numeric(p,s) with p up to 15, or bigint.",
  )
}
