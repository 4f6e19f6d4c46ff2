import { type LogicalType, type TypeName } from "../logical-type.ts"
import { CAST_FUNCTION, isText, typeText } from "./casts.ts"
import { isInteger, isNumber } from "./common-type.ts"

/** What PostgreSQL casts on assignment besides numbers and texts. */
const ASSIGNED: Readonly<Partial<Record<TypeName, readonly TypeName[]>>> = {
  date: ["timestamp", "timestamptz"],
  timestamp: ["date", "time", "timestamptz"],
  timestamptz: ["date", "time", "timestamp"],
  json: ["jsonb"],
}

/** An expression of one type as another, by a cast that is written out. */
export function castExpression(value: string, from: LogicalType, to: LogicalType): string {
  return `${CAST_FUNCTION}(${value}, '${typeText(from)}', '${typeText(to)}')`
}

/** A text for a `varchar(n)`: PostgreSQL drops blanks that are too many, and nothing else. */
function fitted(text: string, size: number | undefined): string {
  if (size === undefined) return text
  return `iif(length(${text}) > ${size} and length(rtrim(${text}, ' ')) <= ${size}, substr(${text}, 1, ${size}), ${text})`
}

/**
 * The expression that turns a value of one type into another, where PostgreSQL casts on assignment, which `ALTER TYPE`
 * does without `USING`. Undefined: it does not. `value` is an expression; times are in UTC. NULL stays NULL.
 */
export function conversion(value: string, from: LogicalType, to: LogicalType): string | undefined {
  if (isText(to)) {
    const text = isText(from) ? value : castExpression(value, from, { name: "text" })
    return fitted(text, to.size)
  }
  if (isInteger(from) && isInteger(to)) return value
  if (isNumber(from) && isNumber(to)) {
    return typeText(from) === typeText(to) ? value : castExpression(value, from, to)
  }
  if (from.name === to.name) return value
  if (from.name === "jsonb" && to.name === "json") return castExpression(value, from, { name: "text" })
  return ASSIGNED[from.name]?.includes(to.name) === true ? castExpression(value, from, to) : undefined
}
