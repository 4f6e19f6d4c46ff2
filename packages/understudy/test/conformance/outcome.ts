import { DatabaseError } from "../../src/errors/database-error.ts"
import { UnderstudyError } from "../../src/errors/understudy-error.ts"

/** What a case came to: its value, or what kind of error. */
export type Outcome =
  | { readonly value: unknown }
  | {
      readonly sqlstate: string
      readonly constraint: string | undefined
      readonly columns: string | undefined
    }
  | { readonly code: string }
  | { readonly other: string }

/** Runs a case and tells what it came to, in terms that are to be the same on both engines. */
export async function outcomeOf(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: tagged(await run()) }
  } catch (error) {
    if (error instanceof DatabaseError) {
      return { sqlstate: error.code, constraint: error.constraint, columns: error.columns?.join(",") }
    }
    if (error instanceof UnderstudyError) return { code: error.code }
    return { other: String(error) }
  }
}

/** A value with its JavaScript type written beside it, so that `1`, `1n`, `"1"`, `true`, `-0` are told apart. */
function tagged(value: unknown, isInRow = false): unknown {
  if (value === null || value === undefined) return String(value)
  if (value instanceof Date) return `Date ${Number.isNaN(value.getTime()) ? "invalid" : value.toISOString()}`
  if (Buffer.isBuffer(value)) return `Buffer ${value.toString("hex")}`
  if (Array.isArray(value)) return value.map((each) => tagged(each, isInRow))
  if (typeof value === "object") {
    const entries = Object.entries(value).map(([key, each]) => [key, tagged(each, true)] as const)
    // The keys of a document in their order, which jsonb decides.
    return isInRow ? entries : Object.fromEntries(entries)
  }
  return `${typeof value} ${Object.is(value, -0) ? "-0" : String(value)}`
}
