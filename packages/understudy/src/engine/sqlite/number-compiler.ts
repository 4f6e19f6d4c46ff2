import {
  RawNode,
  type AliasNode,
  type BinaryOperationNode,
  type CaseNode,
  type CastNode,
  type FunctionNode,
  type OperationNode,
  type ParensNode,
  type ReferenceNode,
  type SelectQueryNode,
  type UnaryOperationNode,
  type ValueNode,
} from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import { isExactNumeric, type LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { arithmeticFunction, isArithmetic, type ArithmeticType } from "./arithmetic.ts"
import { assertCast, CAST_FUNCTION, typeText } from "./casts.ts"
import { NUMERIC_NULLIF_FUNCTION } from "./extremes.ts"
import { arithmeticType, isFloat } from "./common-type.ts"
import { assertOrdered } from "./comparable.ts"
import { SqliteCompiler } from "./compiler.ts"
import {
  caseResults,
  castType,
  isUnknownValue,
  numberIn,
  operatorOf,
  type ExpressionTypes,
} from "./expression-type.ts"
import { assertWhole, extractCall } from "./fragments.ts"
import { valueArguments } from "./function-type.ts"
import { isScalar } from "./only-row.ts"
import { portableFunction } from "./portable-functions.ts"
import { isQueryNode, type Scope } from "./scope.ts"
import type { Schema } from "./schema.ts"

function isMembership({ operator }: BinaryOperationNode): boolean {
  return ["in", "not in"].includes(operatorOf(operator))
}

function assertNegated({ name }: LogicalType): never {
  if (name === "time") throw notPortable("- of a time", "Compute it in JavaScript.")
  throw new DatabaseError({ code: "42883", message: `operator does not exist: - ${name}` })
}

/** Is it a column by its name? */
export function isReference(node: OperationNode): boolean {
  return node.kind === "ReferenceNode" || node.kind === "ColumnNode"
}

/**
 * Compiles numbers, whose meaning hangs on their types: arithmetic, sums, casts, CASE.
 *
 * A numeric that is computed is a decimal text, exact and with PostgreSQL's scale. Where it is compared or ordered
 * by, it is cast to a float; where it is given back or computed with further, it stays a text.
 */
export abstract class NumberCompiler extends SqliteCompiler {
  protected readonly types: ExpressionTypes
  /** Numerics that are wanted as decimal texts. Each mark is used once: a tree may hold one node in two places. */
  readonly #asText = new Set<OperationNode>()

  constructor(schema: Schema, types: ExpressionTypes) {
    super(schema)
    this.types = types
  }

  /** The scope in which the node being visited stands. */
  protected get scope(): Scope | undefined {
    let scope: Scope | undefined
    for (const node of this.nodeStack) if (isQueryNode(node)) scope = this.types.scopeOf(node, scope)
    return scope
  }

  protected typeOf(node: OperationNode): LogicalType | undefined {
    return this.types.of(node, this.scope)
  }

  /** Is it a numeric that is computed here, and thus a decimal text? */
  protected isComputedNumeric(node: OperationNode, type: LogicalType | undefined): boolean {
    if (node.kind === "ParensNode") return this.isComputedNumeric((node as ParensNode).node, type)
    if (type?.name !== "numeric" || isExactNumeric(type) || isReference(node)) return false
    return !RawNode.is(node) || extractCall(node) !== undefined || numberIn(node) !== undefined
  }

  /** Visits a node whose decimal text is wanted, if it is a numeric. */
  protected visitAsText(node: OperationNode): void {
    this.#asText.add(node)
    this.visitNode(node)
    this.#asText.delete(node)
  }

  /** Marks a numeric whose decimal text is wanted when it is visited next. */
  protected wantText(node: OperationNode): void {
    this.#asText.add(node)
  }

  /** A node is visited in the place of another, of which a decimal text may be wanted. */
  protected handOn(from: OperationNode, to: OperationNode): void {
    if (this.#asText.delete(from)) this.#asText.add(to)
  }

  /** Appends what gives a decimal text: as it is where that is wanted, else as a float. */
  protected appendDecimal(node: OperationNode, append: () => void): void {
    const asText = this.#asText.delete(node)
    if (!asText) this.append("cast(")
    append()
    if (!asText) this.append(" as real)")
  }

  /** Appends a numeric that is kept as a number: with its scale where the decimal text is wanted. */
  protected appendNumber(
    node: OperationNode,
    type: LogicalType | undefined,
    append: () => void,
    alone: () => void = append,
  ): void {
    if (this.#asText.delete(node) && type !== undefined && isExactNumeric(type))
      this.appendCast(append, type, { name: "numeric" })
    else alone()
  }

  protected appendCall(name: string, args: readonly (() => void)[]): void {
    this.append(`${name}(`)
    args.forEach((append, index) => {
      if (index > 0) this.append(", ")
      append()
    })
    this.append(")")
  }

  protected appendCast(append: () => void, from: LogicalType | undefined, to: LogicalType): void {
    if (from !== undefined) assertCast(from, to)
    const name = from === undefined ? "" : typeText(from)
    this.appendCall(CAST_FUNCTION, [
      append,
      () => this.append(`'${name}'`),
      () => this.append(`'${typeText(to)}'`),
    ])
  }

  /** The type that a node has when it is visited as text. */
  protected textType(node: OperationNode, type: LogicalType): LogicalType {
    const numeric = type.name === "numeric" && !isReference(node)
    return numeric || isExactNumeric(type) ? { name: "numeric" } : type
  }

  /** A result column: numerics that are computed come out as text, those of a column as they are kept. */
  protected visitAsResult(node: OperationNode): void {
    const inner = node.kind === "AliasNode" ? (node as AliasNode).node : node
    const taker = this.nodeStack.at(-3)
    // What is looked for among the rows is a float, as whatever else is compared.
    if (taker?.kind === "BinaryOperationNode" && isMembership(taker as BinaryOperationNode))
      return this.visitNode(node)
    if (!this.isComputedNumeric(inner, this.typeOf(inner))) return this.visitNode(node)
    this.#asText.add(inner)
    this.visitNode(node)
    this.#asText.delete(inner)
  }

  protected override visitParens(node: ParensNode): void {
    this.handOn(node, node.node)
    super.visitParens(node)
  }

  protected override visitReference(node: ReferenceNode): void {
    const type = this.#asText.delete(node) ? this.typeOf(node) : undefined
    if (type === undefined || !isExactNumeric(type)) return this.visitPlainReference(node)
    this.appendCast(() => this.visitPlainReference(node), type, { name: "numeric" })
  }

  protected visitPlainReference(node: ReferenceNode): void {
    super.visitReference(node)
  }

  protected visitArithmetic(node: BinaryOperationNode, type: ArithmeticType): void {
    const { leftOperand, rightOperand } = node
    const operator = operatorOf(node.operator)
    if (!isArithmetic(operator)) return
    if (operator === "%" && isFloat({ name: type })) {
      const message = "operator does not exist: double precision % double precision"
      throw new DatabaseError({ code: "42883", message })
    }
    for (const operand of [leftOperand, rightOperand]) {
      assertWhole(operand)
      const own = this.typeOf(operand)
      if (own !== undefined && !this.isComputedNumeric(operand, own)) assertOrdered(own, "Computing with")
    }
    const visit = (operand: OperationNode) => () =>
      type === "numeric" ? this.visitAsText(operand) : this.visitNode(operand)
    const append = (): void =>
      this.appendCall(arithmeticFunction(type, operator), [visit(leftOperand), visit(rightOperand)])
    if (type === "numeric") this.appendDecimal(node, append)
    else append()
  }

  protected override visitUnaryOperation(node: UnaryOperationNode): void {
    const own = operatorOf(node.operator) === "-" ? this.typeOf(node.operand) : undefined
    const type = arithmeticType(own, undefined)
    if (own !== undefined && type === undefined) assertNegated(own)
    if (type === undefined) return super.visitUnaryOperation(node)
    if (!this.isComputedNumeric(node.operand, own)) assertOrdered(own, "Computing with")
    const float = isFloat({ name: type })
    const zero = (): void => this.append(float ? "-1" : "0")
    const operand = (): void =>
      type === "numeric" ? this.visitAsText(node.operand) : this.visitNode(node.operand)
    const append = (): void => this.appendCall(arithmeticFunction(type, float ? "*" : "-"), [zero, operand])
    if (type === "numeric") this.appendDecimal(node, append)
    else append()
  }

  protected override visitCase(node: CaseNode): void {
    const type = this.typeOf(node)
    if (!this.isComputedNumeric(node, type)) return this.appendNumber(node, type, () => super.visitCase(node))
    this.appendDecimal(node, () => {
      for (const result of caseResults(node)) this.#asText.add(result)
      super.visitCase(node)
    })
  }

  protected override visitFunction(node: FunctionNode): void {
    const name = node.func.toLowerCase()
    const func = portableFunction(node.func)
    const type = this.typeOf(node)
    const append = (): void => super.visitFunction({ ...node, func })
    if (!this.isComputedNumeric(node, type)) return this.appendNumber(node, type, append)
    if (name === "nullif") return this.appendDecimal(node, () => this.#appendNullif(node))
    if (name !== "coalesce") {
      throw notPortable(`${name} of numerics`, "Cast them to one numeric(p,s) with p up to 15.")
    }
    this.appendDecimal(node, () => {
      for (const index of valueArguments(name, node.arguments.length)) {
        this.#asText.add(node.arguments[index] as OperationNode)
      }
      append()
    })
  }

  /** A function as it is called on SQLite. */
  protected visitPlainFunction(node: FunctionNode): void {
    super.visitFunction(node)
  }

  /** Equal numerics may have different texts. */
  #appendNullif({ arguments: args }: FunctionNode): void {
    this.appendCall(
      NUMERIC_NULLIF_FUNCTION,
      args.map((arg) => () => this.visitAsText(arg)),
    )
  }

  /** A subquery's value: its own selection gives a numeric that is computed as text. */
  protected override visitSelectQuery(node: SelectQueryNode): void {
    if (!isScalar(this.nodeStack)) return super.visitSelectQuery(node)
    // In brackets of its own a query gets no others, and what is put around it stands between.
    const inBrackets = this.parentNode?.kind === "ParensNode"
    const visit = (): void => {
      if (inBrackets) this.append("(")
      this.visitScalarQuery(node)
      if (inBrackets) this.append(")")
    }
    const type = this.typeOf(node)
    if (this.isComputedNumeric(node, type)) this.appendDecimal(node, visit)
    else this.appendNumber(node, type, visit, () => this.visitScalarQuery(node))
  }

  /** A query that stands for one value. */
  protected visitScalarQuery(node: SelectQueryNode): void {
    super.visitSelectQuery(node)
  }

  protected override visitCast(node: CastNode): void {
    const to = castType(node)
    if (to === undefined) return super.visitCast(node)
    const append = (): void => this.#appendCastOf(node, to)
    if (this.isComputedNumeric(node, to)) this.appendDecimal(node, append)
    else if (this.#asText.delete(node) && isExactNumeric(to)) this.appendCast(append, to, { name: "numeric" })
    else append()
  }

  #appendCastOf({ expression }: CastNode, to: LogicalType): void {
    const inner = this.typeOf(expression)
    if (!isUnknownValue(expression)) {
      const from = inner === undefined ? undefined : this.textType(expression, inner)
      return this.appendCast(() => this.visitAsText(expression), from, to)
    }
    // A parameter is read as the type to which it is cast, before SQLite sees it.
    const read = (expression as ValueNode).immediate !== true
    if (read && to.name !== "varchar" && to.name !== "numeric") return this.visitNode(expression)
    this.appendCast(
      () => this.visitNode(expression),
      { name: read && to.name === "numeric" ? "numeric" : "text" },
      to,
    )
  }
}
