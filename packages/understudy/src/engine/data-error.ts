import { DatabaseError } from "../errors/database-error.ts"

const MESSAGES = {
  "22P02": "invalid input syntax for type {type}",
  "22P05": "a character that type {type} cannot hold",
  "22003": "value out of range for type {type}",
  "22001": "value too long for type {type}",
  "22007": "invalid input syntax for type {type}",
  "22012": "division by zero",
  "22008": "date/time field value out of range for type {type}",
  "22011": "negative length of a part of {type}",
  "22023": "invalid argument or unit for type {type}",
  "2201E": "cannot take the logarithm of a number that is not above zero",
  "2201F": "a power or a root of this number has no real value",
  "22009": "time zone displacement out of range for type {type}",
  "22025": "the pattern must not end with the escape character",
  "2201W": "LIMIT must not be negative",
  "2201X": "OFFSET must not be negative",
  "21000": "more than one row returned by a subquery used as an expression",
  "22021": 'invalid byte sequence for encoding "UTF8"',
} as const

/** A value that a type refuses, as PostgreSQL refuses it. The value itself is not quoted. */
export function dataError(code: keyof typeof MESSAGES, type: string): DatabaseError {
  return new DatabaseError({ code, message: MESSAGES[code].replace("{type}", type) })
}
