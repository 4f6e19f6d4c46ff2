import type { DatabaseSync } from "node:sqlite"
import type { AlterTableNode, CreateTableNode, DropTableNode, DropViewNode, RootOperationNode } from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import type { EngineQuery } from "../contract.ts"
import { notPortable } from "../not-portable.ts"
import { alterationsOf, type Renaming } from "./alterations.ts"
import type { IsWithheld } from "./broken-key.ts"
import { nameConstraints, typeCheckColumn } from "./constraint-names.ts"
import { defineTable } from "./ddl-compiler.ts"
import { assertDefinition } from "./defined-expressions.ts"
import { checkDefaults, checkGenerated, checkKeys } from "./definition-checks.ts"
import { createIndex, dropIndex } from "./index-change.ts"
import {
  checkColumnNames,
  checkConstraintNames,
  checkFree,
  isThere,
  relationsOf,
  requireRelation,
  takenNames,
} from "./relations.ts"
import { createSequences, forgetSequences, moveSequence, renamedDefault } from "./sequences.ts"
import { quoteName } from "./sql-tokens.ts"
import { alterTable, type Alteration } from "./table-alteration.ts"
import { printTable, type TableDefinition } from "./table-definition.ts"
import { checkParents, checkUnread, checkViews, isReadable, replaceTable, viewsOf } from "./table-rebuild.ts"
import {
  childrenOf,
  readDefinition,
  rewriteDefinitions,
  withoutForeignKeys,
  withoutKeysTo,
} from "./table-texts.ts"
import { createView, isReadByView } from "./views.ts"

function isRenaming(each: Alteration | Renaming): each is Renaming {
  return each.kind === "rename column" || each.kind === "rename table"
}

function renameIn(database: DatabaseSync, sql: string): void {
  try {
    database.exec(sql)
  } catch (error) {
    const view = /^error in view (.*) after rename: no such column/.exec(
      String((error as Error).message),
    )?.[1]
    if (view === undefined) throw error
    throw notPortable(
      `Renaming a column that the view ${view} reads through a * in a subquery`,
      "Drop the view, rename, and make it anew; or name the columns in its subquery.",
    )
  }
}

/** SQLite renames, in views and foreign keys too; what Understudy wrote into names and defaults follows here. */
function rename(database: DatabaseSync, before: TableDefinition, renaming: Renaming): void {
  if (renaming.kind === "rename table") checkFree(relationsOf(database), renaming.newName)
  else {
    const kept = before.columns.map((column) => column.name).filter((column) => column !== renaming.column)
    checkColumnNames([...kept, renaming.newName])
  }
  const table = quoteName(before.name)
  const target =
    renaming.kind === "rename table"
      ? `to ${quoteName(renaming.newName)}`
      : `column ${quoteName(renaming.column)} to ${quoteName(renaming.newName)}`
  // What has no name yet keeps the one that it has in PostgreSQL, which is made of the old names.
  rewriteDefinitions(database, [nameConstraints(before)])
  renameIn(database, `alter table ${table} rename ${target}`)
  const name = renaming.kind === "rename table" ? renaming.newName : before.name
  const after = readDefinition(database, name)
  const columns = after.columns.map((column, index) => {
    const old = before.columns[index]?.name ?? column.name
    if (old === column.name && name === before.name) return column
    const [from, to] = [[before.name, old] as const, [name, column.name] as const]
    moveSequence(database, from, to)
    const defaultTo = column.defaultTo === undefined ? undefined : renamedDefault(column.defaultTo, from, to)
    return { ...column, defaultTo }
  })
  const constraints = after.constraints.map((each) => {
    if (renaming.kind === "rename table" || each.name === undefined) return each
    if (typeCheckColumn(each) !== renaming.column) return each
    return { ...each, name: each.name.slice(0, -renaming.column.length) + renaming.newName }
  })
  rewriteDefinitions(database, [{ ...after, columns, constraints }])
}

function alter(database: DatabaseSync, node: AlterTableNode, isWithheld: IsWithheld): void {
  requireRelation(database, node.table.table.identifier.name, "table")
  const before = readDefinition(database, node.table.table.identifier.name)
  const steps = alterationsOf(node, before, defineTable)
  const [first] = steps
  if (first !== undefined && steps.length === 1 && isRenaming(first)) return rename(database, before, first)
  if (steps.some(isRenaming))
    throw new DatabaseError({ code: "42601", message: "RENAME stands alone in its ALTER TABLE" })
  const changes = steps.filter((each) => !isRenaming(each))
  for (const step of changes) {
    if (step.kind !== "type" || !isReadByView(database, before.name, step.column)) continue
    const message = "cannot alter type of a column used by a view or rule"
    throw new DatabaseError({ code: "0A000", message })
  }
  const relations = relationsOf(database)
  for (const each of changes) {
    if (each.kind === "add constraint") checkConstraintNames(relations, [each.constraint])
  }
  const altered = alterTable(before, changes, takenNames(database, before.name))
  checkColumnNames(altered.definition.columns.map(({ name }) => name))
  for (const each of changes) if (each.kind === "type") checkUnread(database, before.name, each.column)
  checkGenerated(altered.definition)
  checkKeys(altered.definition)
  checkDefaults(database, altered.definition)
  assertDefinition(altered.definition, nameConstraints(before))
  for (const each of changes) {
    if (each.kind === "drop constraint" && each.cascade) dropDependentKeys(database, before, each.name)
  }
  replaceTable(database, before, altered, isWithheld)
  forgetSequences(database, before, altered.definition)
  createSequences(database, altered.definition, before)
}

/** Drops the foreign keys of other tables that lead to a key of this one. */
function dropDependentKeys(database: DatabaseSync, parent: TableDefinition, name: string): void {
  const key = nameConstraints(parent).constraints.find((each) => each.name === name)
  if (key?.kind !== "unique" && key?.kind !== "primary key") return
  const children = childrenOf(database, parent.name)
  rewriteDefinitions(
    database,
    children.map((child) => withoutKeysTo(child, parent, key.columns)),
  )
}

function createTable(database: DatabaseSync, node: CreateTableNode, isWithheld: IsWithheld): void {
  const name = node.table.table.identifier.name
  const relations = relationsOf(database)
  if (node.ifNotExists === true && relations.has(name)) return
  const made = defineTable(node)
  checkFree(relations, name)
  checkColumnNames(made.columns.map((column) => column.name))
  checkConstraintNames(relations, made.constraints)
  checkGenerated(made)
  checkKeys(made)
  checkDefaults(database, made)
  assertDefinition(made)
  const definition = nameConstraints(made, takenNames(database, name))
  database.exec(printTable(definition))
  createSequences(database, definition)
  checkParents(database, definition, isWithheld)
}

function dropTable(database: DatabaseSync, node: DropTableNode, sql: string): void {
  const name = node.table.table.identifier.name
  if (node.ifExists === true && !isThere(database, name, "table")) return
  requireRelation(database, name, "table")
  const definition = readDefinition(database, name)
  const children = childrenOf(database, name)
  if (children.length > 0 && node.cascade !== true) {
    const message = `cannot drop table ${name} because other objects depend on it`
    throw new DatabaseError({ code: "2BP01", message })
  }
  // Its own too: a foreign key to itself would refuse that rows go one by one.
  rewriteDefinitions(database, [
    withoutForeignKeys(definition),
    ...children.map((child) => withoutForeignKeys(child, name)),
  ])
  database.exec(sql)
  forgetSequences(database, definition)
  dropDependentViews(database, name, node.cascade === true)
}

function dropDependentViews(database: DatabaseSync, dropped: string, cascade: boolean): void {
  if (!cascade) return checkViews(database, dropped)
  for (const view of viewsOf(database)) {
    if (!isReadable(database, view)) database.exec(`drop view ${quoteName(view)}`)
  }
}

function dropView(database: DatabaseSync, node: DropViewNode, sql: string): void {
  const name = node.name.identifier.name
  if (node.ifExists === true && !isThere(database, name, "view")) return
  requireRelation(database, name, "view")
  database.exec(sql)
  dropDependentViews(database, name, node.cascade === true)
}

function change(database: DatabaseSync, node: RootOperationNode, sql: string, isWithheld: IsWithheld): void {
  switch (node.kind) {
    case "AlterTableNode":
      return alter(database, node, isWithheld)
    case "CreateTableNode":
      return createTable(database, node, isWithheld)
    case "DropTableNode":
      return dropTable(database, node, sql)
    case "CreateIndexNode":
      return createIndex(database, node, sql)
    case "DropIndexNode":
      return dropIndex(database, node, sql)
    case "CreateViewNode":
      return createView(database, node, sql)
    case "DropViewNode":
      return dropView(database, node, sql)
    default:
      return database.exec(sql)
  }
}

const CHANGES: ReadonlySet<string> = new Set([
  "AlterTableNode",
  "CreateTableNode",
  "DropTableNode",
  "CreateIndexNode",
  "DropIndexNode",
  "CreateViewNode",
  "DropViewNode",
])

/** Does this query change the schema in more than one statement? */
export function isSchemaChange({ query, dialect }: EngineQuery): boolean {
  return dialect !== undefined && CHANGES.has(query.kind)
}

/**
 * Runs a change of the schema that PostgreSQL has as one statement and SQLite has not: all of it or nothing.
 *
 * @param translate What an error of SQLite's means; asked before the change is undone, while the new table is there.
 * @param isWithheld Keys that lead to such tables are not checked: in PostgreSQL their parents may be there.
 */
export function changeSchema(
  database: DatabaseSync,
  { query, sql }: EngineQuery,
  translate: (error: unknown) => unknown,
  isWithheld: IsWithheld,
): void {
  database.exec("savepoint understudy_ddl")
  try {
    change(database, query, sql, isWithheld)
    database.exec("release understudy_ddl")
  } catch (error) {
    const translated = translate(error)
    // A full disk, for one, makes SQLite roll back all by itself.
    if (database.isTransaction) database.exec("rollback to understudy_ddl; release understudy_ddl")
    throw translated
  }
}
