import type { DatabaseSync } from "node:sqlite"
import type {
  AlterTableNode,
  CreateTableNode,
  CreateViewNode,
  DropTableNode,
  DropViewNode,
  RootOperationNode,
} from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import type { EngineQuery } from "../contract.ts"
import { notPortable } from "../not-portable.ts"
import { alterationsOf, type Renaming } from "./alterations.ts"
import { TYPE_CHECK_PREFIX } from "./column-checks.ts"
import { nameConstraints } from "./constraint-names.ts"
import { checkDefaults } from "./definition-checks.ts"
import { defineTable } from "./ddl-compiler.ts"
import { createSequences, forgetSequences, moveSequence, renamedDefault } from "./sequences.ts"
import { quoteName } from "./sql-tokens.ts"
import { alterTable, type Alteration } from "./table-alteration.ts"
import type { TableDefinition } from "./table-definition.ts"
import { checkParents, checkViews, isReadable, replaceTable, viewsOf } from "./table-rebuild.ts"
import {
  childrenOf,
  findDefinition,
  readDefinition,
  rewriteDefinitions,
  withoutForeignKeys,
} from "./table-texts.ts"
import { selectedNames, withoutStars } from "./view-text.ts"

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
    const [prefix, code, column] = each.name.split(":")
    if (`${prefix}:` !== TYPE_CHECK_PREFIX || column !== renaming.column) return each
    return { ...each, name: `${prefix}:${code}:${renaming.newName}` }
  })
  rewriteDefinitions(database, [{ ...after, columns, constraints }])
}

function alter(database: DatabaseSync, node: AlterTableNode): void {
  const before = readDefinition(database, node.table.table.identifier.name)
  const steps = alterationsOf(node, before, defineTable)
  const [first] = steps
  if (first !== undefined && steps.length === 1 && isRenaming(first)) return rename(database, before, first)
  if (steps.some(isRenaming))
    throw new DatabaseError({ code: "42601", message: "RENAME stands alone in its ALTER TABLE" })
  const altered = alterTable(
    before,
    steps.filter((each) => !isRenaming(each)),
  )
  checkDefaults(database, altered.definition)
  replaceTable(database, before, altered)
  forgetSequences(database, before, altered.definition)
  createSequences(database, altered.definition, before)
}

function createTable(database: DatabaseSync, node: CreateTableNode, sql: string): void {
  const name = node.table.table.identifier.name
  if (node.ifNotExists === true && findDefinition(database, name) !== undefined) return
  database.exec(sql)
  const definition = readDefinition(database, name)
  checkDefaults(database, definition)
  createSequences(database, definition)
  checkParents(database, definition)
}

function dropTable(database: DatabaseSync, node: DropTableNode, sql: string): void {
  const name = node.table.table.identifier.name
  const definition = findDefinition(database, name)
  if (definition === undefined) return database.exec(sql)
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

function createView(database: DatabaseSync, node: CreateViewNode, sql: string): void {
  const name = node.name.identifier.name
  if (node.orReplace === true) database.exec(`drop view if exists ${quoteName(name)}`)
  const text = withoutStars(database, sql)
  database.exec(text)
  const names = selectedNames(database, text)
  if (node.columns === undefined) {
    const twice = names.find((column, index) => names.indexOf(column) !== index)
    if (twice !== undefined)
      throw new DatabaseError({ code: "42701", message: `column "${twice}" specified more than once` })
    // A view keeps the names of its columns when those that it reads are renamed.
    const list = names.map(quoteName).join(", ")
    const named = text.replace(
      /^create view (?:if not exists )?"(?:[^"]|"")*"/,
      (head) => `${head} (${list})`,
    )
    database.exec(`drop view ${quoteName(name)}; ${named}`)
  }
  checkViews(database, name)
}

function dropView(database: DatabaseSync, node: DropViewNode, sql: string): void {
  database.exec(sql)
  dropDependentViews(database, node.name.identifier.name, node.cascade === true)
}

function change(database: DatabaseSync, node: RootOperationNode, sql: string): void {
  switch (node.kind) {
    case "AlterTableNode":
      return alter(database, node)
    case "CreateTableNode":
      return createTable(database, node, sql)
    case "DropTableNode":
      return dropTable(database, node, sql)
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
 */
export function changeSchema(
  database: DatabaseSync,
  { query, sql }: EngineQuery,
  translate: (error: unknown) => unknown,
): void {
  database.exec("savepoint understudy_ddl")
  try {
    change(database, query, sql)
    database.exec("release understudy_ddl")
  } catch (error) {
    const translated = translate(error)
    // A full disk, for one, makes SQLite roll back all by itself.
    if (database.isTransaction) database.exec("rollback to understudy_ddl; release understudy_ddl")
    throw translated
  }
}
