import { positionOf, sliceOf, type Notes, type Slice } from "./notes.ts"
import { firstKeyAt } from "./query.ts"

const COUNTS: Readonly<Record<number, string>> = { 0: "no slash", 1: "one slash", 3: "three slashes" }
const HOST_KEY = /[?&]host(?:addr)?=/i
/** A host with a port, or a host and a database: what nobody calls a database. */
const LIKE_A_SERVER = /^[^/?#:]+(?::\d+(?=[/?]|$)|\/[^/?]+(?=\?|$))/

/** What stands after the two slashes that belong behind `postgresql:`, however many there are. */
export function withTwoSlashes(rest: Slice, jdbc: boolean, notes: Notes): Slice {
  const count = /^\/*/.exec(rest.text)?.[0].length ?? 0
  if (count === 2 || rest.text.length === count) return sliceOf(rest, Math.min(count, 2))
  const after = sliceOf(rest, count)
  if (count === 3 && !isServerFirst(after.text)) return sliceOf(rest, 2)
  // JDBC's `jdbc:postgresql:name` and libpq's `postgresql:/name?host=…` name a database and no host.
  if (count === 0 && jdbc && !/[@/]/.test(after.text))
    return { text: `/${after.text}`, offset: after.offset - 1 }
  if (count === 1 && HOST_KEY.test(after.text)) return rest
  notes.add("url.slashes", { count: COUNTS[count] ?? "too many slashes", position: positionOf(rest) })
  return after
}

/** After three slashes comes a database, unless what follows can only be user and host, or host and port. */
function isServerFirst(text: string): boolean {
  if (HOST_KEY.test(text)) return false
  const at = text.indexOf("@")
  const key = firstKeyAt(text)
  return (at !== -1 && (key === -1 || at < key)) || LIKE_A_SERVER.test(text)
}
