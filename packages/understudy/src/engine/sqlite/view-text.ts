import type { DatabaseSync } from "node:sqlite"
import { quoteName, tokensOf, type Token } from "./sql-tokens.ts"

const SET_OPERATORS: ReadonlySet<string> = new Set(["union", "intersect", "except"])

function isWord({ kind, quoted, value }: Token, word: string): boolean {
  return kind === "name" && !quoted && value === word
}

function namesOf(database: DatabaseSync, select: string): readonly string[] {
  return database
    .prepare(select)
    .columns()
    .map(({ name }) => name)
}

/** The place of one `*` of a select list, with the table before it. */
interface Star {
  readonly start: number
  readonly end: number
  readonly table: string | undefined
}

function starsOf(list: readonly Token[]): Star[] {
  return list.flatMap((token, index): Star[] => {
    const [table, dot] = list.slice(Math.max(0, index - 2), index)
    if (token.text !== "*") return []
    if (dot?.text === "." && table?.kind === "name")
      return [{ start: table.start, end: token.end, table: table.text }]
    const before = list[index - 1]
    const opens = before === undefined || before.kind === "comma" || isWord(before, "distinct")
    return opens ? [{ start: token.start, end: token.end, table: undefined }] : []
  })
}

/**
 * The query of a view with the columns in place of each `*`, which PostgreSQL fixes when a view is made: SQLite reads it
 * anew each time, and a view on a table that got a column would have more columns than names.
 */
export function withoutStars(database: DatabaseSync, sql: string): string {
  const tokens = tokensOf(sql) ?? []
  const selects = tokens.flatMap((token, at) => (isWord(token, "select") ? [at] : []))
  const prefix = sql.slice(0, tokens[selects[0] ?? 0]?.start)
  let made = sql
  for (const select of selects.toReversed()) {
    const rest = tokens.slice(select + 1)
    const from = rest.findIndex((token) => isWord(token, "from"))
    if (from < 0) continue
    const next = rest.findIndex(
      ({ kind, value, quoted }) => kind === "name" && !quoted && SET_OPERATORS.has(value),
    )
    const source = sql.slice(rest[from]?.start, next < 0 ? undefined : rest[next]?.start)
    for (const { start, end, table } of starsOf(rest.slice(0, from)).toReversed()) {
      const names = namesOf(database, `${prefix} select ${table === undefined ? "" : `${table}.`}* ${source}`)
      const columns = names.map((name) => `${table === undefined ? "" : `${table}.`}${quoteName(name)}`)
      if (new Set(names).size === names.length)
        made = made.slice(0, start) + columns.join(", ") + made.slice(end)
    }
  }
  return made
}
