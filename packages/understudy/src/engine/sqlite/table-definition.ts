import { quoteName } from "./sql-tokens.ts"

/** A column with what belongs to it alone; its keys and checks are constraints of the table. */
export interface ColumnDefinition {
  readonly name: string
  /** As it is declared; may be empty. */
  readonly type: string
  readonly notNull: boolean
  /** The default's expression, in parentheses or a literal. */
  readonly defaultTo: string | undefined
  /** `generated always as (…) stored` or `… virtual`. */
  readonly generated: string | undefined
  readonly collate: string | undefined
}

/** A constraint of a table. */
export type ConstraintDefinition = {
  /** Undefined where the text gives none. */
  readonly name: string | undefined
} & (
  | { readonly kind: "primary key" | "unique"; readonly columns: readonly string[] }
  /** The expression with its parentheses. */
  | { readonly kind: "check"; readonly expression: string }
  | ForeignKeyPart
)

/** What a foreign key says but for its name. */
export interface ForeignKeyPart {
  readonly kind: "foreign key"
  readonly columns: readonly string[]
  readonly parent: string
  /** Empty: the parent's primary key. */
  readonly parentColumns: readonly string[]
  /** `on delete cascade …`, `deferrable initially deferred`. */
  readonly actions: string
}

/** A table's definition, taken apart. */
export interface TableDefinition {
  readonly name: string
  /** Between `create` and the name: `table`, `temporary table if not exists`. */
  readonly head: string
  readonly columns: readonly ColumnDefinition[]
  readonly constraints: readonly ConstraintDefinition[]
  /** Behind the last parenthesis: `strict`, `without rowid`. */
  readonly options: string
}

function list(columns: readonly string[]): string {
  return `(${columns.map(quoteName).join(", ")})`
}

function printColumn(column: ColumnDefinition): string {
  const { name, type, notNull, defaultTo, generated, collate } = column
  const parts = [
    quoteName(name),
    type,
    collate === undefined ? "" : `collate ${collate}`,
    generated ?? "",
    defaultTo === undefined ? "" : `default ${defaultTo}`,
    notNull ? "not null" : "",
  ]
  return parts.filter((part) => part !== "").join(" ")
}

function printBody(constraint: ConstraintDefinition): string {
  switch (constraint.kind) {
    case "primary key":
    case "unique":
      return `${constraint.kind} ${list(constraint.columns)}`
    case "check":
      return `check ${constraint.expression}`
    case "foreign key": {
      const { columns, parent, parentColumns, actions } = constraint
      const target = `${quoteName(parent)}${parentColumns.length === 0 ? "" : ` ${list(parentColumns)}`}`
      return `foreign key ${list(columns)} references ${target} ${actions}`.trimEnd()
    }
    default:
      return constraint satisfies never
  }
}

function printConstraint(constraint: ConstraintDefinition): string {
  const body = printBody(constraint)
  return constraint.name === undefined ? body : `constraint ${quoteName(constraint.name)} ${body}`
}

/** The `create table` that makes a definition. */
export function printTable({ head, name, columns, constraints, options }: TableDefinition): string {
  const parts = [...columns.map(printColumn), ...constraints.map(printConstraint)]
  return `create ${head} ${quoteName(name)} (${parts.join(", ")}) ${options}`.trimEnd()
}

/** The foreign keys of a definition. */
export function foreignKeysOf(
  definition: TableDefinition,
): (ForeignKeyPart & { readonly name: string | undefined })[] {
  return definition.constraints.filter((each) => each.kind === "foreign key")
}

/** The columns of the primary key. */
export function primaryKeyOf({ constraints }: TableDefinition): readonly string[] {
  const key = constraints.find((each) => each.kind === "primary key")
  return key?.kind === "primary key" ? key.columns : []
}

/** Are these the same names, in whatever order? Case does not count, as SQLite has it. */
export function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  const names = new Set(other.map((name) => name.toLowerCase()))
  return one.length === other.length && one.every((name) => names.has(name.toLowerCase()))
}

/** Is this a foreign key to just these columns of a table? */
export function leadsTo(
  each: ConstraintDefinition,
  parent: TableDefinition,
  columns: readonly string[],
): boolean {
  if (each.kind !== "foreign key" || each.parent.toLowerCase() !== parent.name.toLowerCase()) return false
  return isSameSet(each.parentColumns.length === 0 ? primaryKeyOf(parent) : each.parentColumns, columns)
}
