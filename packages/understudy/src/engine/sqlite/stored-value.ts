import { dataError } from "../data-error.ts"
import { isExactNumeric, type LogicalType } from "../logical-type.ts"
import { storedToText, timestampToStored } from "../temporal.ts"
import { bindValue, type Bound } from "./bind.ts"

/** Turns PostgreSQL's output text of a value into what SQLite keeps. Never called for NULL. */
export type ToStored = (text: string) => Bound

/** `2026-01-31 12:00:00`, with a fraction, with `+00` or not, of the years to 9999. */
const PLAIN_TIMESTAMP = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?(\+00(?::00)?)?$/

/** Without a `Date` in between: most of the time of a copy would go there. */
function timestamp(text: string, type: "timestamp" | "timestamptz"): string {
  if (!PLAIN_TIMESTAMP.test(text)) return timestampToStored(text, type)
  const zone = text.indexOf("+")
  const clock = zone === -1 ? text.slice(11) : text.slice(11, zone)
  const whole = clock.length === 8 ? `${clock}.000000` : clock.padEnd(15, "0")
  return `${text.slice(0, 10)} ${whole}${type === "timestamptz" ? "+00" : ""}`
}

/**
 * The way of a column's values into the copy. Whole numbers and decimals go as text: SQLite turns them into what the
 * column keeps, exactly. @throws DatabaseError 22xxx (from the function) for a value that SQLite has no form for.
 */
export function toStoredOf(type: LogicalType): ToStored {
  switch (type.name) {
    case "boolean":
      return (text) => (text === "t" || text === "true" ? 1n : 0n)
    case "int2":
    case "int4":
    case "int8":
    case "text":
    case "varchar":
    case "enum":
    case "uuid":
    case "time":
    case "json":
    case "jsonb":
      return (text) => text
    case "timestamp":
    case "timestamptz":
      return (text) => timestamp(text, type.name as "timestamp" | "timestamptz")
    case "numeric":
      return (text) => {
        if (!/^-?[\d.]+$/.test(text)) throw dataError("22003", "numeric")
        return text
      }
    default:
      return (text) => bindValue(text, { type, use: "store" })
  }
}

/** Turns what SQLite keeps of a value into a text that PostgreSQL reads as that value. Total; never called for NULL. */
export type ToPrimaryText = (stored: Exclude<Bound, null>) => string

/**
 * The way back from {@link toStoredOf}. A value that no column of the type can hold comes out in some form that
 * PostgreSQL refuses: it is the one to say so.
 */
export function toPrimaryTextOf(type: LogicalType): ToPrimaryText {
  switch (type.name) {
    case "boolean":
      return (stored) => (stored === 1n ? "t" : stored === 0n ? "f" : plainText(stored))
    case "timestamp":
    case "timestamptz":
      return (stored) => storedToText(plainText(stored))
    case "numeric":
      return isExactNumeric(type) ? exactNumeric(type.scale ?? 0) : plainText
    default:
      return plainText
  }
}

/** A double that stands for a decimal of so many places. */
function exactNumeric(scale: number): ToPrimaryText {
  return (stored) =>
    typeof stored === "number" && Number.isFinite(stored) ? stored.toFixed(scale) : plainText(stored)
}

function plainText(stored: Exclude<Bound, null>): string {
  return stored instanceof Uint8Array ? `\\x${Buffer.from(stored).toString("hex")}` : String(stored)
}
