import type { AggregateFunctionNode, FunctionNode, ValueNode } from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import { isExactNumeric } from "../logical-type.ts"
import { aggregateFunction, numericExtreme } from "./aggregates.ts"
import { isNumber } from "./common-type.ts"
import { assertOrdered } from "./comparable.ts"
import { isReference, NumberCompiler } from "./number-compiler.ts"
import { portableFunction } from "./portable-functions.ts"
import { absoluteFunction, isRounding, roundingFunction } from "./rounding.ts"

function literal(value: number): ValueNode {
  return { kind: "ValueNode", immediate: true, value }
}

/** Compiles functions of numbers: sums and averages, the least and the largest, rounding, absolute values. */
export abstract class AggregateCompiler extends NumberCompiler {
  protected override visitFunction(node: FunctionNode): void {
    const name = node.func.toLowerCase()
    if (isRounding(name)) return this.#visitRounding(node, name)
    if (name === "abs") return this.#visitAbsolute(node)
    super.visitFunction(node)
  }

  #visitAbsolute(node: FunctionNode): void {
    const [first] = node.arguments
    const type = first === undefined ? undefined : this.typeOf(first)
    if (first === undefined || type === undefined || !isNumber(type)) return this.visitPlainFunction(node)
    if (!this.isComputedNumeric(first, type)) assertOrdered(type, "abs of")
    const append = (): void => this.visitPlainFunction({ ...node, func: absoluteFunction(type.name) })
    if (type.name !== "numeric") return append()
    this.wantText(first)
    this.appendDecimal(node, append)
  }

  #visitRounding(node: FunctionNode, name: string): void {
    const [first] = node.arguments
    const type = first === undefined ? undefined : this.typeOf(first)
    if (first === undefined || type === undefined || !isNumber(type)) return this.visitPlainFunction(node)
    if (!this.isComputedNumeric(first, type)) assertOrdered(type, `${name} of`)
    const func = roundingFunction(name, type.name)
    const append = (): void => this.visitPlainFunction({ ...node, func })
    if (type.name === "numeric") {
      this.wantText(first)
      return this.appendDecimal(node, append)
    }
    if (node.arguments.length > 1) {
      const message = `function ${name}(double precision, integer) does not exist`
      throw new DatabaseError({ code: "42883", message })
    }
    append()
  }

  protected override visitAggregateFunction(node: AggregateFunctionNode): void {
    const name = node.func.toLowerCase()
    const [first] = node.aggregated
    const argument = first === undefined ? undefined : this.typeOf(first)
    if (name === "min" || name === "max" || node.distinct === true) {
      if (first !== undefined && !this.isComputedNumeric(first, argument))
        assertOrdered(argument, `${name} of`)
    }
    const isExtreme = (name === "min" || name === "max") && first !== undefined
    const extreme = isExtreme && this.isComputedNumeric(first, argument) ? numericExtreme(name) : undefined
    const summed =
      extreme ??
      ((name === "sum" || name === "avg") && argument !== undefined
        ? aggregateFunction(name, argument.name)
        : undefined)
    if (summed === undefined)
      return this.appendNumber(node, this.typeOf(node), () =>
        super.visitAggregateFunction({ ...node, func: portableFunction(node.func) }),
      )
    if (first !== undefined && !this.isComputedNumeric(first, argument)) assertOrdered(argument, `${name} of`)
    const exact = argument !== undefined && isExactNumeric(argument) ? argument : undefined
    // SQLite takes DISTINCT with one argument only.
    const withScale =
      exact !== undefined && first !== undefined && isReference(first) && node.distinct !== true
    const scaled = withScale ? literal(exact.scale ?? 0) : undefined
    const aggregated = scaled === undefined ? node.aggregated : [...node.aggregated, scaled]
    const append = (): void => super.visitAggregateFunction({ ...node, func: summed, aggregated })
    if (!summed.startsWith("understudy_numeric")) return append()
    this.appendDecimal(node, () => {
      if (first !== undefined && scaled === undefined) this.wantText(first)
      append()
    })
  }
}
