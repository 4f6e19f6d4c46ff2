import type { Session } from "../../packages/understudy/src/session/session.ts"
import type { Sessions } from "../../packages/understudy/src/session/sessions.ts"
import type { Loose } from "./build-expression.ts"
import { buildStatement } from "./build-query.ts"
import type { Pair } from "./engines.ts"
import { outcomeOf, type Outcome } from "./outcome.ts"
import type { Statement } from "./program.ts"

type Refusal = Extract<Outcome, { kind: "error" }>

/** More rules than a table has. */
const MOST_RULES = 6

/** Thrown to roll back, with what was learnt. */
class Undo extends Error {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super("undo")
    this.outcome = outcome
  }
}

/** Takes the rule that was broken out of its table; false: it has no name. */
async function dropRule(
  session: Session<Loose>,
  table: string,
  { sqlstate, constraint, columns }: Refusal,
): Promise<boolean> {
  const [column] = columns ?? []
  if (sqlstate === "23502" && column !== undefined) {
    // A column of a primary key stays NOT NULL.
    await outcomeOf(() =>
      session.savepoint((inner) =>
        inner.schema.alterTable(table).dropConstraint(`${table}_key`).cascade().execute(),
      ),
    )
    await session.schema
      .alterTable(table)
      .alterColumn(column, (change) => change.dropNotNull())
      .execute()
    return true
  }
  if (constraint === undefined) return false
  if (constraint.includes("_index")) await session.schema.dropIndex(constraint).execute()
  else
    await session.schema
      .alterTable(/^(.*)_parent$/.exec(constraint)?.[1] ?? table)
      .dropConstraint(constraint)
      .cascade()
      .execute()
  return true
}

/** Takes the rules that an engine names out of the table, one by one, until it names the one that the other has named. */
async function alsoBreaks(
  sessions: Sessions<Loose>,
  statement: Statement,
  table: string,
  first: Refusal,
  wanted: Refusal,
): Promise<boolean> {
  let named = first
  const dropped: Refusal[] = []
  while (dropped.length < MOST_RULES) {
    dropped.push(named)
    const outcome = await outcomeOf(
      () =>
        sessions.write(async (session) => {
          for (const rule of dropped) {
            if (!(await dropRule(session, table, rule)))
              throw new Undo({ kind: "broken", message: "no name" })
          }
          throw new Undo(
            await outcomeOf(() => session.savepoint((inner) => buildStatement(inner, statement).execute())),
          )
        }),
      (error) => (error instanceof Undo ? error.outcome : undefined),
    )
    if (outcome.kind !== "error") return false
    // SQLite cannot always tell which of several foreign keys was broken.
    const isUntold = wanted.sqlstate === "23503" && wanted.constraint === undefined
    if (outcome.sqlstate === wanted.sqlstate && (isUntold || outcome.constraint === wanted.constraint))
      return true
    named = outcome
  }
  return false
}

/** Does the statement break both the rule that the one engine has named and that of the other? */
export async function breaksBoth(
  pair: Pair,
  statement: Statement,
  sqlite: Outcome,
  postgres: Outcome,
): Promise<boolean> {
  if (sqlite.kind !== "error" || postgres.kind !== "error") return false
  if (statement.kind === "select") return false
  const { table } = statement
  return (
    (await alsoBreaks(pair.postgres, statement, table, postgres, sqlite)) ||
    (await alsoBreaks(pair.sqlite, statement, table, sqlite, postgres))
  )
}
