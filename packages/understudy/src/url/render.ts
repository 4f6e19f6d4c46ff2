import { isIPv6 } from "node:net"
import { shownParts } from "./parts.ts"
import { encodePercent, encodeWholly } from "./percent.ts"
import { findPlaceholder } from "./placeholders.ts"
import type { HostPort, PostgresParts, SqliteParts } from "./verdict.ts"

type Encode = (text: string) => string

/** The URL for people: the password masked, and nothing that may be a piece of one. Not meant to be parsed. */
export function renderDatabaseUrl(parts: PostgresParts | SqliteParts): string {
  if ("path" in parts) return sqliteUrl(parts.path)
  return postgresUrl(shownParts(parts), (text) => (text === "***" ? text : encodePercent(text)))
}

/**
 * The URL with its secret: canonical, percent-encoded, and read back into the same parts. Call it only where it leaves
 * for the party that must have it.
 */
export function revealDatabaseUrl(parts: PostgresParts | SqliteParts): string {
  if ("path" in parts) return sqliteUrl(parts.path)
  const open = { ...parts, password: parts.password?.reveal() ?? null }
  return postgresUrl(open, looksLikeTemplate(open) ? encodeWholly : encodePercent)
}

/** `host:port` of each server, without the user; hosts that may be a piece of a password are masked. */
export function describeEndpoint(parts: PostgresParts): string {
  return shownParts(parts)
    .hosts.map((server) => serverText(server, (text) => text))
    .join(",")
}

/** The parts with their password in the open, or masked. */
interface OpenParts {
  readonly user: string | null
  readonly password: string | null
  readonly hosts: readonly HostPort[]
  readonly database: string | null
  readonly params: Readonly<Record<string, string>>
}

function postgresUrl({ user, password, hosts, database, params }: OpenParts, encode: Encode): string {
  // Without a password, a name that holds a colon would read as both encoded together.
  const noSecret = user?.includes(":") === true ? ":" : ""
  const secret = password === null ? noSecret : `:${encode(password)}`
  const userInfo = user === null && password === null ? "" : `${encode(user ?? "")}${secret}@`
  const servers = hosts.map((server) => serverText(server, encode)).join(",")
  const path = database === null ? "" : `/${encode(database)}`
  const pairs = Object.entries(params).map(([key, value]) => `${encode(key)}=${encode(value)}`)
  return `postgresql://${userInfo}${servers}${path}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`
}

function serverText({ host, port }: HostPort, encode: Encode): string {
  const name = isIPv6(host) ? `[${host.replace("%", "%25")}]` : encode(host)
  return port === null ? name : `${name}:${port}`
}

function sqliteUrl(path: string): string {
  if (path === ":memory:") return "sqlite:///:memory:"
  return `sqlite:///${path.split("/").map(encodePercent).join("/")}`
}

/** Some true values look like a manual's placeholders. Encoded wholly, they are read as what they are. */
function looksLikeTemplate({ user, password, hosts, database }: OpenParts): boolean {
  const slice = (text: string | null): { text: string; offset: number } | null =>
    text === null ? null : { text: encodePercent(text), offset: 0 }
  return (
    findPlaceholder({
      user: slice(user),
      password: slice(password),
      hosts: hosts.flatMap(({ host }) => slice(host) ?? []),
      ports: [],
      database: slice(database),
    }) !== null
  )
}
