import { DatabaseError, type DatabaseErrorFields } from "../../errors/database-error.ts"
import { UnderstudyError } from "../../errors/understudy-error.ts"
import { notPortable } from "../not-portable.ts"
import { TYPE_CHECK_PREFIX } from "./column-checks.ts"
import { keylessTable, raisedSqlstate } from "./raised-error.ts"
import type { Schema } from "./schema.ts"

/** What node:sqlite puts on its errors. */
interface SqliteError extends Error {
  readonly errcode: number
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && typeof (error as { errcode?: unknown }).errcode === "number"
}

/** Result codes of SQLite whose SQLSTATE needs no look at the text. */
const BY_CODE: Readonly<Record<number, string>> = {
  5: "55P03", // SQLITE_BUSY
  6: "55P03", // SQLITE_LOCKED
  8: "25006", // SQLITE_READONLY
  10: "58030", // SQLITE_IOERR
  11: "XX001", // SQLITE_CORRUPT
  13: "53100", // SQLITE_FULL
  14: "58P01", // SQLITE_CANTOPEN
  18: "54000", // SQLITE_TOOBIG
  20: "42804", // SQLITE_MISMATCH
  26: "XX001", // SQLITE_NOTADB
}

/** SQLSTATEs that speak of the file and the disk below it, and not of the statement. */
const STORAGE: ReadonlySet<string> = new Set(["25006", "53100", "55P03", "58030", "58P01", "XX001"])

/** Is the file to blame: a full disk, a lock of another process, a damaged page? Of an error of the writer's. */
export function isStorageError(error: unknown): boolean {
  return error instanceof DatabaseError && STORAGE.has(error.code)
}

const BY_TEXT: readonly (readonly [RegExp, string])[] = [
  // Only the writer has this function: a connection that reads was asked to insert.
  [/understudy_next_id/, "25006"],
  [/^cannot (?:INSERT into|UPDATE) generated column/, "428C9"],
  [/^no such table|^no such view/, "42P01"],
  [/^no such column|has no column named|^error in generated column/, "42703"],
  [/^no such index/, "42704"],
  [/^ambiguous column name/, "42702"],
  [/^unknown column ".*" in foreign key definition/s, "42703"],
  [/^number of columns in foreign key does not match/, "42830"],
  [/has more than one primary key$/, "42P16"],
  [/^subqueries prohibited in|is not constant$/, "0A000"],
  [/^generated column loop|^non-deterministic (?:use|functions)/, "42P17"],
  [/^cannot use DEFAULT on a generated column/, "42601"],
  [/^no such function|^wrong number of arguments to function/, "42883"],
  [/already exists$|^there is already another table or index with this name/, "42P07"],
  [/duplicate column name/, "42701"],
  [/syntax error|incomplete input|unrecognized token/, "42601"],
  [/^misuse of (?:aggregate|aliased aggregate)/, "42803"],
  [/^integer overflow/, "22003"],
  [/^malformed JSON/, "22P02"],
  [/^misuse of window function/, "42P20"],
  [/^row value misused|^sub-select returns|do not have the same number of result columns$/, "42601"],
  [/^\d+ values for \d+ columns$|has \d+ columns but \d+ values were supplied$/, "42601"],
  [/^ON CONFLICT clause does not match/, "42P10"],
  [/(?:ORDER|GROUP) BY term out of range/, "42P10"],
  [/^argument of ntile/, "22014"],
  [/^second argument to nth_value/, "22016"],
]

/** Finds out which foreign key was broken; undefined: it cannot be told. */
export type BlameForeignKey = () => DatabaseErrorFields | undefined

/** `t.a, t.b` of a constraint message as table and columns. */
function parseColumns(list: string): { table: string; columns: string[] } {
  const names = list.split(", ").map((name) => name.split("."))
  return { table: names[0]?.[0] ?? "", columns: names.map((name) => name.slice(1).join(".")) }
}

/** The name that PostgreSQL would give in its message: the index's, the constraint's, or the one it makes up. */
function uniqueName(schema: Schema, table: string, columns: readonly string[]): string {
  const key = [...schema.columns(table).values()].filter((column) => column.keyPosition > 0)
  const isKey = key.length === columns.length && key.every((column) => columns.includes(column.name))
  const list = columns.map((column) => `"${column}"`).join(", ")
  const kind = isKey ? "primary key" : "unique"
  const named = new RegExp(
    `constraint "([^"]+)" ${kind} \\(${list.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\)`,
  )
  const given = named.exec(schema.tableSql(table))?.[1]
  if (given !== undefined) return given
  if (isKey) return `${table}_pkey`
  const index = schema.uniqueIndexName(table, columns)
  return index === undefined || index.startsWith("sqlite_") ? `${table}_${columns.join("_")}_key` : index
}

function constraintError(
  message: string,
  schema: Schema,
  blame: BlameForeignKey | undefined,
): DatabaseErrorFields | undefined {
  const [, kind = "", rest = ""] =
    /^(UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed(?:: (.*))?$/s.exec(message) ?? []
  switch (kind) {
    case "UNIQUE": {
      const index = /^index '(.*)'$/s.exec(rest)?.[1]
      const { table, columns } =
        index === undefined ? parseColumns(rest) : { table: schema.tableOfIndex(index), columns: undefined }
      const constraint = index ?? uniqueName(schema, table ?? "", columns ?? [])
      const text = `duplicate key value violates unique constraint "${constraint}"`
      return { code: "23505", message: text, constraint, table, columns }
    }
    case "NOT NULL": {
      const { table, columns } = parseColumns(rest)
      return {
        code: "23502",
        message: `null value in column "${columns[0]}" violates not-null constraint`,
        table,
        columns,
      }
    }
    case "FOREIGN KEY":
      return blame?.() ?? { code: "23503", message: "violates a foreign key constraint" }
    case "CHECK": {
      if (!rest.startsWith(TYPE_CHECK_PREFIX)) {
        const table = schema.tableOfCheck(rest)
        return { code: "23514", message: `violates check constraint "${rest}"`, constraint: rest, table }
      }
      const [code = "", column = ""] = rest.slice(TYPE_CHECK_PREFIX.length).split(":")
      return { code, message: `the value does not fit the type of column "${column}"` }
    }
    default:
      return undefined
  }
}

function raisedFields(code: string): DatabaseErrorFields {
  return { code, message: code === "22012" ? "division by zero" : "value out of range" }
}

/** An error of node:sqlite in PostgreSQL's terms; anything else as it is. */
export function toDatabaseError(error: unknown, schema: Schema, blame?: BlameForeignKey): unknown {
  if (!isSqliteError(error)) return error
  if (error.message === "too many SQL variables") {
    return notPortable("A statement with more than 32,766 parameters", "Send its rows in parts.")
  }
  const constraint = constraintError(error.message, schema, blame)
  if (constraint !== undefined) return new DatabaseError(constraint, error)
  const table = keylessTable(error.message)
  if (table !== undefined)
    return new UnderstudyError("UNDERSTUDY_NO_KEY", { table }, { cause: error, applied: "no" })
  const raised = raisedSqlstate(error.message)
  if (raised !== undefined) return new DatabaseError(raisedFields(raised), error)
  const byText = BY_TEXT.find(([pattern]) => pattern.test(error.message))?.[1]
  const code = byText ?? BY_CODE[error.errcode & 0xff] ?? "XX000"
  return new DatabaseError({ code, message: error.message }, error)
}
