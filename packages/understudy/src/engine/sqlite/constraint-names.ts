import { TYPE_CHECK_PREFIX } from "./column-checks.ts"
import { columnsMentioned } from "./sql-tokens.ts"
import type { ConstraintDefinition, TableDefinition } from "./table-definition.ts"

/** Bytes of a name that PostgreSQL keeps. */
const NAME_BYTES = 63

const SUFFIX = { "primary key": "pkey", unique: "key", check: "check", "foreign key": "fkey" } as const

function cut(text: string, bytes: number): string {
  let kept = text
  while (Buffer.byteLength(kept) > bytes) kept = kept.slice(0, -1)
  return kept
}

/** `table_columns_suffix`, the longer of the first two cut until it fits, as PostgreSQL does. */
function joinName(table: string, columns: string, suffix: string): string {
  const room = NAME_BYTES - Buffer.byteLength(suffix) - (columns === "" ? 1 : 2)
  let tableBytes = Buffer.byteLength(table)
  let columnBytes = Buffer.byteLength(columns)
  while (tableBytes + columnBytes > room) {
    if (tableBytes > columnBytes) tableBytes -= 1
    else columnBytes -= 1
  }
  const parts = [cut(table, tableBytes), cut(columns, columnBytes), suffix]
  return parts.filter((part) => part !== "").join("_")
}

function columnsInName(constraint: ConstraintDefinition, columns: readonly string[]): string {
  if (constraint.kind !== "check") return constraint.columns.join("_")
  const mentioned = columnsMentioned(constraint.expression, columns)
  return mentioned.length === 1 ? (mentioned[0] as string) : ""
}

/** The names that other tables leave to none. */
export interface TakenNames {
  readonly constraints: ReadonlySet<string>
  /** Of tables, views and indexes: a key is one of them in PostgreSQL. */
  readonly relations: { has(name: string): boolean }
}

const NONE: TakenNames = { constraints: new Set(), relations: new Set() }

function nameFor(
  constraint: ConstraintDefinition,
  definition: TableDefinition,
  isTaken: (name: string) => boolean,
): string {
  const known = definition.columns.map(({ name }) => name)
  const columns = constraint.kind === "primary key" ? "" : columnsInName(constraint, known)
  for (let count = 0; ; count += 1) {
    const suffix = `${SUFFIX[constraint.kind]}${count === 0 ? "" : count}`
    const name = joinName(definition.name, columns, suffix)
    if (!isTaken(name)) return name
  }
}

/** Gives each constraint without a name the one that PostgreSQL makes up: `table_column_check`, `table_pkey`. */
export function nameConstraints(definition: TableDefinition, others: TakenNames = NONE): TableDefinition {
  const taken = new Set(definition.constraints.flatMap(({ name }) => name ?? []))
  const constraints = definition.constraints.map((constraint) => {
    if (constraint.name !== undefined) return constraint
    const isKey = constraint.kind === "primary key" || constraint.kind === "unique"
    const name = nameFor(
      constraint,
      definition,
      (each) => taken.has(each) || others.constraints.has(each) || (isKey && others.relations.has(each)),
    )
    taken.add(name)
    return { ...constraint, name }
  })
  return { ...definition, constraints }
}

/** Is this a check of Understudy's own that stands for a rule of the column's type? */
export function isTypeCheck({ name, kind }: ConstraintDefinition): boolean {
  return kind === "check" && name !== undefined && name.startsWith(TYPE_CHECK_PREFIX)
}

/** The column whose type a check stands for; undefined for any other constraint. */
export function typeCheckColumn(constraint: ConstraintDefinition): string | undefined {
  if (!isTypeCheck(constraint)) return undefined
  return /^[^:]*:[^:]*:(.*)$/s.exec(constraint.name ?? "")?.[1]
}
