import type { DatabaseSync } from "node:sqlite"
import { DatabaseError } from "../../errors/database-error.ts"
import { notPortable } from "../not-portable.ts"
import { parseTable } from "./parse-table.ts"
import { foreignKeysOf, leadsTo, printTable, type TableDefinition } from "./table-definition.ts"

/** The definition of a table; undefined where there is none. */
export function findDefinition(database: DatabaseSync, table: string): TableDefinition | undefined {
  const row = database
    .prepare("select sql from sqlite_schema where type = 'table' and name = ? collate nocase")
    .get(table)
  if (row === undefined) return undefined
  const definition = parseTable(String(row["sql"]))
  if (definition === undefined)
    throw notPortable(
      `Changing the table ${table}, whose definition is SQLite's own,`,
      "Make it with the schema builder.",
    )
  return definition
}

/**
 * The definition of a table that must be there.
 *
 * @throws DatabaseError `42P01`
 */
export function readDefinition(database: DatabaseSync, table: string): TableDefinition {
  const definition = findDefinition(database, table)
  if (definition !== undefined) return definition
  throw new DatabaseError({ code: "42P01", message: `relation "${table}" does not exist` })
}

/** The other tables with a foreign key to this one. */
export function childrenOf(database: DatabaseSync, table: string): TableDefinition[] {
  const rows = database
    .prepare(
      `select distinct s.name as name from sqlite_schema s, pragma_foreign_key_list(s.name) f
        where s.type = 'table' and lower(f."table") = lower(?) and s.name <> ?`,
    )
    .all(table, table)
  return rows.map((row) => readDefinition(database, String(row["name"])))
}

/** A definition without its foreign keys to some table, or without any. */
export function withoutForeignKeys(definition: TableDefinition, parent?: string): TableDefinition {
  const gone = new Set<unknown>(
    foreignKeysOf(definition).filter(
      (each) => parent === undefined || each.parent.toLowerCase() === parent.toLowerCase(),
    ),
  )
  return { ...definition, constraints: definition.constraints.filter((each) => !gone.has(each)) }
}

/** A definition without its foreign keys to just these columns of a table. */
export function withoutKeysTo(
  child: TableDefinition,
  parent: TableDefinition,
  columns: readonly string[],
): TableDefinition {
  const constraints = child.constraints.filter((each) => !leadsTo(each, parent, columns))
  return { ...child, constraints }
}

/** A Node that lacks the switch (24 before 24.12) never forbids what it forbids. */
function setDefensive(database: Partial<Pick<DatabaseSync, "enableDefensive">>, on: boolean): void {
  database.enableDefensive?.(on)
}

/** Lets work of our own write into `sqlite_schema`. */
export function withWritableSchema(database: DatabaseSync, work: () => void): void {
  setDefensive(database, false)
  try {
    database.exec("pragma writable_schema = on")
    work()
  } finally {
    database.exec("pragma writable_schema = off")
    setDefensive(database, true)
  }
}

/**
 * Writes other texts for tables whose rows stay as they are, as SQLite's documentation of ALTER TABLE has it for changes
 * that do not touch the file's content: defaults, and constraints that have no index.
 */
export function rewriteDefinitions(database: DatabaseSync, definitions: readonly TableDefinition[]): void {
  if (definitions.length === 0) return
  withWritableSchema(database, () => {
    const update = database.prepare("update sqlite_schema set sql = ? where type = 'table' and name = ?")
    for (const definition of definitions) update.run(printTable(definition), definition.name)
    const row = database.prepare("pragma schema_version").get()
    database.exec(`pragma schema_version = ${Number(row?.["schema_version"]) + 1}`)
  })
}
