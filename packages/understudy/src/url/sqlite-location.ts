import { positionOf, refusal, sliceOf, type Notes, type Refusal, type Slice } from "./notes.ts"
import { makeSqliteParts } from "./parts.ts"
import { decodePercent } from "./percent.ts"
import type { SqliteParts } from "./verdict.ts"

const MEMORY = ":memory:"
const DATABASE_FILE = /\.(?:db|sqlite|sqlite3)$/i
const DRIVE = /^[a-z]:[\\/]/i

/** Reads what stands after the colon of `sqlite:` or `file:`. */
export function readSqliteLocation(
  scheme: "sqlite" | "file",
  rest: Slice,
  notes: Notes,
): SqliteParts | Refusal {
  const mark = rest.text.indexOf("?")
  const query = mark === -1 ? "" : rest.text.slice(mark + 1)
  const path = pathOf(scheme, sliceOf(rest, 0, mark === -1 ? rest.text.length : mark))
  if ("code" in path) return path
  if (path.text === MEMORY || /(?:^|&)mode=memory(?:&|$)/.test(query)) return makeSqliteParts(MEMORY)
  const why = problemOf(path.text)
  if (why !== null) return refusal("url.not-a-url", { why })
  const { text, malformedAt } = decodePercent(path.text)
  if (malformedAt !== -1) {
    notes.add("url.percent-malformed", { part: "path", position: positionOf(path, malformedAt) })
  }
  if (text.includes("\0")) return refusal("url.not-a-url", { why: "its path holds a NUL character" })
  if (query !== "") notes.add("url.parameters-ignored", { position: positionOf(rest, mark) })
  return makeSqliteParts(text)
}

/** Reads a path without a scheme that ends as database files do; null if it is none. */
export function readBarePath(slice: Slice): SqliteParts | null {
  const { text } = slice
  if (text === MEMORY) return makeSqliteParts(MEMORY)
  if (!DATABASE_FILE.test(text) || /\p{Cc}|:\/\//u.test(text) || problemOf(text) !== null) return null
  return makeSqliteParts(text)
}

/** The path by the number of slashes: three before a relative path and four before an absolute one, as SQLAlchemy has it. */
function pathOf(scheme: "sqlite" | "file", location: Slice): Slice | Refusal {
  const { text } = location
  if (!text.startsWith("//")) return location
  if (scheme === "file") {
    // RFC 8089: an authority stands before the path, which is always absolute.
    const path = /^\/\/(?:localhost)?\/+(?=\/)/i.exec(text)?.[0].length
    if (path !== undefined) return sliceOf(location, path)
    if (/^\/\/(?:localhost)?\//i.test(text)) return sliceOf(location, text.indexOf("/", 2))
    if (/^\/\/\.{1,2}\//.test(text)) return sliceOf(location, 2)
    return refusal("url.not-a-url", { why: "its file: location names a host" })
  }
  const path = sliceOf(location, text.startsWith("///") ? 3 : 2)
  return path.text === "" ? { text: MEMORY, offset: path.offset } : path
}

/** What is no path, but a server's address with a scheme of SQLite: it would show its password as a path. */
function problemOf(path: string): string | null {
  if (path === "") return "it names no file"
  if (DRIVE.test(path)) return null
  if (/^[^/]*:/.test(path)) return "it has the scheme of SQLite, but reads like the address of a server"
  const colon = path.indexOf(":")
  if (colon !== -1 && path.includes("@", colon))
    return "its path has a colon and an at sign, as user and password have"
  return null
}
