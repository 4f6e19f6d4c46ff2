import { dateToPostgres } from "../temporal.ts"
import { checkText } from "../values.ts"

/**
 * The value as it goes to PostgreSQL. node-postgres would send a `Date` in local time, and an array as a PostgreSQL
 * array; here a `Date` is UTC, and arrays and objects are JSON, as on the other engine.
 */
export function bindValue(value: unknown): string | Buffer | null {
  switch (typeof value) {
    case "undefined":
      return null
    case "string":
      return checkText(value)
    case "object":
      if (value === null) return null
      if (value instanceof Date) return dateToPostgres(value)
      if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      return JSON.stringify(value)
    default:
      return String(value)
  }
}
