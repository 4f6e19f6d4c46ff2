import type { DatabaseSync } from "node:sqlite"
import { plainDecimal } from "../decimal.ts"

/** The SQL function that makes a numeric a text that sorts as the numeric does, and is equal where it is, to all its digits. */
export const NUMERIC_KEY_FUNCTION = "understudy_numeric_key"

/** More than the digits that a numeric has before its point, or zeros behind it. */
const EXPONENT_BIAS = 200_000
/** Sorts behind every digit. */
const END = "~"

function complement(digits: string): string {
  return digits.replaceAll(/\d/g, (digit) => String(9 - Number(digit)))
}

/** @param decimal In plain digits. */
function numericKey(decimal: string): string {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)0*(\d*)\.?(\d*)$/.exec(decimal) ?? []
  const leading = /^0*/.exec(fraction)?.[0].length ?? 0
  const exponent = whole === "" ? -leading : whole.length
  const digits = (whole + fraction).replace(/^0+/, "").replace(/0+$/, "")
  if (digits === "") return "1"
  const magnitude = `${EXPONENT_BIAS + exponent}${digits}`
  return sign === "" ? `2${magnitude}` : `0${complement(magnitude)}${END}`
}

/** Registers the function by which computed numerics are compared, ordered and grouped. */
export function registerNumericKey(database: DatabaseSync): void {
  const options = { deterministic: true, useBigIntArguments: true }
  database.function(NUMERIC_KEY_FUNCTION, options, (value) =>
    value === null ? null : numericKey(plainDecimal(String(value))),
  )
}
