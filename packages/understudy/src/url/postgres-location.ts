import { kindOfCharacter } from "./characters.ts"
import { readLayout, type Layout } from "./layout.ts"
import { positionOf, refusal, sliceOf, splitAt, type Notes, type Refusal, type Slice } from "./notes.ts"
import { isDoubtful, makePostgresParts } from "./parts.ts"
import { pastedBehindDatabase, pastedBehindValue } from "./pasted.ts"
import { decodePercent } from "./percent.ts"
import { findPlaceholder, type RawParts } from "./placeholders.ts"
import { readQuery, type QueryPair } from "./query.ts"
import { noteMalformedPercent, noteRawCharacter } from "./raw-characters.ts"
import { pairServers, readHost, readPort, splitServers } from "./servers.ts"
import { withTwoSlashes } from "./slashes.ts"
import { parameterName } from "./tls-parameters.ts"
import type { HostPort, PostgresParts } from "./verdict.ts"

/** The raw parts, those of the query moved to their places, and what is left of the query. */
interface Collected {
  readonly raw: RawParts
  /** The user and the password that the query gives. */
  readonly fromQuery: { readonly user: Slice | null; readonly password: Slice | null }
  /** Does the text itself tell the user from a password, be that an empty one? */
  readonly isDivided: boolean
  readonly params: readonly QueryPair[]
}

const MOVED: ReadonlySet<string> = new Set(["user", "password", "host", "port", "dbname"])

/** Reads what stands after the colon of `postgresql:`. */
export function readPostgresLocation(rest: Slice, jdbc: boolean, notes: Notes): PostgresParts | Refusal {
  const location = withTwoSlashes(rest, jdbc, notes)
  const { layout, refusal: reason } = readLayout(location)
  if (layout.schemeBeforeHost !== null) {
    notes.add("url.scheme-duplicated", { position: positionOf(layout.schemeBeforeHost) })
  }
  const collected = collect(layout)
  const placeholder = findPlaceholder(collected.raw)
  if (placeholder !== null) {
    return refusal("url.placeholder", { part: placeholder.part, position: positionOf(placeholder.slice) })
  }
  if (reason !== null) return reason
  const parts = build(collected, location)
  if ("code" in parts) return parts
  noteRepairs(collected, notes)
  if (parts.database === null) notes.add("url.database-missing")
  if (isDoubtful(parts))
    notes.add("url.ambiguous", { position: positionOf(layout.database ?? layout.servers) })
  return parts
}

/** Puts together what stands in front and what stands in the query, where the query wins, as in libpq. */
function collect(layout: Layout): Collected {
  const moved = new Map<string, Slice>()
  const params: QueryPair[] = []
  for (const pair of layout.query === null ? [] : readQuery(layout.query)) {
    if (MOVED.has(pair.key)) moved.set(pair.key, pair.value)
    else params.push({ key: parameterName(pair.key), value: pair.value })
  }
  const fromQuery = { user: present(moved.get("user")), password: present(moved.get("password")) }
  const { user, password } = splitUserInfo(layout.userInfo)
  const servers = splitServers(layout.servers)
  // Without a host, libpq's `hostaddr` alone says where to go.
  const address =
    layout.servers.text === "" ? params.findLast(({ key }) => key === "hostaddr")?.value : undefined
  const hosts = moved.get("host") ?? address
  const ports = moved.get("port")
  const raw = {
    user: fromQuery.user ?? user,
    password: fromQuery.password ?? password,
    hosts: hosts === undefined ? servers.map(({ host }) => host) : splitAt(hosts, ","),
    ports:
      ports === undefined
        ? servers.map(({ port, host }) => port ?? sliceOf(host, host.text.length))
        : splitAt(ports, ","),
    database: present(moved.get("dbname")) ?? present(layout.database),
  }
  const isDivided =
    raw.password !== null || (fromQuery.user === null && layout.userInfo?.text.includes(":") === true)
  return { raw, fromQuery, isDivided, params }
}

/** The first colon divides user and password; an empty one is none, as in libpq. */
function splitUserInfo(userInfo: Slice | null): {
  readonly user: Slice | null
  readonly password: Slice | null
} {
  if (userInfo === null) return { user: null, password: null }
  const colon = userInfo.text.indexOf(":")
  if (colon === -1) return { user: present(userInfo), password: null }
  return { user: present(sliceOf(userInfo, 0, colon)), password: present(sliceOf(userInfo, colon + 1)) }
}

function build({ raw, isDivided, params }: Collected, location: Slice): PostgresParts | Refusal {
  const hosts = readServers(raw, location)
  if ("code" in hosts) return hosts
  const pasted = findPasted(raw, params, location)
  if (pasted !== null) return pasted
  const user = decode(raw.user)
  const password = decode(raw.password)
  if (raw.user !== null && !isDivided && user?.includes(":") === true) {
    const why =
      "the user holds a colon, and no password stands beside it: both may have been encoded together"
    return notOneUrl(why, raw.user, 0)
  }
  const database = decode(raw.database)
  const pairs = params.map(({ key, value }): [string, string] => [key, decodePercent(value.text).text])
  if ([user, password, database, ...pairs.flat()].some((text) => text?.includes("\0") === true)) {
    return refusal("url.not-a-url", { why: "it holds a NUL character, which PostgreSQL cannot take" })
  }
  return makePostgresParts({ user, password, hosts, database, params: pairs })
}

/**
 * More than a URL: what stands behind it would be shown as a part of the database's name or of a parameter, and may be a
 * password. Percent-encoded, any name is taken.
 */
function findPasted(raw: RawParts, params: readonly QueryPair[], location: Slice): Refusal | null {
  const control = location.text.search(/\p{Cc}/u)
  if (control !== -1) {
    const kind = kindOfCharacter(location.text[control] ?? "")
    return notOneUrl(`it holds ${kind}`, location, control)
  }
  const behindDatabase = raw.database === null ? -1 : pastedBehindDatabase(raw.database.text)
  if (raw.database !== null && behindDatabase !== -1) {
    const kind = kindOfCharacter(raw.database.text[behindDatabase] ?? "")
    const why = `${kind} stands behind the database's name, where only a question mark begins parameters`
    return notOneUrl(why, raw.database, behindDatabase)
  }
  for (const { value } of params) {
    const at = pastedBehindValue(value.text)
    if (at !== -1) return notOneUrl("behind a parameter's value follows another assignment", value, at)
  }
  return null
}

function notOneUrl(why: string, slice: Slice, index: number): Refusal {
  const position = positionOf(slice, index)
  return refusal("url.not-a-url", { why: `${why} (character ${position})`, position })
}

function readServers(raw: RawParts, location: Slice): readonly HostPort[] | Refusal {
  const hosts: string[] = []
  for (const slice of raw.hosts) {
    const host = readHost(slice)
    if (host === null) return refusal("url.host-missing", { position: positionOf(slice) })
    if (typeof host !== "string") return host
    hosts.push(host)
  }
  const ports: Array<number | null> = []
  for (const slice of raw.ports) {
    const port = readPort(slice)
    if (port !== null && typeof port !== "number") return port
    ports.push(port)
  }
  return pairServers(hosts, ports, raw.ports[0] ?? location)
}

/** Said only of what is used: where the URL is refused, nothing was encoded. */
function noteRepairs({ raw, fromQuery, params }: Collected, notes: Notes): void {
  noteRawCharacter(raw.user, "user", fromQuery.user === null ? "userInfo" : "query", notes)
  noteRawCharacter(raw.password, "password", fromQuery.password === null ? "userInfo" : "query", notes)
  noteMalformedPercent(raw.user, "user", notes)
  noteMalformedPercent(raw.password, "password", notes)
  noteMalformedPercent(raw.database, "database", notes)
  for (const { value } of params) noteMalformedPercent(value, "query", notes)
}

function present(slice: Slice | null | undefined): Slice | null {
  return slice === null || slice === undefined || slice.text === "" ? null : slice
}

function decode(slice: Slice | null): string | null {
  return slice === null ? null : decodePercent(slice.text).text
}
