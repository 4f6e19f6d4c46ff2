import type { Kysely } from "kysely"
import type { Session } from "../../packages/understudy/src/session/session.ts"
import type { Sessions } from "../../packages/understudy/src/session/sessions.ts"
import type { Loose } from "./build-expression.ts"
import { buildStatement } from "./build-query.ts"
import { buildDefinition } from "./build-schema.ts"
import { differenceOf, type Difference } from "./compare.ts"
import type { Engines, Pair } from "./engines.ts"
import { outcomeOf, type Outcome } from "./outcome.ts"
import type { Program, Statement, Step, Table } from "./program.ts"
import { breaksBoth } from "./several-rules.ts"

/** How statements ended, over one program or many. */
export interface Tally {
  statements: number
  errors: number
  refused: number
  /** Statements that gave or changed at least one row. */
  withRows: number
  /** Statements that break several rules, of which each engine tells another. */
  severalRules: number
  readonly constructs: Map<string, number>
  readonly sqlstates: Map<string, number>
}

export function emptyTally(): Tally {
  return {
    statements: 0,
    errors: 0,
    refused: 0,
    withRows: 0,
    severalRules: 0,
    constructs: new Map(),
    sqlstates: new Map(),
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function tallyUp(tally: Tally, outcome: Outcome): void {
  tally.statements += 1
  if (outcome.kind === "rows" && outcome.rows.length > 0) tally.withRows += 1
  if (outcome.kind === "error") {
    tally.errors += 1
    count(tally.sqlstates, outcome.sqlstate)
  }
  if (outcome.kind === "refused") {
    tally.refused += 1
    count(tally.constructs, outcome.construct)
  }
}

/** A step's statements, one after the other, each with what it came to. */
type Outcomes = readonly { readonly statement: Statement; readonly outcome: Outcome }[]

/** Thrown to roll back. */
class Undo extends Error {}

/** Runs steps on one engine; what the other has refused by name is not run, so that both hold the same rows. */
class Runner {
  readonly #sessions: Sessions<Loose>
  readonly #refused: Outcomes

  constructor(sessions: Sessions<Loose>, refused: Outcomes = []) {
    this.#sessions = sessions
    this.#refused = refused
  }

  async run(step: Step): Promise<Outcomes> {
    const outcomes: { statement: Statement; outcome: Outcome }[] = []
    if (step.kind !== "transaction") {
      return [{ statement: step, outcome: await this.#runOne(this.#sessions.kysely, step, 0) }]
    }
    const end = await outcomeOf(async () => {
      await this.#sessions.write(async (session) => {
        for (const part of step.parts) await this.#runPart(session, part, outcomes)
        if (step.rolledBack) throw new Undo()
      })
      return []
    })
    if (end.kind === "error")
      outcomes.push({ statement: step.parts[0]?.statements[0] as Statement, outcome: end })
    return outcomes
  }

  async #runPart(
    session: Session<Loose>,
    part: { readonly statements: readonly Statement[]; readonly rolledBack: boolean },
    outcomes: { statement: Statement; outcome: Outcome }[],
  ): Promise<void> {
    try {
      await session.savepoint(async (inner) => {
        for (const statement of part.statements) {
          const outcome = await this.#runOne(inner, statement, outcomes.length)
          outcomes.push({ statement, outcome })
          if (outcome.kind !== "rows") throw new Undo()
        }
        if (part.rolledBack) throw new Undo()
      })
    } catch (error) {
      if (!(error instanceof Undo)) throw error
    }
  }

  async #runOne(db: Kysely<Loose>, statement: Statement, place: number): Promise<Outcome> {
    const refused = this.#refused[place]?.outcome
    if (refused?.kind === "refused") return refused
    return outcomeOf(() => buildStatement(db, statement).execute())
  }
}

/** Where and how the engines differ. */
export interface Found {
  readonly difference: Difference
  /** The step; undefined: it is what the tables hold at the end. */
  readonly step: Step | undefined
  readonly statement: Statement | undefined
}

const RULES = /^2[23]/

function bothRules({ sqlite, postgres }: Difference): boolean {
  return (
    sqlite.kind === "error" &&
    postgres.kind === "error" &&
    RULES.test(sqlite.sqlstate) &&
    RULES.test(postgres.sqlstate)
  )
}

/** Everything that a table holds. */
function contents({ name, columns }: Table): Statement {
  return {
    kind: "select",
    query: {
      ctes: [],
      source: { alias: name, columns, from: name },
      joins: [],
      groupBy: [],
      selections: columns.map((column) => ({
        ...column,
        expression: { kind: "column", source: name, name: column.name, type: column.type },
      })),
      distinct: false,
      orderBy: [],
    },
  }
}

async function runDefinitions(pair: Pair, tables: readonly Table[]): Promise<Found | "refused" | undefined> {
  for (const table of tables) {
    const [onSqlite, onPostgres] = [pair.sqlite, pair.postgres].map(({ kysely }) =>
      buildDefinition(kysely, table),
    )
    for (const [place, definition] of (onSqlite ?? []).entries()) {
      const sqlite = await outcomeOf(() => definition.execute())
      if (sqlite.kind === "refused") return "refused"
      const postgres = await outcomeOf(() => onPostgres?.[place]?.execute() ?? Promise.resolve([]))
      const difference = differenceOf(sqlite, postgres, undefined)
      if (difference !== undefined) return { difference, step: undefined, statement: undefined }
      if (sqlite.kind === "error") return "refused"
    }
  }
  return undefined
}

/** Runs a program on both engines, up to the first difference. */
export async function runProgram(
  engines: Engines,
  program: Program,
  tally: Tally,
): Promise<Found | undefined> {
  const pair = await engines.fresh()
  const defined = await runDefinitions(pair, program.tables)
  if (defined === "refused") {
    count(tally.constructs, "(a definition)")
    return undefined
  }
  if (defined !== undefined) return defined
  const draws = program.tables.some(({ columns }) => columns.some(({ drawn }) => drawn !== undefined))
  const last: Step[] = program.tables.map(contents)
  for (const step of [...program.steps, ...last]) {
    const sqlite = await new Runner(pair.sqlite).run(step)
    const postgres = await new Runner(pair.postgres, sqlite).run(step)
    for (const [place, { statement, outcome }] of sqlite.entries()) {
      tallyUp(tally, outcome)
      const other = postgres[place]?.outcome ?? { kind: "broken", message: "it was not run" }
      const difference = differenceOf(outcome, other, statement)
      if (difference === undefined) continue
      // In what order rules are looked at is each engine's own affair. What has drawn numbers cannot be looked at again.
      const several =
        step.kind === "transaction" || draws
          ? bothRules(difference)
          : await breaksBoth(pair, statement, outcome, other)
      if (!several) return { difference, step, statement }
      tally.severalRules += 1
    }
    if (draws && sqlite.some(({ outcome }) => outcome.kind !== "rows")) await pair.alignSequences()
  }
  return undefined
}
