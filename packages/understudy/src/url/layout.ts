import { positionOf, refusal, sliceOf, type Refusal, type Slice } from "./notes.ts"
import { pastedBehindValue } from "./pasted.ts"
import { createQueryCheck, firstKeyAt } from "./query.ts"
import { areServersValid } from "./servers.ts"

/** Where the parts of a PostgreSQL URL stand. */
export interface Layout {
  /** Null where there is no at sign before the host. */
  readonly userInfo: Slice | null
  readonly servers: Slice
  /** What stands after the slash; null where there is none. */
  readonly database: Slice | null
  /** What stands after the question mark; null where there is none. */
  readonly query: Slice | null
  /** A scheme that stands before the host, and is dropped. */
  readonly schemeBeforeHost: Slice | null
}

/** A layout, and why it cannot be the reading, if it cannot; it is then the likeliest, in which to look for placeholders. */
export interface LayoutReading {
  readonly layout: Layout
  readonly refusal: Refusal | null
}

/** User info that needs no repair: RFC 3986's `*( unreserved / pct-encoded / sub-delims / ":" )`. */
const LEGAL_USER_INFO = /^(?:[a-z0-9\-._~!$&'()*+,;=:]|%[0-9a-f]{2})*$/i
const SCHEME_BEFORE_HOST = /(?:postgres(?:ql)?|https?|tcp):\/\//iy
const SECRET_KEY = /[?&;\s](?:password|sslpassword|passwd|pass|pwd)=/i

/**
 * Finds the parts of what stands after `postgresql://`. A strict RFC 3986 reading stands if it has user info, valid
 * servers, no raw `#`, and no raw at sign in the path. Otherwise each at sign is tried as the end of the user info, and the only valid one stands.
 */
export function readLayout(rest: Slice): LayoutReading {
  const { text } = rest
  const strictAt = strictUserInfoEnd(text)
  const strict = layoutAt(rest, strictAt)
  const isValid = areServersValid(strict.servers)
  if (strictAt === -1) {
    const firstAt = text.indexOf("@")
    const firstKey = firstKeyAt(text)
    if (firstAt === -1) return { layout: strict, refusal: null }
    if (firstKey !== -1 && firstKey < firstAt && (isValid || strict.servers.text === ""))
      return { layout: strict, refusal: null }
  } else if (isValid && !text.includes("#") && isUnmistakable(strict)) {
    return { layout: strict, refusal: null }
  }
  return tryEachAtSign(rest, strict)
}

/**
 * User info that needs no repair, and no raw at sign in the path: `//u:p@ss/word@h/db` would else be dialled at `ss`,
 * a piece of the password, with `word@h/db` for its database.
 */
function isUnmistakable({ userInfo, database }: Layout): boolean {
  return LEGAL_USER_INFO.test(userInfo?.text ?? "") && database?.text.includes("@") !== true
}

/** The last at sign before the path or the query. */
function strictUserInfoEnd(text: string): number {
  const authority = /^[^/?#]*/.exec(text)?.[0] ?? ""
  return authority.lastIndexOf("@")
}

function tryEachAtSign(rest: Slice, strict: Layout): LayoutReading {
  const { text } = rest
  const isQuery = createQueryCheck(text)
  const secretKeyAt = text.search(SECRET_KEY)
  let chosen = -1
  let last = -1
  let count = 0
  let at = text.indexOf("@")
  while (at !== -1) {
    const next = text.indexOf("@", at + 1)
    const inQuery = secretKeyAt !== -1 && secretKeyAt < at
    if (!inQuery && isEndOfUserInfo(rest, at, next, isQuery)) {
      chosen = at
      count += 1
    }
    last = at
    at = next
  }
  if (count === 1) {
    const layout = layoutAt(rest, chosen)
    const userInfo = layout.userInfo?.text ?? ""
    if (!mayEndInComment(userInfo) && !mayEndInAssignment(userInfo) && !holdsServer(userInfo))
      return { layout, refusal: null }
  }
  const layout = strict.userInfo === null ? layoutAt(rest, last) : strict
  // Host and port are to blame where they alone stand in the way; what reads them later says what is wrong.
  if (count === 0 && !areServersValid(layout.servers)) return { layout, refusal: null }
  const which = ["none", "it is not clear which", "more than one"][Math.min(count, 2)] ?? ""
  const why = `${which} of its at signs (the last is character ${positionOf(rest, last)}) can end user and password`
  return { layout, refusal: refusal("url.not-a-url", { why }) }
}

/** Is what follows this at sign a host, a numeric port or none, a path without an at sign, a query of `key=value`? */
function isEndOfUserInfo(
  rest: Slice,
  at: number,
  next: number,
  isQuery: (start: number) => boolean,
): boolean {
  const segment = sliceOf(rest, at + 1, next === -1 ? rest.text.length : next)
  const mark = segment.text.indexOf("?")
  if (mark === -1 && next !== -1) return false
  const { servers } = layoutAt(sliceOf(segment, 0, mark === -1 ? segment.text.length : mark), -1)
  return areServersValid(servers) && (mark === -1 || isQuery(at + 1 + mark + 1))
}

/** `password@host/db # ask me@work` may be a comment, or a password: nobody can tell. */
function mayEndInComment(userInfo: string): boolean {
  const at = userInfo.indexOf("@")
  return at !== -1 && /\s#/.test(userInfo.slice(at))
}

/** `password@h/db"; export KEY=secret@x`: what would be the host may be the tail of what was pasted behind a URL. */
function mayEndInAssignment(userInfo: string): boolean {
  const at = userInfo.indexOf("@")
  return at !== -1 && pastedBehindValue(userInfo.slice(at)) !== -1
}

/**
 * A user's name with a raw slash, question mark or number sign: `app@h/db?token=#secret@x` has a server before the last
 * at sign, and what would be taken for the name, which is shown, may hold a password.
 */
function holdsServer(userInfo: string): boolean {
  return /[/?#]/.test(userInfo.split(":", 1)[0] ?? "")
}

/** The parts if the user info ends at this at sign; -1: there is none. */
function layoutAt(rest: Slice, at: number): Layout {
  const { text } = rest
  SCHEME_BEFORE_HOST.lastIndex = at + 1
  const hasScheme = SCHEME_BEFORE_HOST.test(text)
  const start = hasScheme ? SCHEME_BEFORE_HOST.lastIndex : at + 1
  const mark = indexOrEnd(text, "?", start)
  const slash = Math.min(indexOrEnd(text, "/", start), mark)
  return {
    userInfo: at === -1 ? null : sliceOf(rest, 0, at),
    servers: sliceOf(rest, start, slash),
    database: slash === mark ? null : sliceOf(rest, slash + 1, mark),
    query: mark === text.length ? null : sliceOf(rest, mark + 1),
    schemeBeforeHost: hasScheme ? sliceOf(rest, at + 1, start) : null,
  }
}

function indexOrEnd(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from)
  return index === -1 ? text.length : index
}
