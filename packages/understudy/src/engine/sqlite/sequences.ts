import type { DatabaseSync } from "node:sqlite"
import type { TableDefinition } from "./table-definition.ts"
import { quoteText } from "./sql-tokens.ts"

/** The table that holds the local sequences of identity and serial columns. */
export const SEQUENCE_TABLE = "understudy_sequence"

/** The SQL function that draws the next id of a sequence. */
export const NEXT_ID_FUNCTION = "understudy_next_id"

/** What draws the ids of a column. It is said to the function, since that survives wherever a default does. */
export type Drawing = "serial" | "by default" | "always"

// A rowid by chance tells a sequence from a dropped one of the same name.
const CREATE = `insert into ${SEQUENCE_TABLE} (rowid, name, next) values (random(), ?, 1)`
const FORGET = `delete from ${SEQUENCE_TABLE} where name = ?`
const MOVE = `update or replace ${SEQUENCE_TABLE} set name = ? where name = ?`

/** The name of the sequence of a column. */
function sequenceOf(table: string, column: string): string {
  return `${table}.${column}`
}

/** The default that draws the ids of a column. `always`: nothing but the sequence gives it values. */
export function drawingDefault(table: string, column: string, drawing: Drawing): string {
  const word = drawing === "serial" ? "" : `, ${quoteText(drawing)}`
  return `${NEXT_ID_FUNCTION}(${quoteText(sequenceOf(table, column))}${word})`
}

function draws(expression: string, drawing: Drawing): boolean {
  return expression.includes(`${NEXT_ID_FUNCTION}(`) && expression.includes(`, ${quoteText(drawing)})`)
}

/** Is this a default that draws from the sequence of this name? */
export function drawsFor(expression: string, sequence: string): boolean {
  return expression.includes(`${NEXT_ID_FUNCTION}(${quoteText(sequence)}`)
}

/** Is this the default of an identity column, of either kind? */
export function drawsIdentity(expression: string): boolean {
  return draws(expression, "always") || draws(expression, "by default")
}

/** Is this the default of an identity column that is `generated always`? */
export function drawsAlways(expression: string): boolean {
  return draws(expression, "always")
}

/** A default that draws for a column, drawing for the name that it gets. Any other stays. */
export function renamedDefault(
  expression: string,
  before: readonly [table: string, column: string],
  after: readonly [table: string, column: string],
): string {
  const call = (name: readonly [string, string]): string =>
    `${NEXT_ID_FUNCTION}(${quoteText(sequenceOf(...name))}`
  return expression.replace(call(before), () => call(after))
}

function drawnColumns({ columns }: TableDefinition): readonly string[] {
  return columns
    .filter(({ defaultTo }) => defaultTo?.includes(NEXT_ID_FUNCTION) === true)
    .map(({ name }) => name)
}

/** Makes the sequences of the columns that `before` did not have. */
export function createSequences(
  database: DatabaseSync,
  after: TableDefinition,
  before?: TableDefinition,
): void {
  const known = new Set(before === undefined ? [] : drawnColumns(before))
  for (const column of drawnColumns(after)) {
    if (known.has(column)) continue
    const name = sequenceOf(after.name, column)
    // A table dropped by raw SQL leaves its own behind.
    database.prepare(FORGET).run(name)
    database.prepare(CREATE).run(name)
  }
}

/** Forgets the sequences of the columns that `after` no longer has, or of a whole table. */
export function forgetSequences(
  database: DatabaseSync,
  before: TableDefinition,
  after?: TableDefinition,
): void {
  for (const { name } of before.columns) {
    const stays = after?.columns.some((column) => column.name === name) === true
    if (!stays) database.prepare(FORGET).run(sequenceOf(before.name, name))
  }
}

/** Gives a sequence the name that its column gets. */
export function moveSequence(
  database: DatabaseSync,
  before: readonly [table: string, column: string],
  after: readonly [table: string, column: string],
): void {
  database.prepare(MOVE).run(sequenceOf(...after), sequenceOf(...before))
}
