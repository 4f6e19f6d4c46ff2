import { DatabaseError } from "../errors/database-error.ts"

const MESSAGES = {
  "22P02": "invalid input syntax for type {type}",
  "22P05": "a character that type {type} cannot hold",
  "22003": "value out of range for type {type}",
  "22001": "value too long for type {type}",
  "22007": "invalid input syntax for type {type}",
  "22012": "division by zero",
  "22008": "date/time field value out of range for type {type}",
  "22021": 'invalid byte sequence for encoding "UTF8"',
} as const

/** A value that a type refuses, as PostgreSQL refuses it. The value itself is not quoted. */
export function dataError(code: keyof typeof MESSAGES, type: string): DatabaseError {
  return new DatabaseError({ code, message: MESSAGES[code].replace("{type}", type) })
}
