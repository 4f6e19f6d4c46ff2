import { DatabaseError } from "../../errors/database-error.ts"
import { isExactNumeric, parseDeclaredType, parseLogicalType, type LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { castExpression, conversion } from "./type-conversion.ts"
import { columnsMentioned, flatTokens, quoteName, tokensOf, type Token } from "./sql-tokens.ts"
import type { TableDefinition } from "./table-definition.ts"

const INSTEAD = "Add a column, fill it by an update, drop the old one and rename the new one."

/** Functions that mean the same on both engines, whatever the type of what they are given. */
const SAME: ReadonlySet<string> = new Set([
  "coalesce",
  "length",
  "lower",
  "ltrim",
  "nullif",
  "replace",
  "rtrim",
  "substr",
  "trim",
  "upper",
])
/** Words before a parenthesis that call nothing. */
const KEYWORDS: ReadonlySet<string> = new Set(["and", "else", "in", "not", "or", "then", "when", "between"])

interface Typed {
  readonly sql: string
  readonly type: LogicalType
}

/** The column that tokens name, if they are nothing but a name. */
function columnIn(tokens: readonly Token[], { name: table, columns }: TableDefinition): Typed | undefined {
  const [token] = tokens
  if (tokens.length !== 1 || token?.kind !== "name") return undefined
  const column = columns.find(({ name }) => name === token.value)
  if (column === undefined) {
    const message = `column "${token.value}" of relation "${table}" does not exist`
    throw new DatabaseError({ code: "42703", message })
  }
  const type = parseDeclaredType(column.type)
  return type === undefined ? undefined : { sql: quoteName(column.name), type }
}

/** What `length(…)` and its kin give. */
function callIn(tokens: readonly Token[], text: string, definition: TableDefinition): Typed | undefined {
  const [name, group] = tokens
  if (tokens.length !== 2 || name?.kind !== "name" || group?.kind !== "group") return undefined
  if (name.value === "length") return { sql: checked(text, definition), type: { name: "int4" } }
  const givesText = ["lower", "ltrim", "replace", "rtrim", "substr", "trim", "upper"].includes(name.value)
  return givesText ? { sql: checked(text, definition), type: { name: "text" } } : undefined
}

/** `cast(… as type)` and nothing else. */
function castIn(tokens: readonly Token[], definition: TableDefinition): Typed | undefined {
  const [word, group] = tokens
  if (tokens.length !== 2 || word?.value !== "cast" || word.quoted || group?.kind !== "group")
    return undefined
  const inner = group.text.slice(1, -1)
  const parts = tokensOf(inner) ?? []
  const as = parts.findLastIndex(({ value, quoted }) => value === "as" && !quoted)
  const [first] = parts
  const end = parts[as - 1]?.end
  if (first === undefined || end === undefined) return undefined
  const typeName = inner.slice(parts[as]?.end).trim()
  const type = parseLogicalType(typeName)
  if (type === undefined) throw notPortable(`The type ${typeName}`, "Use one of the portable types.")
  const value = typedExpression(inner.slice(first.start, end), definition)
  return value === undefined ? undefined : { sql: castExpression(value.sql, value.type, type), type }
}

function typedExpression(text: string, definition: TableDefinition): Typed | undefined {
  const tokens = tokensOf(text) ?? []
  const [only] = tokens
  if (tokens.length === 1 && only?.kind === "group")
    return typedExpression(only.text.slice(1, -1), definition)
  return columnIn(tokens, definition) ?? castIn(tokens, definition) ?? callIn(tokens, text, definition)
}

/** An expression of which only the text is known: refused where SQLite may read it otherwise. */
function checked(text: string, { columns }: TableDefinition): string {
  const tokens = flatTokens(text)
  tokens.forEach(({ kind, value, quoted }, index) => {
    const isCall = kind === "name" && tokens[index + 1]?.text === "("
    if (isCall && (quoted || !(SAME.has(value) || KEYWORDS.has(value))))
      throw notPortable(`${value}() within an expression of USING`, INSTEAD)
    if (value === "/" || value === "%") throw notPortable(`The operator ${value} in USING`, INSTEAD)
    if (value === ":") throw notPortable("A ::type cast", "Write cast(… as type).")
  })
  const inexact = columns.filter(({ type }) => {
    const parsed = parseDeclaredType(type)
    return parsed?.name === "numeric" && !isExactNumeric(parsed)
  })
  const [numeric] = columnsMentioned(
    text,
    inexact.map(({ name }) => name),
  )
  if (numeric !== undefined) throw notPortable(`An expression over the numeric column ${numeric}`, INSTEAD)
  return text
}

/**
 * The expression of `alter column … type … using …`. What is a column or a cast of one is cast as PostgreSQL casts;
 * of anything else only the text is known.
 *
 * @throws UnderstudyError `UNDERSTUDY_NOT_PORTABLE` where SQLite may read the text otherwise
 * @throws DatabaseError `42804` where PostgreSQL does not assign the outcome to the type
 */
export function usingExpression(text: string, to: LogicalType, definition: TableDefinition): string {
  const typed = typedExpression(text, definition)
  if (typed === undefined) return checked(text, definition)
  const value = conversion(typed.sql, typed.type, to)
  if (value !== undefined) return value
  const message = `result of USING clause cannot be cast automatically to type ${to.name}`
  throw new DatabaseError({ code: "42804", message })
}
