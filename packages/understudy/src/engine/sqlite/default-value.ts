import type { DefaultValueNode, RawNode, ValueNode } from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import { fitDecimal, roundDecimal } from "../decimal.ts"
import { isExactNumeric, parseLogicalType, type LogicalType, type TypeName } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { bindValue, type Bound } from "./bind.ts"
import { isText } from "./casts.ts"
import { isInteger } from "./common-type.ts"
import { clockOf } from "./fragments.ts"
import { quoteText } from "./sql-tokens.ts"

/** A text in a fragment of its own, with or without a cast: `'{}'`, `'{}'::jsonb`. */
const LITERAL = /^\s*'((?:[^']|'')*)'\s*(?:::\s*([a-z][a-z0-9_ ]*(?:\([\d, ]+\))?)\s*)?$/i

/** The time of the transaction as each type that has one keeps it. */
const MOMENTS: Readonly<Partial<Record<TypeName, string>>> = {
  timestamptz: "now()",
  timestamp: "substr(now(), 1, 26)",
  date: "substr(now(), 1, 10)",
}
/** The day on which it began. */
const DAYS: Readonly<Partial<Record<TypeName, string>>> = {
  timestamptz: "substr(now(), 1, 10) || ' 00:00:00.000000+00'",
  timestamp: "substr(now(), 1, 10) || ' 00:00:00.000000'",
  date: "substr(now(), 1, 10)",
}

function printBound(value: Bound, type: LogicalType): string {
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString("hex")}'`
  if (typeof value === "string") return isExactNumeric(type) ? value : quoteText(value)
  if (value === Infinity || value === -Infinity) return value < 0 ? "-9e999" : "9e999"
  return String(value)
}

/** What PostgreSQL cuts or refuses only when a row is made: the checks of the column do the same here. */
function isLate(error: unknown, type: LogicalType): boolean {
  const code = error instanceof DatabaseError ? error.code : ""
  return (type.name === "varchar" && code === "22001") || (type.name === "numeric" && code === "22003")
}

/** A text as the column's type reads it. */
function textDefault(text: string, type: LogicalType): string {
  try {
    return printBound(bindValue(text, { type, use: "store" }), type)
  } catch (error) {
    if (!isLate(error, type)) throw error
    return quoteText(text)
  }
}

function mismatch(type: LogicalType, given: string): DatabaseError {
  const message = `the default expression of a column of type ${type.name} is of type ${given}`
  return new DatabaseError({ code: "42804", message })
}

function numberDefault(value: number | bigint, type: LogicalType): string {
  const text = String(value)
  if (isText(type)) return quoteText(text)
  if (type.name === "float4" || type.name === "float8") return textDefault(text, type)
  if (isInteger(type)) return /e/i.test(text) ? text : roundDecimal(text, 0, "round")
  if (type.name !== "numeric") throw mismatch(type, "numeric")
  if (type.size === undefined) return quoteText(text)
  try {
    const fitted = fitDecimal(text, type.size, type.scale ?? 0)
    return isExactNumeric(type) ? fitted : quoteText(fitted)
  } catch (error) {
    if (!isLate(error, type)) throw error
    return text
  }
}

function valueDefault(value: unknown, type: LogicalType): string | undefined {
  if (typeof value === "string") return textDefault(value, type)
  if (typeof value === "number" || typeof value === "bigint") return numberDefault(value, type)
  if (typeof value !== "boolean") return undefined
  if (type.name === "boolean") return String(value)
  if (isText(type)) return quoteText(String(value))
  throw mismatch(type, "boolean")
}

function rawDefault(text: string, type: LogicalType): string | undefined {
  const [, literal, cast] = LITERAL.exec(text) ?? []
  if (literal !== undefined && (cast === undefined || parseLogicalType(cast)?.name === type.name))
    return textDefault(literal.replaceAll("''", "'"), type)
  const clock = clockOf(text)
  if (clock === undefined) return undefined
  const kept = (clock.type === "date" ? DAYS : MOMENTS)[type.name]
  if (kept === undefined)
    throw notPortable(
      `A default of ${text.trim()} in a column of type ${type.name}`,
      clock.type in MOMENTS ? "Give it a type of times." : "Give the value in the insert.",
    )
  return kept
}

/**
 * The default of a column as the column's type keeps it: PostgreSQL reads `'yes'` for a boolean, or `'2026-1-2'` for a
 * date, when the default is made. Undefined: an expression, to be compiled as it is.
 *
 * @throws DatabaseError 22xxx where the type cannot read it, `42804` where its own type does not fit
 */
export function constantDefault({ defaultValue }: DefaultValueNode, type: LogicalType): string | undefined {
  if (defaultValue.kind === "ValueNode") return valueDefault((defaultValue as ValueNode).value, type)
  if (defaultValue.kind !== "RawNode") return undefined
  const { sqlFragments, parameters } = defaultValue as RawNode
  return parameters.length === 0 ? rawDefault(sqlFragments.join(""), type) : undefined
}
