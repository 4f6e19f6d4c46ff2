import { sliceOf, splitAt, type Slice } from "./notes.ts"
import { decodePercent } from "./percent.ts"

/** One `key=value` of the query. */
export interface QueryPair {
  readonly key: string
  /** As it stands there, not decoded. */
  readonly value: Slice
}

const KEY_AND_SIGN = /[^=&@/?#\s]+=/y

/**
 * Divides `a=1&b=2`. A key without an equals sign has an empty value; the last of equal keys stands, and white space
 * around keys and values does not count, as in libpq.
 */
export function readQuery(query: Slice): QueryPair[] {
  const pairs: QueryPair[] = []
  for (const piece of splitAt(query, "&")) {
    if (piece.text === "") continue
    const sign = piece.text.indexOf("=")
    const keyEnd = sign === -1 ? piece.text.length : sign
    const key = decodePercent(piece.text.slice(0, keyEnd).trim()).text
    pairs.push({ key, value: trimmed(sliceOf(piece, sign === -1 ? keyEnd : keyEnd + 1)) })
  }
  return pairs
}

function trimmed(slice: Slice): Slice {
  const start = slice.text.length - slice.text.trimStart().length
  return { text: slice.text.trim(), offset: slice.offset + start }
}

/** Where the first `?key=` or `&key=` begins; -1 if there is none. */
export function firstKeyAt(text: string): number {
  return text.search(/[?&][^=&@/?#\s]+=/)
}

/**
 * Tells whether what follows a question mark, up to the end of the text, is a query of `key=value`. The pieces after
 * an ampersand are the same for every question mark, so they are looked at once, and all questions together take
 * linear time.
 */
export function createQueryCheck(text: string): (queryStart: number) => boolean {
  let lastBad: number | null = null
  return (queryStart) => {
    lastBad ??= lastBadPieceAt(text)
    return lastBad <= queryStart && isPieceValid(text, queryStart)
  }
}

function lastBadPieceAt(text: string): number {
  let last = -1
  let start = text.indexOf("&") + 1
  while (start > 0) {
    if (!isPieceValid(text, start)) last = start
    start = text.indexOf("&", start) + 1
  }
  return last
}

function isPieceValid(text: string, start: number): boolean {
  if (start === text.length || text[start] === "&") return true
  KEY_AND_SIGN.lastIndex = start
  return KEY_AND_SIGN.test(text)
}
