import { inspect } from "node:util"
import { buildStatement, type Runnable } from "./build-query.ts"
import { buildDefinition } from "./build-schema.ts"
import type { Pair } from "./engines.ts"
import type { Failure } from "./fuzz.ts"
import type { Outcome } from "./outcome.ts"
import type { Statement, Step } from "./program.ts"

const MOST_ROWS = 8

function textOf(runnable: Runnable): string {
  try {
    const { sql, parameters } = runnable.compile()
    return parameters.length === 0
      ? sql
      : `${sql}\n      -- ${inspect(parameters, { breakLength: Infinity })}`
  } catch (error) {
    return `(${String(error)})`
  }
}

function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case "rows": {
      const rows = outcome.rows.slice(0, MOST_ROWS).map((row) => `      ${JSON.stringify(row)}`)
      return [`${outcome.rows.length} rows`, ...rows].join("\n")
    }
    case "error":
      return `${outcome.sqlstate} ${outcome.message}${outcome.constraint === undefined ? "" : ` (${outcome.constraint})`}`
    case "refused":
      return `refused: ${outcome.construct}`
    default:
      return outcome.message
  }
}

function describeStep({ postgres }: Pair, step: Step): string[] {
  const text = (statement: Statement): string => `  ${textOf(buildStatement(postgres.kysely, statement))}`
  if (step.kind !== "transaction") return [text(step)]
  return [
    "  begin",
    ...step.parts.flatMap(({ statements, rolledBack }) => [
      "  savepoint",
      ...statements.map(text),
      rolledBack ? "  rollback to savepoint" : "  release savepoint",
    ]),
    step.rolledBack ? "  rollback" : "  commit",
  ]
}

/** Expressions, joins and the like of which the statement is made: differences of one kind look alike. */
export function fingerprintOf({ difference, statement, program }: Failure): string {
  const shapes = new Set<string>()
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null || value instanceof Date || Buffer.isBuffer(value)) return
    const { kind, name, operator, type } = value as Record<string, unknown>
    if (typeof kind === "string" && kind !== "parameter") {
      const typeName = (type as { name?: string } | undefined)?.name ?? ""
      shapes.add([kind, kind === "column" ? undefined : name, operator, typeName].filter(Boolean).join(" "))
    }
    for (const each of Object.values(value)) look(each)
  }
  look(statement ?? program.tables)
  return `${difference.kind}: ${[...shapes].sort().join(", ")}`
}

/** A failure as people read it: the program as SQL, and what it came to on each engine. */
export function describeFailure(pair: Pair, failure: Failure, seed: number): string {
  const { program, difference, statement } = failure
  const definitions = program.tables.flatMap((table) =>
    buildDefinition(pair.postgres.kysely, table).map((each) => `  ${textOf(each)}`),
  )
  const onSqlite =
    statement === undefined
      ? program.tables.flatMap((table) =>
          buildDefinition(pair.sqlite.kysely, table).map((each) => `    ${textOf(each)}`),
        )
      : [`    ${textOf(buildStatement(pair.sqlite.kysely, statement))}`]
  return [
    `--- seed ${seed}, program ${failure.index}: ${difference.kind}`,
    `  ${fingerprintOf(failure)}`,
    ...definitions,
    ...program.steps.flatMap((step) => describeStep(pair, step)),
    ...(statement === undefined
      ? []
      : ["  differs:", `    ${textOf(buildStatement(pair.postgres.kysely, statement))}`]),
    "  on SQLite:",
    ...onSqlite,
    `  PostgreSQL: ${describeOutcome(difference.postgres)}`,
    `  SQLite:     ${describeOutcome(difference.sqlite)}`,
  ].join("\n")
}
