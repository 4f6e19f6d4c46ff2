import type { DatabaseSync } from "node:sqlite"
import type { CreateViewNode, OperationNode, SelectQueryNode } from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import type { LogicalType } from "../logical-type.ts"
import { typeText } from "./casts.ts"
import { checkFree, isThere, relationsOf } from "./relations.ts"
import { Schema } from "./schema.ts"
import { quoteName } from "./sql-tokens.ts"
import { checkViews, viewsOf } from "./table-rebuild.ts"
import { ViewCompiler, type ViewBody } from "./view-compiler.ts"
import { withoutStars } from "./view-text.ts"
import { viewTypesComment } from "./view-types.ts"

function isSelect(node: OperationNode | undefined): node is SelectQueryNode {
  return node?.kind === "SelectQueryNode"
}

interface Column {
  readonly name: string
  readonly type: LogicalType | undefined
}

/** A view that is replaced keeps its columns, and may get more behind them. */
function assertReplaceable(before: readonly Column[], after: readonly Column[]): void {
  before.forEach((old, place) => {
    const column = after[place]
    if (column === undefined)
      throw new DatabaseError({ code: "42P16", message: "cannot drop columns from view" })
    if (column.name !== old.name) {
      const message = `cannot change name of view column "${old.name}" to "${column.name}"`
      throw new DatabaseError({ code: "42P16", message })
    }
    if (old.type === undefined || column.type === undefined || typeText(old.type) === typeText(column.type))
      return
    const message = `cannot change data type of view column "${old.name}"`
    throw new DatabaseError({ code: "42P16", message })
  })
}

/** The names of the view's columns: those that were given, then what its body calls them. */
function columnNames(database: DatabaseSync, { columns = [] }: CreateViewNode, body: string): string[] {
  const given = columns.map(({ column }) => column.name)
  const names = database
    .prepare(body)
    .columns()
    .map(({ name }, place) => given[place] ?? name)
  const twice = names.find((name, place) => names.indexOf(name) !== place)
  if (twice === undefined) return names
  throw new DatabaseError({ code: "42701", message: `column "${twice}" specified more than once` })
}

function definitionOf(database: DatabaseSync, node: CreateViewNode, { sql, types }: ViewBody): string {
  const body = withoutStars(database, sql)
  // A view keeps the names of its columns when those that it reads are renamed.
  const names = columnNames(database, node, body)
  const comment = types?.length === names.length ? `${viewTypesComment(types)} ` : ""
  return `create view ${quoteName(node.name.identifier.name)} (${names.map(quoteName).join(", ")}) ${comment}as ${body}`
}

/**
 * Makes a view.
 *
 * @param sql What stands for it where its body is a fragment, of which no types are known.
 */
export function createView(database: DatabaseSync, node: CreateViewNode, sql: string): void {
  const name = node.name.identifier.name
  const relations = relationsOf(database)
  if (node.ifNotExists === true && relations.has(name)) return
  const schema = new Schema(database)
  const before = [...schema.columns(name).values()]
  const body: ViewBody = isSelect(node.as)
    ? ViewCompiler.body(node.as, schema)
    : { sql: sql.slice(sql.indexOf(" as ") + 4), types: undefined }
  const replaces = node.orReplace === true && isThere(database, name, "view")
  if (!replaces) checkFree(relations, name)
  const definition = definitionOf(database, node, body)
  if (replaces) database.exec(`drop view ${quoteName(name)}`)
  database.exec(definition)
  schema.changed()
  if (replaces) assertReplaceable(before, [...schema.columns(name).values()])
  // A body that can be prepared alone may still not be read through the view.
  checkViews(database, name)
}

/** Does a view read a column, by its name or by a star? */
export function isReadByView(database: DatabaseSync, table: string, column: string): boolean {
  const views = viewsOf(database)
  const selects = views.some((view) =>
    database
      .prepare(`select * from ${quoteName(view)}`)
      .columns()
      .some((each) => each.table === table && each.column === column),
  )
  return selects || (views.length > 0 && isNamedByView(database, table, column))
}

function viewTexts(database: DatabaseSync): string {
  return JSON.stringify(
    database.prepare("select name, sql from sqlite_schema where type = 'view' order by name").all(),
  )
}

/** SQLite knows what a name in a view means: it writes another one where the column gets another one. */
function isNamedByView(database: DatabaseSync, table: string, column: string): boolean {
  const before = viewTexts(database)
  database.exec("savepoint understudy_look")
  try {
    database.exec(`alter table ${quoteName(table)} rename column ${quoteName(column)} to understudy_look`)
    return viewTexts(database) !== before
  } finally {
    database.exec("rollback to understudy_look; release understudy_look")
  }
}
