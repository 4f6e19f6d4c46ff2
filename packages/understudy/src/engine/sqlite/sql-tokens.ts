/** A token of SQL text: what it is, and where it stands. */
export interface Token {
  /** `name`: a word or a quoted name; `group`: all that stands in parentheses, with them. */
  readonly kind: "name" | "text" | "group" | "comma" | "other"
  readonly text: string
  /** A word in lower case, a quoted name as it is meant; else the text. */
  readonly value: string
  readonly quoted: boolean
  readonly start: number
  readonly end: number
}

const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|([xX]?'(?:[^']|'')*')|("(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|([\p{L}_][\p{L}\p{N}_$]*)|(\.?\d(?:[eE][+-]\d|[\w.])*)|([\s\S])/gu

function unquote(text: string): string {
  const mark = text[0] ?? ""
  const inner = text.slice(1, -1)
  return mark === "[" ? inner : inner.replaceAll(mark + mark, mark)
}

/** The tokens of a text, each by itself: parentheses are `other`, white space and comments are left out. */
export function flatTokens(sql: string): Token[] {
  const tokens: Token[] = []
  for (const match of sql.matchAll(TOKEN)) {
    const [text, literal, quotedName, word, number, mark] = match
    const place = { text, start: match.index, end: match.index + text.length, quoted: false }
    if (literal !== undefined) tokens.push({ ...place, kind: "text", value: text })
    else if (quotedName !== undefined)
      tokens.push({ ...place, kind: "name", value: unquote(quotedName), quoted: true })
    else if (word !== undefined) tokens.push({ ...place, kind: "name", value: word.toLowerCase() })
    else if (number !== undefined || mark !== undefined)
      tokens.push({ ...place, kind: mark === "," ? "comma" : "other", value: text })
  }
  return tokens
}

/** The tokens of a text with what stands in parentheses taken as one; undefined: they do not match. */
export function tokensOf(sql: string): Token[] | undefined {
  const grouped: Token[] = []
  let depth = 0
  let start = 0
  for (const token of flatTokens(sql)) {
    if (token.text === "(" && depth++ === 0) start = token.start
    if (depth === 0) grouped.push(token)
    if (token.text !== ")") continue
    depth -= 1
    if (depth < 0) return undefined
    const text = sql.slice(start, token.end)
    if (depth === 0) grouped.push({ kind: "group", text, value: text, quoted: false, start, end: token.end })
  }
  return depth === 0 ? grouped : undefined
}

/** A text as SQL's literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A name in double quotes. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The names of `known` that an expression mentions as columns, in the order of `known`. */
export function columnsMentioned(expression: string, known: readonly string[]): string[] {
  const tokens = flatTokens(expression)
  const mentioned = new Set(
    tokens
      .filter(({ kind, quoted }, index) => kind === "name" && (quoted || tokens[index + 1]?.text !== "("))
      .map(({ value }) => value.toLowerCase()),
  )
  return known.filter((name) => mentioned.has(name.toLowerCase()))
}
