import type { DatabaseSync } from "node:sqlite"
import type { CreateIndexNode, DropIndexNode } from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import { assertExpression } from "./defined-expressions.ts"
import { checkUniqueColumns } from "./definition-checks.ts"
import { allDefinitions, checkFree, isThere, relationsOf, requireRelation } from "./relations.ts"
import { foreignKeysOf, isSameSet, leadsTo, type TableDefinition } from "./table-definition.ts"
import { findDefinition, rewriteDefinitions, withoutKeysTo } from "./table-texts.ts"

/** Makes an index, or does nothing where `if not exists` finds its name taken, by whatever it be. */
export function createIndex(database: DatabaseSync, node: CreateIndexNode, sql: string): void {
  const name = node.name.name
  const relations = relationsOf(database)
  if (node.ifNotExists === true && relations.has(name)) return
  const table = node.table?.table.identifier.name
  if (table !== undefined) requireRelation(database, table, "table")
  checkFree(relations, name)
  const definition = table === undefined ? undefined : findDefinition(database, table)
  if (definition !== undefined) assertExpression(sql.slice(sql.indexOf("(")), definition)
  database.exec(sql)
  if (definition !== undefined && node.unique === true)
    checkUniqueColumns(definition, columnsOf(database, name))
}

/** The columns of an index; its expressions are left out. */
function columnsOf(database: DatabaseSync, index: string): string[] {
  const rows = database.prepare("select name from pragma_index_info(?) order by seqno").all(index)
  return rows.flatMap((row) => (row["name"] === null ? [] : [String(row["name"])]))
}

/** The table of a unique index and its columns; undefined for one that no foreign key can lead to. */
function keyOf(database: DatabaseSync, index: string): { table: string; columns: string[] } | undefined {
  const found = database
    .prepare(
      `select s.tbl_name as "table" from sqlite_schema s, pragma_index_list(s.tbl_name) l
        where s.type = 'index' and s.name = ? and l.name = s.name and l."unique" = 1 and l.partial = 0`,
    )
    .get(index)
  if (found === undefined) return undefined
  return { table: String(found["table"]), columns: columnsOf(database, index) }
}

/** Has the table a key of these columns that is a constraint? */
function isServedBy({ constraints }: TableDefinition, columns: readonly string[]): boolean {
  return constraints.some(
    (each) => (each.kind === "unique" || each.kind === "primary key") && isSameSet(each.columns, columns),
  )
}

/**
 * Drops an index; with CASCADE the foreign keys that lead to it too.
 *
 * @throws DatabaseError `2BP01` where a constraint or a foreign key needs it
 */
export function dropIndex(database: DatabaseSync, node: DropIndexNode, sql: string): void {
  const name = node.name.identifier.name
  if (relationsOf(database).get(name) === "key") {
    const message = `cannot drop index ${name} because a constraint requires it`
    throw new DatabaseError({ code: "2BP01", message })
  }
  if (node.ifExists === true && !isThere(database, name, "index")) return
  requireRelation(database, name, "index")
  const key = keyOf(database, name)
  if (key !== undefined) dropForeignKeysTo(database, name, key, node.cascade === true)
  database.exec(sql)
}

function dropForeignKeysTo(
  database: DatabaseSync,
  index: string,
  { table, columns }: { readonly table: string; readonly columns: readonly string[] },
  cascade: boolean,
): void {
  const definitions = allDefinitions(database)
  const parent = definitions.find(({ name }) => name === table)
  if (parent === undefined || isServedBy(parent, columns)) return
  const children = definitions.filter((each) =>
    foreignKeysOf(each).some((foreign) => leadsTo(foreign, parent, columns)),
  )
  if (children.length > 0 && !cascade) {
    const message = `cannot drop index ${index} because a foreign key of ${children[0]?.name} depends on it`
    throw new DatabaseError({ code: "2BP01", message })
  }
  rewriteDefinitions(
    database,
    children.map((child) => withoutKeysTo(child, parent, columns)),
  )
}
