import type { Engines } from "./engines.ts"
import type { Expression, Program, Statement } from "./program.ts"
import { emptyTally, runProgram, type Found } from "./run-program.ts"

/** A difference that is told of in docs/portability.md. */
export interface KnownDifference {
  readonly construct: string
  readonly why: string
  /** The test that shows it. */
  readonly test: string
  /** Is it this one? */
  readonly explains: (found: Found, program: Program, byBytes: Engines) => boolean | Promise<boolean>
}

function holds(value: unknown, wanted: (expression: Expression) => boolean): boolean {
  if (typeof value !== "object" || value === null || value instanceof Date || Buffer.isBuffer(value))
    return false
  if ("kind" in value && "type" in value && wanted(value as Expression)) return true
  return Object.values(value).some((each) => holds(each, wanted))
}

function inStatement(statement: Statement | undefined, wanted: (expression: Expression) => boolean): boolean {
  return statement !== undefined && holds(statement, wanted)
}

/** What differs and is known to. Each is looked at by itself, so that nothing else hides behind it. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    construct: "the order and the case of text that comes from no text column",
    why: "A text column is COLLATE C; a cast, a parameter or ->> has the collation of PostgreSQL's database.",
    test: "text of no column",
    explains: async (_found, program, byBytes) =>
      (await runProgram(byBytes, program, emptyTally())) === undefined,
  },
  {
    construct: "which conditions of an AND or OR are computed, and with them an error of one of them",
    why: "Neither engine says in what order it computes them; where the first decides, the other is left out.",
    test: "the error of a condition that need not be computed",
    explains: ({ difference: { sqlite, postgres }, statement }) => {
      const [failed, other] = sqlite.kind === "error" ? [sqlite, postgres] : [postgres, sqlite]
      return (
        failed.kind === "error" &&
        failed.sqlstate.startsWith("22") &&
        other.kind === "rows" &&
        inStatement(statement, ({ kind }) => kind === "every" || kind === "some")
      )
    },
  },
  {
    construct: "an error that is found, or passed over, since an expression has constants",
    why: "PostgreSQL computes what is constant before it looks for rows, and an operation with a constant NULL is NULL.",
    test: "the error of a constant",
    explains: ({ difference: { sqlite, postgres }, statement }) => {
      if (sqlite.kind === "rows" && postgres.kind === "error")
        return sqlite.rows.length === 0 && postgres.sqlstate.startsWith("22")
      if (sqlite.kind !== "error" || postgres.kind !== "rows" || !sqlite.sqlstate.startsWith("22"))
        return false
      return inStatement(statement, (each) => each.kind === "literal" && each.value === null)
    },
  },
  {
    construct: "the place 0 or -1 of a jsonb that is no array",
    why: "PostgreSQL gives the number, text or boolean itself: it keeps it as an array of one.",
    test: "a scalar's place",
    // An update may have kept it in a column.
    explains: ({ difference }, program) =>
      difference.sqlite.kind === "rows" &&
      holds(
        program.steps,
        (each) =>
          each.kind === "json" && each.document.type.name === "jsonb" && each.path.some((leg) => leg === 0),
      ),
  },
]

/** The name of the known difference that explains this one. */
export async function explain(found: Found, program: Program, byBytes: Engines): Promise<string | undefined> {
  for (const known of KNOWN_DIFFERENCES)
    if (await known.explains(found, program, byBytes)) return known.construct
  return undefined
}
