import {
  CastNode,
  RawNode,
  type AliasNode,
  type CaseNode,
  type FunctionNode,
  type OperationNode,
  type SelectionNode,
  type SelectQueryNode,
} from "kysely"
import { isExactNumeric, type LogicalType } from "../logical-type.ts"
import { AggregateCompiler } from "./aggregate-compiler.ts"
import { assertAssignable, isText, typeText } from "./casts.ts"
import { isFloat, isInteger, isNumber, isNumeric, sameType } from "./common-type.ts"
import { assertComparable } from "./comparable.ts"
import { isUnknownValue } from "./expression-type.ts"
import { valueArguments } from "./function-type.ts"
import { isQueryNode, resultColumns } from "./scope.ts"

const TEXT: LogicalType = { name: "text" }

/** Would a value, as SQLite keeps it, be read wrongly as another type? */
function needsConversion(from: LogicalType, to: LogicalType): boolean {
  if (isNumeric(to)) return isExactNumeric(from) && !isExactNumeric(to)
  return isFloat(to) && !isFloat(from)
}

/**
 * Compiles what takes one of several values: CASE, `coalesce`, the arms of a union. It is cast to the type on which
 * they agree, and what is assigned to a column to the type of that.
 */
export abstract class AgreementCompiler extends AggregateCompiler {
  /** A value that is assigned to a column: PostgreSQL casts it to the column's type. */
  protected override visitAssigned(node: OperationNode, to: LogicalType | undefined): void {
    const from = to === undefined || node.kind === "ValueNode" ? undefined : this.typeOf(node)
    if (from === undefined || to === undefined) return this.visitNode(node)
    assertAssignable(from, to)
    const alike = isNumeric(from)
      ? sameType(from, to) && !this.isComputedNumeric(node, from)
      : from.name === to.name
    if (alike || (isText(from) && isText(to)) || (isInteger(from) && isInteger(to))) {
      return this.visitNode(node)
    }
    // The column's own check refuses what is too long; a cast would cut it off.
    this.appendCast(() => this.visitAsText(node), this.textType(node, from), isText(to) ? TEXT : to)
  }

  /** One of several values of which one is taken, cast to the type on which they agree. */
  #converted(node: OperationNode, to: LogicalType | undefined): OperationNode {
    const from = to === undefined || isUnknownValue(node) ? undefined : this.typeOf(node)
    if (from === undefined || to === undefined || !needsConversion(from, to)) return node
    return CastNode.create(node, RawNode.createWithSql(typeText(to)))
  }

  protected override visitSelection({ selection }: SelectionNode): void {
    const type = this.#unionType(selection)
    if (selection.kind !== "AliasNode") return this.visitAsResult(this.#converted(selection, type))
    const { node } = selection as AliasNode
    const converted = this.#converted(node, type)
    this.visitAsResult(converted === node ? selection : ({ ...selection, node: converted } as AliasNode))
  }

  /** The type on which the arms agree, of one of which this is a selection; undefined: it stands in no union. */
  #unionType(selection: OperationNode): LogicalType | undefined {
    const around = this.nodeStack.slice(0, this.nodeStack.findLastIndex(isQueryNode) + 1)
    const arm = around.pop()
    if (arm?.kind !== "SelectQueryNode") return undefined
    const union = wholeOf(arm as SelectQueryNode, around)
    const { scope } = this
    if (union.setOperations === undefined || scope === undefined) return undefined
    const columns = resultColumns(arm as SelectQueryNode, scope)
    const place = columns?.findIndex(({ expression }) => expression === selection) ?? -1
    return place === -1
      ? undefined
      : this.types.resultType(union, place, this.types.scopeOf(union, undefined).outer)
  }

  protected override visitCase(node: CaseNode): void {
    const type = this.typeOf(node)
    if (this.isComputedNumeric(node, type)) return super.visitCase(node)
    const converted = this.#convertedCase(node, type)
    this.handOn(node, converted)
    super.visitCase(converted)
  }

  #convertedCase(node: CaseNode, type: LogicalType | undefined): CaseNode {
    const when = node.when?.map((each) =>
      each.result === undefined ? each : { ...each, result: this.#converted(each.result, type) },
    )
    const last = node.else === undefined ? {} : { else: this.#converted(node.else, type) }
    return when === undefined ? node : { ...node, ...last, when }
  }

  protected override visitFunction(node: FunctionNode): void {
    const name = node.func.toLowerCase()
    const type = this.typeOf(node)
    const [only, second] = node.arguments
    // SQLite's own wants two.
    if (name === "coalesce" && only !== undefined && second === undefined) {
      this.handOn(node, only)
      return this.visitNode(only)
    }
    if (name === "nullif") this.#assertNullif(node, type)
    if (this.isComputedNumeric(node, type)) return super.visitFunction(node)
    const values = valueArguments(name, node.arguments.length)
    const args = node.arguments.map((arg, index) =>
      values.includes(index) ? this.#converted(arg, type) : arg,
    )
    const converted: FunctionNode = { ...node, arguments: args }
    this.handOn(node, converted)
    super.visitFunction(converted)
  }

  #assertNullif({ arguments: args }: FunctionNode, type: LogicalType | undefined): void {
    const [left, right] = args.map((each) => this.typeOf(each))
    const exact =
      type?.name === "numeric" && [left, right].every((each) => each === undefined || isNumber(each))
    if (!exact) assertComparable(left, right)
  }
}

/** The query with all the arms, of which this is one, or an arm of one. */
function wholeOf(arm: SelectQueryNode, around: readonly OperationNode[]): SelectQueryNode {
  const outside = around.filter(({ kind }) => kind !== "ParensNode")
  const above = outside.at(-2)
  return outside.at(-1)?.kind === "SetOperationNode" && above?.kind === "SelectQueryNode"
    ? wholeOf(above as SelectQueryNode, outside.slice(0, -2))
    : arm
}
