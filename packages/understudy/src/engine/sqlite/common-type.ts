import { DatabaseError } from "../../errors/database-error.ts"
import type { LogicalType, TypeName } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import type { ArithmeticType } from "./arithmetic.ts"

/** The types of numbers, each of which is turned into a later one where they meet. */
const NUMBERS: readonly TypeName[] = ["int2", "int4", "int8", "numeric", "float4", "float8"]
const TEXTS: readonly TypeName[] = ["text", "varchar", "enum"]
const TIMES: readonly TypeName[] = ["date", "timestamp", "timestamptz"]

/** Types that PostgreSQL takes for alike, though it casts none of them to another one by itself. */
const CATEGORIES: readonly (readonly TypeName[])[] = [
  [...TIMES, "time"],
  ["uuid", "json", "jsonb", "bytea"],
]

/** Is this a type of numbers? */
export function isNumber(type: LogicalType): type is LogicalType & { name: ArithmeticType } {
  return NUMBERS.includes(type.name)
}

/** Is this a type of whole numbers? */
export function isInteger(type: LogicalType): boolean {
  return type.name === "int2" || type.name === "int4" || type.name === "int8"
}

/** Is this a type of floats? */
export function isFloat<T extends LogicalType>(type: T): type is T & { name: "float4" | "float8" } {
  return type.name === "float4" || type.name === "float8"
}

/** Is this the type of exact decimals? */
export function isNumeric(type: LogicalType): boolean {
  return type.name === "numeric"
}

/** Are these one type, with the same parameters? */
export function sameType(left: LogicalType, right: LogicalType): boolean {
  return left.name === right.name && left.size === right.size && left.scale === right.scale
}

function meet(left: LogicalType, right: LogicalType, where: string): LogicalType {
  if (sameType(left, right)) return left
  if (isNumber(left) && isNumber(right)) {
    const name = NUMBERS[Math.max(NUMBERS.indexOf(left.name), NUMBERS.indexOf(right.name))] as TypeName
    return { name }
  }
  if (TEXTS.includes(left.name) && TEXTS.includes(right.name)) return { name: "text" }
  if (TIMES.includes(left.name) && TIMES.includes(right.name)) {
    throw notPortable(`${where} with ${left.name} and ${right.name}`, "Cast them to one type.")
  }
  const alike = CATEGORIES.some((each) => each.includes(left.name) && each.includes(right.name))
  const message = `${where} types ${left.name} and ${right.name} cannot be matched`
  throw new DatabaseError({ code: alike ? "42846" : "42804", message })
}

/**
 * The type of what takes one of several values (CASE, coalesce, the arms of a union), as PostgreSQL chooses it.
 * What has no type takes that of the others. Throws 42804 where they cannot meet.
 */
export function commonType(
  types: readonly (LogicalType | undefined)[],
  where: string,
): LogicalType | undefined {
  let common: LogicalType | undefined
  for (const type of types) {
    if (type === undefined) continue
    common = common === undefined ? type : meet(common, type, where)
  }
  return common
}

/** The type in which two numbers are computed; undefined where one is none, or neither has a type. */
export function arithmeticType(
  left: LogicalType | undefined,
  right: LogicalType | undefined,
): ArithmeticType | undefined {
  const [first, second] = [left ?? right, right ?? left]
  if (first === undefined || second === undefined || !isNumber(first) || !isNumber(second)) return undefined
  if (first.name === second.name) return first.name
  const wider = NUMBERS[Math.max(NUMBERS.indexOf(first.name), NUMBERS.indexOf(second.name))] as ArithmeticType
  // Of two different types of which one is a float, PostgreSQL has only the operator for double precision.
  return wider === "float4" ? "float8" : wider
}
