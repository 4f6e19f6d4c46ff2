import { DatabaseError } from "../../errors/database-error.ts"
import type { LogicalType } from "../logical-type.ts"
import { isNumber } from "./common-type.ts"

/** What an operator does with dates: moves one by days, or tells the days between two. */
export type DateArithmetic = "days after" | "days before" | "days between"

/** An operand: its type, and whether it is a parameter or a literal that takes the type that is wanted of it. */
export interface DateOperand {
  readonly type: LogicalType | undefined
  readonly unknown: boolean
}

function isDate({ type }: DateOperand): boolean {
  return type?.name === "date"
}

function isDays({ type }: DateOperand): boolean {
  return type?.name === "int4" || type?.name === "int2"
}

/** What this operator does with these operands; undefined: something else. */
export function dateArithmetic(
  operator: string,
  left: DateOperand,
  right: DateOperand,
): DateArithmetic | undefined {
  if (operator === "+") {
    return (isDate(left) && isDays(right)) || (isDays(left) && isDate(right)) ? "days after" : undefined
  }
  if (operator !== "-" || !isDate(left)) return undefined
  // PostgreSQL takes what has no type for a date too.
  if (isDate(right) || right.unknown) return "days between"
  return isDays(right) ? "days before" : undefined
}

/**
 * Throws where PostgreSQL has no such operator for a date, or several.
 *
 * @throws DatabaseError `42883`, `42725`
 */
export function assertDateOperator(operator: string, left: DateOperand, right: DateOperand): void {
  if (!isDate(left) && !isDate(right)) return
  const other = isDate(left) ? right : left
  const text = `${left.type?.name ?? "unknown"} ${operator} ${right.type?.name ?? "unknown"}`
  if (other.unknown && operator === "+")
    throw new DatabaseError({ code: "42725", message: `operator is not unique: ${text}` })
  if (other.type !== undefined && (isNumber(other.type) || isDate(other)))
    throw new DatabaseError({ code: "42883", message: `operator does not exist: ${text}` })
}

/** The type of what comes of it. */
export function dateArithmeticType(kind: DateArithmetic): LogicalType {
  return { name: kind === "days between" ? "int4" : "date" }
}
