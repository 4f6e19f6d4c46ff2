import type { DatabaseSync } from "node:sqlite"
import { DatabaseError } from "../../errors/database-error.ts"
import { notPortable } from "../not-portable.ts"
import { parseTable } from "./parse-table.ts"
import type { TakenNames } from "./constraint-names.ts"
import type { ConstraintDefinition, TableDefinition } from "./table-definition.ts"

/** What has a name of its own in PostgreSQL's schema; a key is an index there. */
export type RelationKind = "table" | "view" | "index" | "key"

/** SQLite's own names, and those that a table and a column have for a moment while a table is altered. */
const NOT_FREE = /^sqlite_|^understudy_(?:old|probe)$/i

/** Bytes of a name that PostgreSQL keeps. */
const NAME_BYTES = 63

/** The definitions of all tables that can be taken apart. */
export function allDefinitions(database: DatabaseSync): TableDefinition[] {
  return database
    .prepare("select sql from sqlite_schema where type = 'table'")
    .all()
    .flatMap((row) => parseTable(String(row["sql"])) ?? [])
}

/** All relations by name. */
export function relationsOf(database: DatabaseSync): ReadonlyMap<string, RelationKind> {
  const keys = allDefinitions(database).flatMap(({ constraints }) =>
    constraints.flatMap(({ kind, name }) => {
      const isKey = (kind === "unique" || kind === "primary key") && name !== undefined
      return isKey ? [[name, "key"] as const] : []
    }),
  )
  const rows = database
    .prepare(
      "select name, type from sqlite_schema where type in ('table', 'view', 'index') and sql is not null",
    )
    .all()
  return new Map([...keys, ...rows.map((row) => [String(row["name"]), row["type"] as RelationKind] as const)])
}

/** The names that a constraint without a name of a table cannot get. */
export function takenNames(database: DatabaseSync, table: string): TakenNames {
  const others = allDefinitions(database).filter(({ name }) => name !== table)
  const constraints = new Set(others.flatMap((each) => each.constraints.flatMap(({ name }) => name ?? [])))
  return { constraints, relations: relationsOf(database) }
}

/**
 * Throws where constraints that were given a name cannot have it.
 *
 * @throws DatabaseError `42P07`, `42710`
 */
export function checkConstraintNames(
  relations: ReadonlyMap<string, RelationKind>,
  constraints: readonly ConstraintDefinition[],
): void {
  const seen = new Set<string>()
  for (const { name, kind } of constraints) {
    if (name === undefined) continue
    const isKey = kind === "unique" || kind === "primary key"
    if (isKey) checkFree(relations, name)
    if (seen.has(name)) {
      const code = isKey ? "42P07" : "42710"
      throw new DatabaseError({ code, message: `constraint "${name}" already exists` })
    }
    seen.add(name)
  }
}

/**
 * Throws where something of this name cannot be made: it is taken, or SQLite would take it for another.
 *
 * @throws DatabaseError `42P07`
 * @throws UnderstudyError `UNDERSTUDY_NOT_PORTABLE`
 */
export function checkFree(relations: ReadonlyMap<string, RelationKind>, name: string): void {
  checkName(name)
  if (relations.has(name))
    throw new DatabaseError({ code: "42P07", message: `relation "${name}" already exists` })
  const near = [...relations].find(([each, kind]) => kind !== "key" && isSameToSqlite(each, name))
  if (near !== undefined) throw caseRefusal(name, near[0])
}

/** Throws where columns of one table have the same name, or differ in the case of letters alone. */
export function checkColumnNames(names: readonly string[]): void {
  names.forEach((name, index) => {
    checkName(name)
    const others = names.slice(0, index)
    if (others.includes(name))
      throw new DatabaseError({ code: "42701", message: `column "${name}" specified more than once` })
    const near = others.find((each) => isSameToSqlite(each, name))
    if (near !== undefined) throw caseRefusal(name, near)
  })
}

/** PostgreSQL cuts longer names, SQLite does not. */
function checkName(name: string): void {
  if (Buffer.byteLength(name) > NAME_BYTES)
    throw notPortable(
      `A name of more than ${NAME_BYTES} bytes, ${name}`,
      "Use a shorter one: PostgreSQL cuts it.",
    )
  if (NOT_FREE.test(name))
    throw notPortable(`The name ${name}`, "Use one that is not SQLite's or Understudy's own.")
}

/** A name as SQLite compares it: only ASCII letters have a case to it. */
export function foldName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** Does SQLite take these two names for one? */
export function isSameToSqlite(one: string, other: string): boolean {
  return foldName(one) === foldName(other)
}

function caseRefusal(name: string, near: string): Error {
  return notPortable(
    `The name ${name} beside ${near}`,
    "Use names that differ in more than the case of letters.",
  )
}

/**
 * Is there a relation of just this name? SQLite alone would take another case of letters for the same.
 *
 * @throws DatabaseError `42809` where it is of another kind
 */
export function isThere(database: DatabaseSync, name: string, kind: RelationKind): boolean {
  const found = relationsOf(database).get(name)
  if (found === undefined || found === kind) return found !== undefined
  throw new DatabaseError({ code: "42809", message: `"${name}" is a ${found}, and no ${kind}` })
}

/**
 * Throws where there is no relation of this name and kind.
 *
 * @throws DatabaseError `42P01` (`42704` for an index), `42809` where it is of another kind
 */
export function requireRelation(database: DatabaseSync, name: string, kind: RelationKind): void {
  if (isThere(database, name, kind)) return
  const code = kind === "index" ? "42704" : "42P01"
  throw new DatabaseError({ code, message: `${kind} "${name}" does not exist` })
}
