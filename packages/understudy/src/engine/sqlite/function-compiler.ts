import {
  AggregateFunctionNode,
  BinaryOperationNode,
  type FunctionNode,
  OperatorNode,
  ValueNode,
  type OperationNode,
  type RawNode,
} from "kysely"
import type { LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { isArithmetic } from "./arithmetic.ts"
import { isNumber } from "./common-type.ts"
import { assertDateOperator, dateArithmetic, type DateOperand } from "./date-arithmetic.ts"
import { isUnknownValue, operatorOf } from "./expression-type.ts"
import { extractCall } from "./fragments.ts"
import { assertCall, unknownFunction } from "./function-signatures.ts"
import { isMath, mathFunction } from "./math-functions.ts"
import { QueryChecks } from "./query-checks.ts"
import { textFunction, TEXT_FUNCTIONS } from "./text-functions.ts"
import { ADD_DAYS_FUNCTION, DAYS_BETWEEN_FUNCTION, TIME_FUNCTIONS } from "./time-functions.ts"

const TIMES: ReadonlySet<string> = new Set(["date", "time", "timestamp", "timestamptz"])
/** Aggregates that mean what they mean by the type of their argument. */
const TYPED_AGGREGATES: ReadonlySet<string> = new Set(["avg", "max", "min", "sum"])

/** Compiles PostgreSQL's functions into those that mean the same, chosen by the types of their arguments. */
export abstract class FunctionCompiler extends QueryChecks {
  protected override visitFunction(node: FunctionNode): void {
    const name = node.func.toLowerCase()
    const types = node.arguments.map((each) => this.typeOf(each))
    this.#assertCall(name, node.arguments)
    if (TYPED_AGGREGATES.has(name)) return this.#visitAsAggregate(node)
    if (name === "mod") return this.#visitModulo(node)
    if (name === "concat_ws") return this.#visitJoined(node, types)
    if (isMath(name)) return this.#visitMath(node, name, types)
    if (TEXT_FUNCTIONS.has(name)) return this.#visitCall(textFunction(name), node.arguments)
    if (name in TIME_FUNCTIONS) return this.#visitTime(node, name, types)
    super.visitFunction(node)
  }

  protected override visitAggregateFunction(node: AggregateFunctionNode): void {
    const name = node.func.toLowerCase()
    this.#assertCall(name, node.aggregated)
    if (name === "string_agg" && node.distinct === true)
      throw notPortable("string_agg of distinct values", "Select the distinct values in a subquery first.")
    super.visitAggregateFunction(node)
  }

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand, rightOperand } = node
    const operator = operatorOf(node.operator)
    const [left, right] = [this.#dateOperand(leftOperand), this.#dateOperand(rightOperand)]
    const kind = dateArithmetic(operator, left, right)
    switch (kind) {
      case undefined:
        if (isArithmetic(operator)) assertDateOperator(operator, left, right)
        return super.visitBinaryOperation(node)
      case "days between":
        return this.#visitCall(DAYS_BETWEEN_FUNCTION, [leftOperand, rightOperand])
      case "days after":
        return this.#visitCall(ADD_DAYS_FUNCTION, [leftOperand, rightOperand])
      case "days before":
        return this.appendCall(ADD_DAYS_FUNCTION, [
          () => this.visitNode(leftOperand),
          () => {
            this.append("-")
            this.visitNode(rightOperand)
          },
        ])
      default:
        return kind satisfies never
    }
  }

  #dateOperand(node: OperationNode): DateOperand {
    return { type: this.typeOf(node), unknown: isUnknownValue(node) }
  }

  /** `extract(unit from …)`, which only a fragment can say. */
  protected override visitRaw(node: RawNode): void {
    const call = extractCall(node)
    if (call === undefined) return super.visitRaw(node)
    this.handOn(node, call)
    this.visitNode(call)
  }

  #assertCall(name: string, args: readonly OperationNode[]): void {
    if (name === "substring" && args.some((arg, index) => index > 0 && isUnknownValue(arg)))
      throw notPortable("substring with parameters, which PostgreSQL takes for patterns", "Use substr.")
    assertCall(
      name,
      args.map((arg) => this.typeOf(arg)),
    )
  }

  /** An aggregate that is written as any function is. */
  #visitAsAggregate(node: FunctionNode): void {
    const aggregate = AggregateFunctionNode.create(node.func, node.arguments)
    this.handOn(node, aggregate)
    this.visitNode(aggregate)
  }

  #visitCall(name: string, args: readonly OperationNode[]): void {
    this.appendCall(
      name,
      args.map((each) => () => this.visitNode(each)),
    )
  }

  #visitModulo(node: FunctionNode): void {
    const [left, right] = node.arguments
    if (left === undefined || right === undefined || node.arguments.length > 2)
      throw unknownFunction(
        "mod",
        node.arguments.map(() => undefined),
      )
    const operation = BinaryOperationNode.create(left, OperatorNode.create("%"), right)
    this.handOn(node, operation)
    this.visitNode(operation)
  }

  /** Each part as PostgreSQL prints it. */
  #visitJoined(node: FunctionNode, types: readonly (LogicalType | undefined)[]): void {
    if (types.some((type) => type?.name === "boolean"))
      throw notPortable("concat_ws() of a boolean", "Use a CASE that gives a text.")
    this.appendCall(
      "concat_ws",
      node.arguments.map((each, place) => () => this.visitAsPrinted(each, types[place])),
    )
  }

  #visitMath(node: FunctionNode, name: string, types: readonly (LogicalType | undefined)[]): void {
    for (const type of types) {
      if (type === undefined) continue
      if (!isNumber(type)) throw unknownFunction(name, types)
      const decides =
        type.name === "numeric" && !types.some((each) => each?.name === "float8" || each?.name === "float4")
      if (decides) throw notPortable(`${name} of numerics`, "Cast them to double precision.")
    }
    if (name === "log" && types.length > 1)
      throw notPortable("log with a base", "Divide two logarithms by ln().")
    this.#visitCall(mathFunction(name), node.arguments)
  }

  #visitTime(node: FunctionNode, name: string, types: readonly (LogicalType | undefined)[]): void {
    const [unit, value] = node.arguments
    if (unit === undefined || value === undefined) throw unknownFunction(name, types)
    if (node.arguments.length > 2)
      throw notPortable(`${name} with a time zone`, "Times are in UTC; convert them in JavaScript.")
    const type = types[1]
    if (type === undefined)
      throw notPortable(`${name} of an expression without a type`, "Cast it to the type that is meant.")
    if (!TIMES.has(type.name)) throw unknownFunction(name, types)
    if (name === "date_trunc" && type.name === "time")
      throw notPortable("date_trunc of a time", "Cast it to a text and take its beginning.")
    if (type.name !== "date" && /^\s*julian\s*$/i.test(String((unit as Partial<ValueNode>).value ?? "")))
      throw notPortable("The Julian day of a timestamp", "Take it of the date: cast(… as date).")
    const append = (): void =>
      this.appendCall(TIME_FUNCTIONS[name] as string, [
        () => this.visitNode(unit),
        () => this.visitNode(value),
        () => this.visitNode(ValueNode.createImmediate(type.name)),
      ])
    if (name === "extract") this.appendDecimal(node, append)
    else append()
  }
}
