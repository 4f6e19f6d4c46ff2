import { flatTokens } from "./sql-tokens.ts"

/** The words of a text: of literals and quoted names only that they are there. */
function bareText(sql: string): string {
  return flatTokens(sql)
    .map(({ kind, quoted, text }) => (kind === "text" || quoted ? "''" : text))
    .join(" ")
}

function holds(text: string, words: string): boolean {
  // A digit may stand right before a word: `?1in` is two tokens to SQLite.
  return new RegExp(`(?<![\\p{L}_])(?:${words})(?![\\p{L}\\p{N}_$])`, "iu").test(text)
}

/** May this statement do something else than insert where a row is there already? */
export function isUpsert(sql: string): boolean {
  return holds(bareText(sql), "conflict|insert or|replace into")
}

/** The table of an INSERT that gives values and reads no rows of any table; undefined for all others. */
export function plainInsertTarget(sql: string): string | undefined {
  const text = bareText(sql)
  if (!/^insert into\b/i.test(text) || holds(text, "select|in|conflict")) return undefined
  const [, , first, dot, second] = flatTokens(sql)
  const name = dot?.text === "." ? second : first
  return name?.kind === "name" ? name.value : undefined
}
