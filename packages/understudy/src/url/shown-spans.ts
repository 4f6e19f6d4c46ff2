import { readLayout, type Layout } from "./layout.ts"
import { Notes, splitAt, type Slice } from "./notes.ts"
import { isDoubtful, isShownParam, KNOWN_PARAMS } from "./parts.ts"
import { decodePercent } from "./percent.ts"
import { NAMED_SCHEMES, readScheme } from "./scheme.ts"
import { withTwoSlashes } from "./slashes.ts"
import { parameterName } from "./tls-parameters.ts"
import { unwrap } from "./unwrap.ts"
import type { PostgresParts, UrlVerdict } from "./verdict.ts"

/** A run of characters of the given text, by index; `end` is not in it. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** What people put around a URL, of which each piece is a word of the language and no secret. */
const AROUND =
  /(?:[\s\u200b-\u200f\u2060\ufeff]+|["'`‘’“”]|(?:psql|export|set|env)(?=\s)|\$(?=\s)|(?:DATABASE|POSTGRES|POSTGRESQL|DB|PG)_(?:URL|URI|DSN)\s*[=:]|;|,)/iy

const SCHEME = /(?:jdbc:)?([a-z][a-z0-9]*)(?:\+(?:psycopg[23]?|asyncpg|pg8000|aiosqlite|pysqlite|srv))?:\/*/iy
const OWN_SCHEMES: ReadonlySet<string> = new Set(["postgres", "postgresql", "sqlite", "sqlite3", "file"])

/** A placeholder or a reference that is made of nothing but a manual's own words. */
const MANUAL_WORDS =
  /^(?:undefined|null|none|[[<{$(%]{0,3}\s?(?:(?:your|my|the|db|database|postgres|postgresql|pg|sql|url|uri|dsn|user|username|name|password|pass|pwd|host|hostname|port|project|ref|region|here)[ ._-]?){1,5}\s?[\]>})%]{0,3})$/i

/** Where a word might be a person's real one, there is no bracket around it. */
const MARKED_AS_TEMPLATE = /^(?:[[<{$%]|your|undefined$|null$|none$)/i

/** The parameters that stand in a URL for one of its parts. */
const PARTS_IN_QUERY: ReadonlySet<string> = new Set(["user", "host", "port", "dbname"])

/**
 * The characters of a database URL's text that may be shown, as it was given. Of a refused one that is what surely is no
 * secret: a known scheme and the words around it; the value may itself be a bare password. In order, not overlapping.
 */
export function shownSpans(text: string, verdict: UrlVerdict): readonly Span[] {
  const inner = unwrap({ text, offset: 0 }, new Notes(""))
  const before = around(text, 0)
  const spans: Span[] = [{ start: 0, end: before }, ...schemeAt(text, before, verdict)]
  if (verdict.dialect === null || "code" in inner) {
    return isTemplate(text.slice(before).trimEnd()) ? [{ start: 0, end: text.length }] : tidy(spans)
  }
  const end = inner.offset + inner.text.length
  spans.push(...schemeAt(text, inner.offset, verdict), { start: end, end: around(text, end) })
  if (verdict.dialect === "sqlite") {
    const mark = inner.text.indexOf("?")
    spans.push({ start: inner.offset, end: mark === -1 ? end : inner.offset + mark + 1 })
    return tidy(spans)
  }
  const layout = locate(inner)
  return tidy(layout === null ? spans : [...spans, ...partSpans(layout, verdict.parts)])
}

/** Is it a placeholder or a reference of a manual's words alone? A real password of these words would be no secret. */
export function isTemplate(text: string): boolean {
  return text.length <= 80 && MARKED_AS_TEMPLATE.test(text) && MANUAL_WORDS.test(text)
}

function locate(inner: Slice): Layout | null {
  const scheme = readScheme(inner, new Notes(""))
  if (scheme.kind !== "postgresql") return null
  return readLayout(withTwoSlashes(scheme.rest, scheme.jdbc, new Notes(""))).layout
}

/** How far the words around a URL go, from here. */
function around(text: string, from: number): number {
  AROUND.lastIndex = from
  let end = from
  while (AROUND.test(text)) end = AROUND.lastIndex
  return end
}

/** Schemes of known names. In a refused value slashes must follow: `postgres:secret` may be user and password. */
function schemeAt(text: string, from: number, verdict: UrlVerdict): Span[] {
  let end = from
  for (;;) {
    SCHEME.lastIndex = end
    const match = SCHEME.exec(text)
    const name = match?.[1]?.toLowerCase() ?? ""
    if (match === null || !(OWN_SCHEMES.has(name) || NAMED_SCHEMES.has(name))) break
    if (verdict.dialect === null && !match[0].endsWith("//")) break
    end = SCHEME.lastIndex
  }
  return [{ start: from, end }]
}

/** The same parts that every other rendering shows. */
function partSpans(layout: Layout, parts: PostgresParts): Span[] {
  const spans: Span[] = []
  const { userInfo, servers, database, query, schemeBeforeHost } = layout
  if (userInfo !== null) spans.push(...userSpans(userInfo, parts.user))
  if (schemeBeforeHost !== null) spans.push(spanOf(schemeBeforeHost))
  if (isDoubtful(parts)) return spans
  spans.push(spanOf(servers))
  if (database !== null) {
    const isUsed = decodePercent(database.text).text === (parts.database ?? "")
    spans.push({ start: database.offset - 1, end: database.offset + (isUsed ? database.text.length : 0) })
  }
  if (query !== null) {
    spans.push({ start: query.offset - 1, end: query.offset })
    spans.push(...splitAt(query, "&").flatMap(pairSpans))
  }
  return spans
}

function userSpans(userInfo: Slice, user: string | null): Span[] {
  const colon = userInfo.text.indexOf(":")
  const length = colon === -1 ? userInfo.text.length : colon
  const end = userInfo.offset + userInfo.text.length
  const at = { start: end, end: end + 1 }
  if (decodePercent(userInfo.text.slice(0, length)).text !== (user ?? "")) return [at]
  return [{ start: userInfo.offset, end: userInfo.offset + length + (colon === -1 ? 0 : 1) }, at]
}

function pairSpans(pair: Slice): Span[] {
  const sign = pair.text.indexOf("=")
  const key = parameterName(decodePercent(sign === -1 ? pair.text : pair.text.slice(0, sign)).text.trim())
  const separator = { start: pair.offset - 1, end: pair.offset }
  const value = sign === -1 ? "" : decodePercent(pair.text.slice(sign + 1)).text.trim()
  if (isShownParam(key, value) || PARTS_IN_QUERY.has(key)) return [separator, spanOf(pair)]
  return key === "password" || KNOWN_PARAMS.has(key)
    ? [separator, { start: pair.offset, end: pair.offset + sign + 1 }]
    : [separator]
}

function spanOf({ text, offset }: Slice): Span {
  return { start: offset, end: offset + text.length }
}

function tidy(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.filter(({ start, end }) => end > start).toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last !== undefined && span.start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) }
    } else merged.push(span)
  }
  return merged
}
