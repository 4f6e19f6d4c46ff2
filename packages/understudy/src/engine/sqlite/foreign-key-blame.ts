import type { DatabaseSync } from "node:sqlite"
import type { DeleteQueryNode, InsertQueryNode, RootOperationNode, TableNode, UpdateQueryNode } from "kysely"
import type { DatabaseErrorFields } from "../../errors/database-error.ts"
import { findBrokenKey, isAtPlace, type IsWithheld } from "./broken-key.ts"
import { nameConstraints } from "./constraint-names.ts"
import { parseTable } from "./parse-table.ts"
import { quoteName } from "./sql-tokens.ts"
import { foreignKeysOf, primaryKeyOf } from "./table-definition.ts"

/** Rows that are looked through for the one that broke a rule; a larger table's keys are told apart by no look. */
const MOST_ROWS = 100_000

const ACTS = /cascade|set null|set default/i

/** A foreign key with the table that it is of. */
interface Key {
  readonly table: string
  readonly name: string
  readonly columns: readonly string[]
  readonly parent: string
  readonly parentColumns: readonly string[]
  readonly actions: string
}

interface Change {
  readonly kind: "insert" | "update" | "delete"
  readonly table: string
}

/** The table that a statement changes, as its tree tells. */
function changeOf(node: RootOperationNode): Change | undefined {
  const name = (table: unknown): string => (table as TableNode).table.identifier.name
  switch (node.kind) {
    case "InsertQueryNode": {
      const { into } = node as InsertQueryNode
      return into === undefined ? undefined : { kind: "insert", table: name(into) }
    }
    case "UpdateQueryNode": {
      const { table } = node as UpdateQueryNode
      return table?.kind === "TableNode" ? { kind: "update", table: name(table) } : undefined
    }
    case "DeleteQueryNode": {
      const [from] = (node as DeleteQueryNode).from.froms
      return from?.kind === "TableNode" ? { kind: "delete", table: name(from) } : undefined
    }
    default:
      return undefined
  }
}

function allKeys(database: DatabaseSync): Key[] {
  const rows = database
    .prepare("select name, sql from sqlite_schema where type = 'table' and sql like '%references%'")
    .all()
  const definitions = rows.flatMap((row) => parseTable(String(row["sql"])) ?? [])
  return definitions
    .map((each) => nameConstraints(each))
    .flatMap((definition) =>
      foreignKeysOf(definition).map((key) => ({ ...key, table: definition.name, name: key.name ?? "" })),
    )
}

function parentKey(database: DatabaseSync, key: Key): readonly string[] {
  if (key.parentColumns.length > 0) return key.parentColumns
  const row = database
    .prepare("select sql from sqlite_schema where type = 'table' and name = ? collate nocase")
    .get(key.parent)
  const definition = parseTable(String(row?.["sql"] ?? ""))
  return definition === undefined ? [] : primaryKeyOf(definition)
}

function isSmall(database: DatabaseSync, table: string): boolean {
  const limited = `select count(*) as rows from (select 1 from ${quoteName(table)} limit ${MOST_ROWS + 1})`
  return Number(database.prepare(limited).get()?.["rows"]) <= MOST_ROWS
}

/** The first of these keys that a row breaks now. */
function brokenKey(database: DatabaseSync, keys: readonly Key[], isWithheld: IsWithheld): Key | undefined {
  for (const table of new Set(keys.map((key) => key.table))) {
    if (!isSmall(database, table)) continue
    const place = findBrokenKey(database, table, isWithheld)
    if (place === undefined) continue
    return keys.find((key) => key.table === table && isAtPlace(key, place))
  }
  return undefined
}

/** Lets the statement through to its end inside a savepoint, looks at what it broke, and undoes it. */
function brokenBy(
  database: DatabaseSync,
  keys: readonly Key[],
  isWithheld: IsWithheld,
  runAgain: () => void,
): Key | undefined {
  database.exec("savepoint understudy_blame; pragma defer_foreign_keys = on")
  try {
    runAgain()
    return brokenKey(database, keys, isWithheld)
  } catch {
    // RESTRICT is not deferred: then nothing more can be learnt.
    return undefined
  } finally {
    if (database.isTransaction)
      database.exec("rollback to understudy_blame; release understudy_blame; pragma defer_foreign_keys = off")
  }
}

function fieldsOf(database: DatabaseSync, key: Key, change: Change | undefined): DatabaseErrorFields {
  const { table, name: constraint } = key
  const ofChild = change === undefined || (change.kind !== "delete" && change.table === table)
  const message = ofChild
    ? `insert or update on table "${table}" violates foreign key constraint "${constraint}"`
    : `update or delete on table "${key.parent}" violates foreign key constraint "${constraint}" on table "${table}"`
  return {
    code: "23503",
    message,
    constraint,
    table,
    columns: ofChild ? key.columns : parentKey(database, key),
  }
}

/**
 * What PostgreSQL tells of a broken foreign key, and SQLite does not: its name, table and columns. Where several come
 * into question, the statement is run again with its checks put off, looked at and undone.
 */
export function blameForeignKey(
  database: DatabaseSync,
  query: RootOperationNode,
  isWithheld: IsWithheld,
  runAgain: () => void,
): DatabaseErrorFields | undefined {
  const change = changeOf(query)
  if (change === undefined) return undefined
  const all = allKeys(database)
  const direct = all.filter(
    (key) =>
      (change.kind !== "delete" && key.table === change.table) ||
      (change.kind !== "insert" && key.parent === change.table),
  )
  const [only] = direct
  // A key that acts on its children may be kept while a key of theirs is broken.
  const certain =
    direct.length === 1 && only !== undefined && (change.kind === "insert" || !ACTS.test(only.actions))
  const key = certain ? only : brokenBy(database, all, isWithheld, runAgain)
  return key === undefined ? undefined : fieldsOf(database, key, change)
}

/** The same at a COMMIT that a deferred foreign key refuses, while its transaction is still open. */
export function blameDeferredKey(
  database: DatabaseSync,
  isWithheld: IsWithheld,
): DatabaseErrorFields | undefined {
  const key = brokenKey(database, allKeys(database), isWithheld)
  return key === undefined ? undefined : fieldsOf(database, key, undefined)
}
