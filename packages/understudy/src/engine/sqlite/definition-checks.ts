import type { DatabaseSync } from "node:sqlite"
import { DatabaseError } from "../../errors/database-error.ts"
import { isExactNumeric, parseDeclaredType, type LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { isText, typeText } from "./casts.ts"
import { isInteger } from "./common-type.ts"
import { unquoted } from "./fragments.ts"
import { columnsMentioned } from "./sql-tokens.ts"
import type { TableDefinition } from "./table-definition.ts"

/**
 * Throws where a default calls what SQLite has not: SQLite itself would say so at the first insert only.
 *
 * @throws DatabaseError `0A000` where it asks a column
 * @throws UnderstudyError `UNDERSTUDY_NOT_PORTABLE`
 */
export function checkDefaults(database: DatabaseSync, { name: table, columns }: TableDefinition): void {
  for (const { name, defaultTo } of columns) {
    if (defaultTo === undefined) continue
    try {
      database.prepare(`select ${defaultTo}`)
    } catch (error) {
      if ((error as Error).message.startsWith("no such column"))
        throw new DatabaseError({ code: "0A000", message: `the default of ${table}.${name} asks a column` })
      throw notPortable(`The default of ${table}.${name}`, "Give the value in the insert.")
    }
    // SQLite's gives whole numbers of 64 bits.
    if (/\brandom\s*\(/i.test(defaultTo))
      throw notPortable(`random() as the default of ${table}.${name}`, "Give the value in the insert.")
  }
}

/** What gives another value each time. */
const VOLATILE =
  /\b(?:now|random|gen_random_uuid|(?:clock|statement|transaction)_timestamp|timeofday)\s*\(|\b(?:current_(?:date|time|timestamp)|localtime(?:stamp)?)\b/i

/**
 * Throws where a column is computed of one that is itself computed, or of the time, or all are computed.
 *
 * @throws DatabaseError `42P17`
 * @throws UnderstudyError `UNDERSTUDY_NOT_PORTABLE`
 */
export function checkGenerated({ columns }: TableDefinition): void {
  const computed = columns.filter(({ generated }) => generated !== undefined)
  if (computed.some(({ generated = "" }) => VOLATILE.test(unquoted(generated))))
    throw new DatabaseError({ code: "42P17", message: "generation expression is not immutable" })
  const names = computed.map(({ name }) => name)
  const source = computed.flatMap(({ generated = "" }) => columnsMentioned(generated, names))[0]
  if (source !== undefined)
    throw new DatabaseError({ code: "42P17", message: `cannot use generated column "${source}" in another` })
  if (columns.length > 0 && computed.length === columns.length)
    throw notPortable("A table of generated columns alone", "Give it a column of its own.")
}

/** Types that PostgreSQL compares with one another, by one name. */
function familyOf(type: LogicalType): string {
  if (isInteger(type)) return "integer"
  if (isText(type)) return "text"
  if (type.name === "float4" || type.name === "float8") return "float"
  return ["date", "timestamp", "timestamptz"].includes(type.name) ? "time" : type.name
}

/** What a key of a family may be referred to from, besides its own. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  float: ["integer", "numeric"],
  numeric: ["integer"],
}

function typeOf(definition: TableDefinition, name: string | undefined): LogicalType | undefined {
  const declared = definition.columns.find((each) => each.name === name)?.type
  return declared === undefined ? undefined : parseDeclaredType(declared)
}

/**
 * Throws where PostgreSQL compares no value of a foreign key with one of its parent's key, or where SQLite, which
 * compares what it has stored, would find others equal.
 *
 * @throws DatabaseError `42804`
 * @throws UnderstudyError `UNDERSTUDY_NOT_PORTABLE`
 */
export function checkKeyTypes(
  child: TableDefinition,
  columns: readonly string[],
  parent: TableDefinition,
  key: readonly string[],
): void {
  columns.forEach((name, index) => {
    const from = typeOf(child, name)
    const to = typeOf(parent, key[index])
    if (from === undefined || to === undefined || from.name === to.name) return
    const [family, wanted] = [familyOf(from), familyOf(to)]
    const what = `A foreign key of ${typeText(from)} to ${typeText(to)}`
    if (family === wanted && family !== "time") return
    if (family === "time" && wanted === "time") throw notPortable(what, "Give both columns one type.")
    if (WIDER[wanted]?.includes(family) !== true)
      throw new DatabaseError({ code: "42804", message: `${what} cannot be implemented` })
    if (from.name === "numeric" || to.name === "numeric")
      throw notPortable(what, "Give both columns one type.")
  })
}

/**
 * Throws where equal values of a key may be kept as different texts, so that SQLite would take both.
 *
 * @throws UnderstudyError `UNDERSTUDY_NOT_PORTABLE`
 */
export function checkUniqueColumns(definition: TableDefinition, columns: readonly string[]): void {
  for (const name of columns) {
    const type = typeOf(definition, name)
    if (type === undefined || (type.name !== "jsonb" && (type.name !== "numeric" || isExactNumeric(type))))
      continue
    throw notPortable(
      `A key of ${typeText(type)}`,
      type.name === "jsonb"
        ? "Keep what is unique in a column of its own."
        : "Use numeric(p,s) with p up to 15, or text.",
    )
  }
}

/** {@link checkUniqueColumns} for each key of a table. */
export function checkKeys(definition: TableDefinition): void {
  for (const each of definition.constraints) {
    if (each.kind === "unique" || each.kind === "primary key") checkUniqueColumns(definition, each.columns)
  }
}
