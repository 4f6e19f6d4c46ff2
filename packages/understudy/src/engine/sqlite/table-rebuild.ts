import type { DatabaseSync } from "node:sqlite"
import { DatabaseError } from "../../errors/database-error.ts"
import { findBrokenKey, isAtPlace, type IsWithheld, type KeyPlace } from "./broken-key.ts"
import { isTypeCheck } from "./constraint-names.ts"
import { checkKeyTypes } from "./definition-checks.ts"
import { isSameToSqlite, requireRelation } from "./relations.ts"
import { columnsMentioned, quoteName, tokensOf } from "./sql-tokens.ts"
import type { Altered } from "./table-alteration.ts"
import { foreignKeysOf, primaryKeyOf, printTable, type TableDefinition } from "./table-definition.ts"
import { childrenOf, findDefinition, rewriteDefinitions, withoutForeignKeys } from "./table-texts.ts"

/** What the table is called while its rows are copied. */
const OLD_TABLE = "understudy_old"

/** What SQLite keeps in indexes and in the rows, and what the rows are known to satisfy. */
function storageOf({ columns, constraints, options }: TableDefinition): string {
  const shape = columns.map(({ name, type, generated, collate }) => [name, type, generated, collate])
  const keys = constraints.flatMap((each) =>
    each.kind === "unique" || each.kind === "primary key" ? [[each.kind, ...each.columns]] : [],
  )
  return JSON.stringify([shape, keys, options])
}

/** Must the rows be looked at or copied? */
function touchesRows(before: TableDefinition, { definition: after, values }: Altered): boolean {
  if (storageOf(before) !== storageOf(after)) return true
  if ([...values].some(([name, value]) => value !== quoteName(name))) return true
  const checks = new Set(before.constraints.flatMap((each) => (each.kind === "check" ? each.expression : [])))
  return (
    after.constraints.some((each) => each.kind === "check" && !checks.has(each.expression)) ||
    after.columns.some(({ notNull }, index) => notNull && before.columns[index]?.notNull !== true)
  )
}

/**
 * Are there only more columns, empty in the rows that are there, with no rule that an empty one could break? Then no
 * row need be copied.
 */
function onlyAddsEmptyColumns(before: TableDefinition, after: TableDefinition): boolean {
  const kept = new Set(before.columns.map(({ name }) => name))
  const added = after.columns.slice(before.columns.length)
  const asBefore = { ...after, columns: after.columns.filter(({ name }) => kept.has(name)) }
  const rules = new Set(before.constraints.map((each) => each.name))
  return (
    added.length > 0 &&
    added.every((each) => each.defaultTo === undefined && each.generated === undefined && !each.notNull) &&
    storageOf(asBefore) === storageOf(before) &&
    JSON.stringify(asBefore.columns) === JSON.stringify(before.columns) &&
    after.constraints.every(
      (each) => rules.has(each.name) || isTypeCheck(each) || each.kind === "foreign key",
    )
  )
}

/** The texts of the indexes and triggers that a table keeps: an index goes with a column that it names. */
function keptTexts(database: DatabaseSync, table: string, dropped: readonly string[]): string[] {
  const rows = database
    .prepare(
      "select type, sql from sqlite_schema where tbl_name = ? and type in ('index', 'trigger') and sql is not null",
    )
    .all(table)
  return rows.flatMap((row) => {
    const sql = String(row["sql"])
    const items = (tokensOf(sql) ?? []).find(({ kind }) => kind === "group")
    const named = row["type"] === "index" ? columnsMentioned(sql.slice(items?.start), dropped) : []
    return named.length > 0 ? [] : [sql]
  })
}

/** A new table under the name, the rows copied, the old one dropped, indexes and triggers made anew. */
function copyTable(database: DatabaseSync, before: TableDefinition, { definition, values }: Altered): void {
  const after = definition.columns.map(({ name }) => name)
  const dropped = before.columns.map(({ name }) => name).filter((name) => !after.includes(name))
  const kept = keptTexts(database, before.name, dropped)
  // So that views and triggers that name the table keep their texts: there will be one of that name again.
  database.exec("pragma legacy_alter_table = on")
  try {
    database.exec(`alter table ${quoteName(before.name)} rename to ${OLD_TABLE}`)
    database.exec(printTable(withoutForeignKeys(definition)))
    const into = [...values.keys()].map(quoteName).join(", ")
    const from = [...values.values()].join(", ")
    if (values.size > 0)
      database.exec(`insert into ${quoteName(definition.name)} (${into}) select ${from} from ${OLD_TABLE}`)
    database.exec(`drop table ${OLD_TABLE}`)
  } finally {
    database.exec("pragma legacy_alter_table = off")
  }
  for (const sql of kept) database.exec(sql)
}

function dependsError(table: string, on: string): DatabaseError {
  return new DatabaseError({ code: "2BP01", message: `cannot change ${on}: ${table} depends on it` })
}

/** The foreign key that rows of a table break. Throws where one has no key to lead to. */
function brokenKey(
  database: DatabaseSync,
  child: TableDefinition,
  changed: string,
  isWithheld: IsWithheld,
): KeyPlace | undefined {
  try {
    return findBrokenKey(database, child.name, isWithheld)
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("foreign key mismatch"))) throw error
    if (child.name !== changed) throw dependsError(child.name, changed)
    const message = "there is no unique constraint matching given keys for referenced table"
    throw new DatabaseError({ code: "42830", message }, error)
  }
}

/** Throws where rows of a table have no parent, or a foreign key has no key of a fitting type to lead to. */
function checkForeignKeys(
  database: DatabaseSync,
  child: TableDefinition,
  changed: string,
  isWithheld: IsWithheld,
): void {
  const broken = brokenKey(database, child, changed, isWithheld)
  for (const { parent, columns, parentColumns } of foreignKeysOf(child)) {
    const target = isSameToSqlite(parent, child.name) ? child : findDefinition(database, parent)
    if (target === undefined) continue
    checkKeyTypes(child, columns, target, parentColumns.length === 0 ? primaryKeyOf(target) : parentColumns)
  }
  if (broken === undefined) return
  const key = foreignKeysOf(child).find((each) => isAtPlace(each, broken))
  throw new DatabaseError({
    code: "23503",
    message: `insert or update on table "${child.name}" violates foreign key constraint "${key?.name}"`,
    constraint: key?.name,
    table: child.name,
    columns: broken.columns,
  })
}

/**
 * Throws where a foreign key leads to a table or to columns that are not there, or to columns that are no key.
 *
 * @throws DatabaseError `42P01`, `42703`, `42830`
 */
export function checkParents(
  database: DatabaseSync,
  definition: TableDefinition,
  isWithheld: IsWithheld,
): void {
  for (const { parent, columns, parentColumns } of foreignKeysOf(definition)) {
    const target = parent === definition.name ? definition : findDefinition(database, parent)
    if (target === undefined) {
      requireRelation(database, parent, "table")
      continue
    }
    const key = parentColumns.length === 0 ? primaryKeyOf(target) : parentColumns
    const missing = key.find((name) => !target.columns.some((each) => each.name === name))
    if (missing !== undefined) {
      const message = `column "${missing}" referenced in foreign key constraint does not exist`
      throw new DatabaseError({ code: "42703", message })
    }
    if (key.length !== columns.length)
      throw new DatabaseError({ code: "42830", message: "the numbers of columns disagree" })
  }
  if (foreignKeysOf(definition).length > 0)
    checkForeignKeys(database, definition, definition.name, isWithheld)
}

/**
 * Throws where a view can no longer be read.
 *
 * @throws DatabaseError `2BP01`
 */
export function checkViews(database: DatabaseSync, changed: string): void {
  for (const view of viewsOf(database)) if (!isReadable(database, view)) throw dependsError(view, changed)
}

/** The names of all views. */
export function viewsOf(database: DatabaseSync): string[] {
  const rows = database.prepare("select name from sqlite_schema where type = 'view'").all()
  return rows.map((row) => String(row["name"]))
}

/**
 * Throws where a view reads a column whose type is to change.
 *
 * @throws DatabaseError `0A000`
 */
export function checkUnread(database: DatabaseSync, table: string, column: string): void {
  const texts = (): string =>
    JSON.stringify(database.prepare("select sql from sqlite_schema where type = 'view'").all())
  const before = texts()
  if (before === "[]") return
  // SQLite follows a rename to where the column is read, or says which view it cannot follow into.
  database.exec("savepoint understudy_probe")
  let isRead = true
  try {
    database.exec(`alter table ${quoteName(table)} rename column ${quoteName(column)} to understudy_probe`)
    isRead = texts() !== before
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("error in view"))) throw error
  } finally {
    database.exec("rollback to understudy_probe; release understudy_probe")
  }
  if (isRead)
    throw new DatabaseError({ code: "0A000", message: "cannot alter type of a column used by a view" })
}

/** Is all that a view names still there? */
export function isReadable(database: DatabaseSync, view: string): boolean {
  try {
    database.prepare(`select 1 from ${quoteName(view)}`)
    return true
  } catch {
    return false
  }
}

/**
 * Makes a table what it is to be. The order is SQLite's own (https://sqlite.org/lang_altertable.html, section 7), but
 * for one point: foreign keys cannot be switched off inside a transaction, and dropping a table acts on the rows that
 * refer to it. So the foreign keys to the table and of it are taken out of the definitions first, and put back at the
 * end, when all of them are checked. To be run inside a savepoint.
 */
export function replaceTable(
  database: DatabaseSync,
  before: TableDefinition,
  altered: Altered,
  isWithheld: IsWithheld,
): void {
  const { definition } = altered
  if (onlyAddsEmptyColumns(before, definition)) {
    for (const { name, type } of definition.columns.slice(before.columns.length))
      database.exec(`alter table ${quoteName(before.name)} add column ${quoteName(name)} ${type}`)
    rewriteDefinitions(database, [definition])
    return checkParents(database, definition, isWithheld)
  }
  if (!touchesRows(before, altered)) {
    rewriteDefinitions(database, [definition])
    const keys = (table: TableDefinition): string => JSON.stringify(foreignKeysOf(table))
    if (keys(before) !== keys(definition)) checkParents(database, definition, isWithheld)
    return
  }
  const children = childrenOf(database, before.name)
  rewriteDefinitions(database, [
    withoutForeignKeys(before),
    ...children.map((child) => withoutForeignKeys(child, before.name)),
  ])
  copyTable(database, before, altered)
  rewriteDefinitions(database, [definition, ...children])
  checkParents(database, definition, isWithheld)
  for (const child of children) checkForeignKeys(database, child, definition.name, isWithheld)
  checkViews(database, definition.name)
}
