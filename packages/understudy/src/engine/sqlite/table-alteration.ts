import { DatabaseError } from "../../errors/database-error.ts"
import { declaredType, parseDeclaredType, type LogicalType } from "../logical-type.ts"
import { typeCheckClauses } from "./column-checks.ts"
import { isTypeCheck, nameConstraints, typeCheckColumn, type TakenNames } from "./constraint-names.ts"
import { parseTable } from "./parse-table.ts"
import { drawsIdentity } from "./sequences.ts"
import { columnsMentioned, quoteName } from "./sql-tokens.ts"
import {
  leadsTo,
  primaryKeyOf,
  type ColumnDefinition,
  type ConstraintDefinition,
  type TableDefinition,
} from "./table-definition.ts"
import { conversion } from "./type-conversion.ts"
import { usingExpression } from "./using-expression.ts"

/** One change of a table's definition. Renaming is SQLite's own business. */
export type Alteration =
  | {
      readonly kind: "add column"
      readonly column: ColumnDefinition
      readonly constraints: readonly ConstraintDefinition[]
      readonly ifNotExists: boolean
    }
  | { readonly kind: "drop column"; readonly column: string; readonly ifExists: boolean }
  | { readonly kind: "set not null" | "drop not null" | "drop default"; readonly column: string }
  | { readonly kind: "set default"; readonly column: string; readonly defaultTo: string }
  | {
      readonly kind: "type"
      readonly column: string
      readonly type: LogicalType
      /** The expression that gives the new value; undefined: PostgreSQL's assignment cast. */
      readonly using: string | undefined
    }
  | { readonly kind: "add constraint"; readonly constraint: ConstraintDefinition }
  | {
      readonly kind: "drop constraint"
      readonly name: string
      readonly ifExists: boolean
      /** Drop the foreign keys that lead to it as well. */
      readonly cascade: boolean
    }
  | { readonly kind: "rename constraint"; readonly name: string; readonly newName: string }

/** A table on its way: what it will be, and how the values of its columns come from the old ones. */
export interface Altered {
  readonly definition: TableDefinition
  /** The expression over the old row by column; columns that are not in it get their default. */
  readonly values: ReadonlyMap<string, string>
}

function refusal(code: string, table: string, message: string, columns?: readonly string[]): DatabaseError {
  return new DatabaseError({ code, message, ...(columns === undefined ? {} : { table, columns }) })
}

/** The columns that a constraint needs. */
function columnsOf(constraint: ConstraintDefinition, definition: TableDefinition): readonly string[] {
  if (constraint.kind !== "check") return constraint.columns
  const typed = typeCheckColumn(constraint)
  if (typed !== undefined) return [typed]
  return columnsMentioned(
    constraint.expression,
    definition.columns.map(({ name }) => name),
  )
}

/** The checks that stand for the rules of a column's type. */
function typeChecks(column: string, type: LogicalType): readonly ConstraintDefinition[] {
  const clauses = typeCheckClauses(column, quoteName(column), type).join(" ")
  return (
    parseTable(`create table t (${quoteName(column)} ${declaredType(type)} ${clauses})`)?.constraints ?? []
  )
}

function columnNamed({ name: table, columns }: TableDefinition, name: string): ColumnDefinition {
  const column = columns.find((each) => each.name === name)
  if (column === undefined) {
    throw refusal("42703", table, `column "${name}" of relation "${table}" does not exist`)
  }
  return column
}

function withColumn(
  definition: TableDefinition,
  name: string,
  change: Partial<ColumnDefinition>,
): TableDefinition {
  columnNamed(definition, name)
  const columns = definition.columns.map((each) => (each.name === name ? { ...each, ...change } : each))
  return { ...definition, columns }
}

function addColumn(altered: Altered, step: Extract<Alteration, { kind: "add column" }>): Altered {
  const { definition } = altered
  const { column, constraints, ifNotExists } = step
  if (definition.columns.some(({ name }) => name === column.name)) {
    if (ifNotExists) return altered
    const message = `column "${column.name}" of relation "${definition.name}" already exists`
    throw refusal("42701", definition.name, message)
  }
  const grown: TableDefinition = { ...definition, columns: [...definition.columns, column] }
  return { ...altered, definition: constraints.reduce(addConstraint, grown) }
}

/** Does a foreign key of the table lead to just these columns of the same table, or to one of them? */
function refersTo(
  each: ConstraintDefinition,
  definition: TableDefinition,
  columns: readonly string[],
): boolean {
  if (each.kind !== "foreign key" || each.parent.toLowerCase() !== definition.name.toLowerCase()) return false
  const key = each.parentColumns.length === 0 ? primaryKeyOf(definition) : each.parentColumns
  return columns.every((name) => key.includes(name))
}

function dropConstraint(definition: TableDefinition, name: string, cascade: boolean): TableDefinition {
  const gone = constraintNamed(definition, name)
  const isKey = gone?.kind === "primary key" || gone?.kind === "unique"
  if (isKey && cascade) {
    const kept = definition.constraints.filter(
      (each) => each !== gone && !leadsTo(each, definition, gone.columns),
    )
    return { ...definition, constraints: kept }
  }
  if (isKey && definition.constraints.some((each) => refersTo(each, definition, gone.columns)))
    throw refusal("2BP01", definition.name, `cannot drop constraint ${name}: a foreign key depends on it`)
  return { ...definition, constraints: definition.constraints.filter((each) => each !== gone) }
}

function dropColumn(altered: Altered, name: string, ifExists: boolean): Altered {
  const { definition } = altered
  if (ifExists && !definition.columns.some((each) => each.name === name)) return altered
  columnNamed(definition, name)
  const dependent = definition.columns.find(
    ({ generated }) => generated !== undefined && columnsMentioned(generated, [name]).length > 0,
  )
  if (dependent !== undefined && dependent.name !== name) {
    const message = `cannot drop column ${name} of table ${definition.name}: column ${dependent.name} depends on it`
    throw refusal("2BP01", definition.name, message)
  }
  const own = definition.constraints.filter((each) => !columnsOf(each, definition).includes(name))
  if (own.some((each) => refersTo(each, definition, [name])))
    throw refusal(
      "2BP01",
      definition.name,
      `cannot drop column ${name} of table ${definition.name}: a key depends on it`,
    )
  const values = new Map(altered.values)
  values.delete(name)
  const columns = definition.columns.filter((each) => each.name !== name)
  return { definition: { ...definition, columns, constraints: own }, values }
}

function addConstraint(definition: TableDefinition, constraint: ConstraintDefinition): TableDefinition {
  const table = definition.name
  if (constraint.kind !== "check") for (const name of constraint.columns) columnNamed(definition, name)
  const { name } = constraint
  if (name !== undefined && definition.constraints.some((each) => each.name === name)) {
    const code = constraint.kind === "unique" || constraint.kind === "primary key" ? "42P07" : "42710"
    throw refusal(code, table, `constraint "${name}" for relation "${table}" already exists`)
  }
  if (constraint.kind === "primary key" && primaryKeyOf(definition).length > 0) {
    throw refusal("42P16", table, `multiple primary keys for table "${table}" are not allowed`)
  }
  const grown: TableDefinition = { ...definition, constraints: [...definition.constraints, constraint] }
  if (constraint.kind !== "primary key") return grown
  return constraint.columns.reduce<TableDefinition>(
    (each, column) => withColumn(each, column, { notNull: true }),
    grown,
  )
}

function constraintNamed(definition: TableDefinition, name: string): ConstraintDefinition | undefined {
  return definition.constraints.find((each) => each.name === name && !isTypeCheck(each))
}

function requireConstraint(definition: TableDefinition, name: string): void {
  if (constraintNamed(definition, name) !== undefined) return
  const table = definition.name
  throw refusal("42704", table, `constraint "${name}" of relation "${table}" does not exist`)
}

function changeType(altered: Altered, step: Extract<Alteration, { kind: "type" }>): Altered {
  const { definition } = altered
  const { column, type } = step
  const old = columnNamed(definition, column)
  const reader = definition.columns.find(
    ({ generated }) => generated !== undefined && columnsMentioned(generated, [column]).length > 0,
  )
  if (reader !== undefined) {
    const message = `cannot alter type of a column used by the generated column ${reader.name}`
    throw refusal("0A000", definition.name, message)
  }
  const from = parseDeclaredType(old.type)
  const value =
    step.using !== undefined
      ? usingExpression(step.using, type, definition)
      : from && conversion(quoteName(column), from, type)
  if (value === undefined) {
    const message = `column "${column}" cannot be cast automatically to type ${type.name}`
    throw refusal("42804", definition.name, message)
  }
  const kept = definition.constraints.filter(
    (each) => !(isTypeCheck(each) && columnsOf(each, definition).includes(column)),
  )
  const changed = withColumn(definition, column, { type: declaredType(type) })
  return {
    definition: { ...changed, constraints: [...kept, ...typeChecks(column, type)] },
    values: old.generated === undefined ? new Map([...altered.values, [column, value]]) : altered.values,
  }
}

/** What belongs to the database alone is not the program's to change. */
function assertOwnDefault(definition: TableDefinition, name: string): void {
  const { defaultTo = "", generated } = columnNamed(definition, name)
  const what = generated !== undefined ? "a generated" : drawsIdentity(defaultTo) ? "an identity" : undefined
  if (what === undefined) return
  const message = `column "${name}" of relation "${definition.name}" is ${what} column`
  throw refusal("42601", definition.name, message)
}

function apply(altered: Altered, alteration: Alteration): Altered {
  const { definition } = altered
  const become = (changed: TableDefinition): Altered => ({ ...altered, definition: changed })
  switch (alteration.kind) {
    case "add column":
      return addColumn(altered, alteration)
    case "drop column":
      return dropColumn(altered, alteration.column, alteration.ifExists)
    case "set not null":
      return become(withColumn(definition, alteration.column, { notNull: true }))
    case "drop not null":
      if (drawsIdentity(columnNamed(definition, alteration.column).defaultTo ?? ""))
        assertOwnDefault(definition, alteration.column)
      if (primaryKeyOf(definition).includes(alteration.column)) {
        throw refusal("42P16", definition.name, `column "${alteration.column}" is in a primary key`)
      }
      return become(withColumn(definition, alteration.column, { notNull: false }))
    case "set default":
      assertOwnDefault(definition, alteration.column)
      return become(withColumn(definition, alteration.column, { defaultTo: alteration.defaultTo }))
    case "drop default":
      assertOwnDefault(definition, alteration.column)
      return become(withColumn(definition, alteration.column, { defaultTo: undefined }))
    case "type":
      return changeType(altered, alteration)
    case "add constraint":
      return become(addConstraint(definition, alteration.constraint))
    case "drop constraint": {
      if (!alteration.ifExists) requireConstraint(definition, alteration.name)
      return become(dropConstraint(definition, alteration.name, alteration.cascade))
    }
    case "rename constraint": {
      requireConstraint(definition, alteration.name)
      const renamed = constraintNamed(definition, alteration.name)
      const constraints = definition.constraints.map((each) =>
        each === renamed ? { ...each, name: alteration.newName } : each,
      )
      return become({ ...definition, constraints })
    }
    default:
      return alteration satisfies never
  }
}

/**
 * What a table becomes, in the order of the alterations. Pure.
 *
 * @param others The names that other tables leave to none; none are taken by default.
 * @throws DatabaseError with PostgreSQL's SQLSTATE where the alteration does not fit the table.
 */
export function alterTable(
  before: TableDefinition,
  alterations: readonly Alteration[],
  others?: TakenNames,
): Altered {
  const own = before.columns.filter(({ generated }) => generated === undefined)
  const start: Altered = {
    definition: nameConstraints(before),
    values: new Map(own.map(({ name }) => [name, quoteName(name)])),
  }
  const altered = alterations.reduce(apply, start)
  return { ...altered, definition: nameConstraints(altered.definition, others) }
}
