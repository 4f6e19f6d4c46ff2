import { dataError } from "./data-error.ts"

/** How values come out, where there is a choice. */
export interface ValueOptions {
  /** `number`: an int8 beyond ±(2^53 - 1) is an error 22003. `bigint`: every int8 is one. Default `number`. */
  readonly int8: "number" | "bigint"
  /** `date`: a `Date`, microseconds cut off. `string`: PostgreSQL's text, in UTC. Default `date`. */
  readonly timestamptz: "date" | "string"
}

/** A text as both engines keep it: no NUL, no lone surrogate (22021). */
export function checkText(text: string): string {
  if (text.includes("\0") || !text.isWellFormed()) throw dataError("22021", "text")
  return text
}
