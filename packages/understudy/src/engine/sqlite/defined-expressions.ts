import { parseDeclaredType, type TypeName } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { isTypeCheck } from "./constraint-names.ts"
import { unquoted } from "./fragments.ts"
import { isMath } from "./math-functions.ts"
import { portableFunction, refuseFragment } from "./portable-functions.ts"
import { isRounding } from "./rounding.ts"
import { flatTokens, type Token } from "./sql-tokens.ts"
import type { TableDefinition } from "./table-definition.ts"
import { TEXT_FUNCTIONS } from "./text-functions.ts"
import { TIME_FUNCTIONS } from "./time-functions.ts"

/** Functions that SQLite has itself, with PostgreSQL's meaning: a definition may call no other. */
const ALLOWED: ReadonlySet<string> = new Set([
  "abs",
  "coalesce",
  "concat",
  "length",
  "lower",
  "ltrim",
  "nullif",
  "octet_length",
  "replace",
  "rtrim",
  "trim",
  "upper",
])

/** Words before a parenthesis that call nothing. */
const KEYWORDS: ReadonlySet<string> = new Set(
  "all and any as between by case check collate distinct else escape exists in is like not on or over then when where".split(
    " ",
  ),
)

/** Types with which SQLite computes otherwise: as floats, as texts, without NaN. */
const OTHERWISE: ReadonlySet<TypeName> = new Set([
  "date",
  "float4",
  "float8",
  "json",
  "jsonb",
  "numeric",
  "time",
  "timestamp",
  "timestamptz",
])

/** The defaults that Understudy writes itself. */
const OWN_DEFAULT =
  /^\(*(?:understudy_next_id\([\s\S]*\)|substr\(now\(\), 1, \d+\)(?: \|\| '[ 0:.+]+')?|(?:now|gen_random_uuid|understudy_random|clock_timestamp|statement_timestamp)\(\))\)*$/

const INSTEAD = "Keep the rule in the program, or write it with comparisons, texts and whole numbers."

function isCall(tokens: readonly Token[], place: number): boolean {
  const { kind, quoted, value } = tokens[place] as Token
  return kind === "name" && !quoted && tokens[place + 1]?.text === "(" && !KEYWORDS.has(value)
}

function assertFunction(name: string): void {
  if (ALLOWED.has(name)) return
  const known =
    TEXT_FUNCTIONS.has(name) || isMath(name) || isRounding(name) || name in TIME_FUNCTIONS || name === "cast"
  // Throws for what PostgreSQL does not have, and for what is refused everywhere.
  if (!known) portableFunction(name)
  throw notPortable(`${name}() in a definition`, INSTEAD)
}

function isOperand({ kind, text, value, quoted }: Token | Record<string, undefined>): boolean {
  if (kind === "name") return quoted === true || !KEYWORDS.has(value ?? "")
  return kind === "text" || text === ")" || (kind === "other" && /^[\d.]/.test(text ?? ""))
}

/** The operators that compute, but for signs and the arrows of JSON. */
function arithmeticIn(tokens: readonly Token[]): number[] {
  return tokens.flatMap(({ kind, text }, place) => {
    if (kind !== "other" || !/^[-+*/%]$/.test(text)) return []
    const isArrow = text === "-" && tokens[place + 1]?.text === ">"
    return isArrow || !isOperand(tokens[place - 1] ?? {}) ? [] : [place]
  })
}

/** Can what stands behind a division not be zero: a number, or `nullif(…, 0)`? */
function neverZero(tokens: readonly Token[], place: number): boolean {
  const divisor = tokens[place + 1]
  if (/^0*[1-9]\d*$/.test(divisor?.text ?? "")) return true
  if (divisor?.value !== "nullif") return false
  let depth = 0
  const end = tokens.findIndex(({ text }, index) => {
    if (index <= place + 1) return false
    depth += text === "(" ? 1 : text === ")" ? -1 : 0
    return depth === 0
  })
  return tokens[end - 1]?.text === "0" && tokens[end - 2]?.kind === "comma"
}

/**
 * Throws where an expression of a definition (a check, a generated column, an index, a default) would mean something
 * else on SQLite. Schemas may call no functions of ours, so what SQLite computes otherwise cannot be mended there.
 *
 * @throws UnderstudyError `UNDERSTUDY_NOT_PORTABLE`
 * @throws DatabaseError `42883`
 */
export function assertExpression(expression: string, { columns }: Pick<TableDefinition, "columns">): void {
  refuseFragment(unquoted(expression))
  const tokens = flatTokens(expression)
  tokens.forEach(({ value, text }, place) => {
    if (isCall(tokens, place)) assertFunction(value)
    if (text === "~") throw notPortable("A regular expression in a definition", INSTEAD)
    if (/^current_(?:date|timestamp)$|^localtimestamp$/.test(value))
      throw notPortable(`${value} in a definition`, INSTEAD)
  })
  const mentioned = columns.filter(({ name }) =>
    tokens.some(({ kind, value }) => kind === "name" && value === name.toLowerCase()),
  )
  const types = mentioned.flatMap(({ type }) => parseDeclaredType(type)?.name ?? [])
  if (
    /\|\||\bconcat\b/i.test(unquoted(expression)) &&
    types.some((type) => OTHERWISE.has(type) || type === "boolean")
  )
    throw notPortable("Putting together what is no text in a definition", INSTEAD)
  const operators = arithmeticIn(tokens)
  if (operators.length === 0) return
  const otherwise =
    types.find((type) => OTHERWISE.has(type)) ??
    (tokens.some(({ text }) => /^\d*\.\d/.test(text)) ? "numeric" : undefined)
  if (otherwise !== undefined) throw notPortable(`Arithmetic beside ${otherwise} in a definition`, INSTEAD)
  for (const place of operators) {
    if (!/^[/%]$/.test(tokens[place]?.text ?? "") || neverZero(tokens, place)) continue
    throw notPortable(
      "Division by what may be zero in a definition",
      "Divide by a number, or by nullif(…, 0).",
    )
  }
}

function expressionsOf(definition: TableDefinition): readonly string[] {
  return [
    ...definition.constraints.flatMap((each) =>
      each.kind === "check" && !isTypeCheck(each) ? [each.expression] : [],
    ),
    ...definition.columns.flatMap(({ generated }) =>
      generated === undefined
        ? []
        : [generated.slice(generated.indexOf("("), generated.lastIndexOf(")") + 1)],
    ),
    ...definition.columns.flatMap(({ defaultTo }) =>
      defaultTo === undefined || OWN_DEFAULT.test(defaultTo) ? [] : [defaultTo],
    ),
  ]
}

/** {@link assertExpression} for all that a table's definition says, or for what a change adds to it. */
export function assertDefinition(after: TableDefinition, before?: TableDefinition): void {
  const known = new Set(before === undefined ? [] : expressionsOf(before))
  for (const expression of expressionsOf(after))
    if (!known.has(expression)) assertExpression(expression, after)
}
