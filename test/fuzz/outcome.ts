import { DatabaseError } from "../../packages/understudy/src/errors/database-error.ts"
import { UnderstudyError } from "../../packages/understudy/src/errors/understudy-error.ts"

/** What a step came to on one engine. */
export type Outcome =
  | { readonly kind: "rows"; readonly rows: readonly Readonly<Record<string, string>>[] }
  | {
      readonly kind: "error"
      readonly sqlstate: string
      readonly constraint: string | undefined
      readonly columns: readonly string[] | undefined
      readonly message: string
    }
  | { readonly kind: "refused"; readonly construct: string }
  /** No error of a database's: a mistake of the library, or of the fuzzer. */
  | { readonly kind: "broken"; readonly message: string }

/**
 * A value with its JavaScript type written beside it, so that `1`, `1n`, `"1"`, `true`, `-0` are told apart. Objects are
 * the same whatever the order of their keys, of which jsonb on SQLite keeps the one that was written.
 */
function tagged(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (value instanceof Date) return `Date ${Number.isNaN(value.getTime()) ? "invalid" : value.toISOString()}`
  if (Buffer.isBuffer(value)) return `Buffer ${value.toString("hex")}`
  if (typeof value === "object") {
    const entries = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${tagged(each)}`)
    return Array.isArray(value) ? `[${entries.join(", ")}]` : `{${entries.sort().join(", ")}}`
  }
  if (typeof value === "string") return `string ${JSON.stringify(value)}`
  return `${typeof value} ${Object.is(value, -0) ? "-0" : String(value)}`
}

/** What an error came to. */
function outcomeOfError(error: unknown): Outcome {
  if (error instanceof DatabaseError) {
    return {
      kind: "error",
      sqlstate: error.code,
      constraint: error.constraint,
      columns: error.columns,
      message: error.message,
    }
  }
  if (error instanceof UnderstudyError && error.code === "UNDERSTUDY_NOT_PORTABLE")
    return { kind: "refused", construct: constructOf(error.message) }
  return { kind: "broken", message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

function constructOf(message: string): string {
  return message.replace(/ has no equal on .*$/s, "")
}

/** Runs a step and tells what it came to. */
export async function outcomeOf(
  run: () => Promise<readonly unknown[] | void>,
  outcomeIn: (error: unknown) => Outcome | undefined = () => undefined,
): Promise<Outcome> {
  try {
    const rows = (await run()) ?? []
    return {
      kind: "rows",
      rows: rows.map((row) =>
        Object.fromEntries(
          Object.entries(row as Record<string, unknown>).map(([key, value]) => [key, tagged(value)]),
        ),
      ),
    }
  } catch (error) {
    return outcomeIn(error) ?? outcomeOfError(error)
  }
}
