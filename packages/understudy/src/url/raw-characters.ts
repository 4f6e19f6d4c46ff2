import { kindOfCharacter } from "./characters.ts"
import { positionOf, type Notes, type Slice } from "./notes.ts"
import { decodePercent } from "./percent.ts"

/** What RFC 3986 does not let stand raw there. A percent sign is looked at by itself. */
const RAW: Readonly<Record<"userInfo" | "query", RegExp>> = {
  userInfo: /[^a-z0-9\-._~!$&'()*+,;=:%]/iu,
  query: /[^a-z0-9\-._~!$&'()*+,;=:%@/?]/iu,
}

/** Notes the first character of user or password that had to be encoded. */
export function noteRawCharacter(
  slice: Slice | null,
  part: string,
  place: "userInfo" | "query",
  notes: Notes,
): void {
  const match = slice === null ? null : RAW[place].exec(slice.text)
  if (slice === null || match === null) return
  const position = positionOf(slice, match.index)
  notes.add("url.userinfo-unencoded", { part, kind: kindOfCharacter(match[0]), position })
}

/** Notes the first percent sign that begins no code. */
export function noteMalformedPercent(slice: Slice | null, part: string, notes: Notes): void {
  if (slice === null) return
  const { malformedAt } = decodePercent(slice.text)
  if (malformedAt !== -1)
    notes.add("url.percent-malformed", { part, position: positionOf(slice, malformedAt) })
}
