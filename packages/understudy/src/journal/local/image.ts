import { quoteName } from "../../engine/sqlite/sql-tokens.ts"
import type { Image, StoredValue } from "./contract.ts"

/** The most arguments that a function of SQLite takes. */
const MOST_ARGUMENTS = 1000

/** SQL that gives one value as a text that says of which storage class it is. `!`: all digits that a double needs. */
function encodeValue(value: string): string {
  return `case typeof(${value}) when 'text' then 't' || ${value} when 'integer' then 'i' || ${value}
    when 'real' then 'r' || printf('%!.17g', ${value}) when 'blob' then 'b' || hex(${value}) end`
}

/**
 * SQL that gives a row as a JSON array.
 *
 * @param row `new` or `old`.
 */
export function encodeRow(row: "new" | "old", columns: readonly string[]): string {
  const values = columns.map((column) => encodeValue(`${row}.${quoteName(column)}`))
  const arrays: string[] = []
  for (let from = 0; from < values.length; from += MOST_ARGUMENTS)
    arrays.push(`json_array(${values.slice(from, from + MOST_ARGUMENTS).join(", ")})`)
  // Each ends in a quote or in `null`, so that no more than the bracket is cut off.
  return arrays.reduce((all, array) => `rtrim(${all}, ']') || ',' || ltrim(${array}, '[')`)
}

/** What {@link encodeRow} gave, as values again. */
export function decodeRow(text: string): Image {
  return (JSON.parse(text) as (string | null)[]).map((each) => (each === null ? null : decodeValue(each)))
}

function decodeValue(encoded: string): StoredValue {
  const rest = encoded.slice(1)
  switch (encoded[0]) {
    case "t":
      return rest
    case "i":
      return BigInt(rest)
    case "r":
      return decodeDouble(rest)
    case "b":
      return Uint8Array.from(Buffer.from(rest, "hex"))
    default:
      throw new Error("the journal has a value of a kind that is not known")
  }
}

function decodeDouble(text: string): number {
  if (text === "Inf") return Infinity
  return text === "-Inf" ? -Infinity : Number(text)
}
