import type { DatabaseSync } from "node:sqlite"
import { dataError } from "../data-error.ts"
import {
  addDecimals,
  divideDecimals,
  multiplyDecimals,
  remainderOfDecimals,
  subtractDecimals,
} from "../decimal-arithmetic.ts"
import { INTEGER_RANGES, type IntegerName } from "./bind.ts"

/** The operators that SQLite computes otherwise than PostgreSQL: it overflows into floats, and `x / 0` is NULL. */
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%"

type FloatName = "float4" | "float8"

/** The types in which is computed. */
export type ArithmeticType = IntegerName | FloatName | "numeric"

const WORDS: Readonly<Record<ArithmeticOperator, string>> = {
  "+": "plus",
  "-": "minus",
  "*": "times",
  "/": "divided",
  "%": "modulo",
}
const OPERATORS = Object.keys(WORDS) as ArithmeticOperator[]

/** Is this operator computed by a function of ours? */
export function isArithmetic(operator: string): operator is ArithmeticOperator {
  return operator in WORDS
}

/** The SQL function that computes in a type. Those of `numeric` take and give decimal texts. */
export function arithmeticFunction(type: ArithmeticType, operator: ArithmeticOperator): string {
  return `understudy_${type}_${WORDS[operator]}`
}

function computeInteger(
  operator: ArithmeticOperator,
  left: bigint,
  right: bigint,
  type: IntegerName,
): bigint {
  if (right === 0n && (operator === "/" || operator === "%")) throw dataError("22012", type)
  const value = integer(operator, left, right)
  const [least, most] = INTEGER_RANGES[type]
  if (value < least || value > most) throw dataError("22003", type)
  return value
}

function integer(operator: ArithmeticOperator, left: bigint, right: bigint): bigint {
  switch (operator) {
    case "+":
      return left + right
    case "-":
      return left - right
    case "*":
      return left * right
    case "/":
      return left / right
    case "%":
      return left % right
    default:
      return operator satisfies never
  }
}

/** A float as SQLite keeps it: NaN, which it would take for NULL, is a text there. */
export function toFloat(value: unknown): number {
  return value === "NaN" ? Number.NaN : Number(value)
}

/** {@link toFloat}'s way back. */
export function fromFloat(value: number): number | string {
  return Number.isNaN(value) ? "NaN" : value
}

function float(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right
    case "-":
      return left - right
    case "*":
      return left * right
    case "/":
      return left / right
    case "%":
      return left % right
    default:
      return operator satisfies never
  }
}

function computeFloat(operator: ArithmeticOperator, left: number, right: number, type: FloatName): number {
  if (right === 0 && !Number.isNaN(left) && operator === "/") throw dataError("22012", type)
  const exact = float(operator, left, right)
  const value = type === "float4" ? Math.fround(exact) : exact
  const overflows =
    Math.abs(value) === Infinity && Math.abs(left) !== Infinity && Math.abs(right) !== Infinity
  const vanishes =
    value === 0 && left !== 0 && (operator === "*" || (operator === "/" && Math.abs(right) !== Infinity))
  if (overflows || (vanishes && right !== 0)) throw dataError("22003", type)
  return value
}

const DECIMAL: Readonly<Record<ArithmeticOperator, (left: string, right: string) => string>> = {
  "+": addDecimals,
  "-": subtractDecimals,
  "*": multiplyDecimals,
  "/": divideDecimals,
  "%": remainderOfDecimals,
}

type Value = null | bigint | number | string

function compute(type: ArithmeticType, operator: ArithmeticOperator, left: Value, right: Value): Value {
  switch (type) {
    case "numeric":
      return DECIMAL[operator](String(left), String(right))
    case "float4":
    case "float8":
      return fromFloat(computeFloat(operator, toFloat(left), toFloat(right), type))
    default:
      return computeInteger(operator, BigInt(left as bigint), BigInt(right as bigint), type)
  }
}

/** Registers the functions that compute as PostgreSQL does: 22003 beyond the type's range, 22012 for a zero divisor. */
export function registerArithmetic(database: DatabaseSync): void {
  const types: ArithmeticType[] = ["int2", "int4", "int8", "float4", "float8", "numeric"]
  for (const type of types) {
    for (const operator of OPERATORS) {
      database.function(
        arithmeticFunction(type, operator),
        { deterministic: true, useBigIntArguments: true },
        (left, right) =>
          left === null || right === null ? null : compute(type, operator, left as Value, right as Value),
      )
    }
  }
}
