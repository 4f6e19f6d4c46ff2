import { isIPv6 } from "node:net"
import { kindOfCharacter, NOT_IN_HOST } from "./characters.ts"
import { positionOf, refusal, sliceOf, splitAt, type Refusal, type Slice } from "./notes.ts"
import { decodePercent } from "./percent.ts"
import type { HostPort } from "./verdict.ts"

/** One server as it stands in the text: `host`, `host:port`, `[address]:port`. */
export interface RawServer {
  readonly host: Slice
  /** What stands after the colon; null where there is no colon. */
  readonly port: Slice | null
}

/** What no host name holds besides white space and control characters. */
const NOT_IN_NAME = /[@/\\?#[\]{}<>"'`|^%:;,!$&()*+=~]/
const BRACKETED = /^(\$?\{[^}]*\}|<[^>]*>|\[[^\]]*\])(?::([^]*))?$/
const PORT = /^\d{1,9}$/

/** Divides `h1:5432,h2` at its commas, and each at its first colon outside of brackets. */
export function splitServers(servers: Slice): RawServer[] {
  return splitAt(servers, ",").map(splitServer)
}

function splitServer(server: Slice): RawServer {
  const bracketed = BRACKETED.exec(server.text)
  const colon = bracketed === null ? server.text.indexOf(":") : (bracketed[1]?.length ?? 0)
  if (colon === -1 || colon === server.text.length) return { host: server, port: null }
  return { host: sliceOf(server, 0, colon), port: sliceOf(server, colon + 1) }
}

/** The host, decoded; null where it is empty. A slash at the beginning names a Unix socket's folder. */
export function readHost(raw: Slice): string | null | Refusal {
  if (raw.text === "") return null
  const address = /^\[([^\]]*)\]$/.exec(raw.text)?.[1]
  if (address !== undefined) return readAddress(raw, address)
  const { text, malformedAt } = decodePercent(raw.text)
  if (text.includes(":") && isIPv6(text)) return text
  if (malformedAt !== -1) return refused(raw, malformedAt)
  return checkHost(text, raw)
}

/** A host that stands by itself, not in a URL: nothing is decoded, and an IPv6 address needs no brackets. */
export function readPlainHost(raw: Slice): string | Refusal {
  if (raw.text === "") return refusal("url.host-missing", { position: positionOf(raw) })
  if (raw.text.startsWith("[")) return readAddress(raw, raw.text.replace(/^\[|\]$/g, ""))
  return isIPv6(raw.text) ? raw.text : checkHost(raw.text, raw)
}

/** Checks a decoded host. `raw` tells where it stands. */
function checkHost(text: string, raw: Slice): string | Refusal {
  const isSocket = text.startsWith("/")
  const bad = isSocket ? /\p{Cc}/u.exec(text) : (NOT_IN_HOST.exec(text) ?? NOT_IN_NAME.exec(text))
  if (bad !== null) {
    // In a percent-encoded host the place is not the same.
    const index = raw.text.indexOf(bad[0])
    return refusal("url.host-invalid", {
      kind: kindOfCharacter(bad[0]),
      position: positionOf(raw, Math.max(0, index)),
    })
  }
  if (/^\.+$/.test(text))
    return refusal("url.host-invalid", { kind: "nothing but dots", position: positionOf(raw) })
  return text
}

function readAddress(raw: Slice, address: string): string | Refusal {
  const { text } = decodePercent(address)
  if (isIPv6(text)) return text
  return refusal("url.host-invalid", {
    kind: "something other than an IPv6 address in brackets",
    position: positionOf(raw),
  })
}

function refused(raw: Slice, index: number): Refusal {
  return refusal("url.host-invalid", {
    kind: kindOfCharacter(raw.text[index] ?? ""),
    position: positionOf(raw, index),
  })
}

/** The port; null where none is written, as in `host` and `host:`. */
export function readPort(raw: Slice | null): number | null | Refusal {
  if (raw === null || raw.text === "") return null
  const isNumber = PORT.test(raw.text)
  const port = Number(raw.text)
  if (isNumber && port >= 1 && port <= 65_535) return port
  const why = isNumber ? "is not within 1 and 65535" : "is not a number"
  return refusal("url.port-invalid", { why, position: positionOf(raw) })
}

/** Can these be the servers of a URL? It is what tells one reading of a raw user info from another. */
export function areServersValid(servers: Slice): boolean {
  return splitServers(servers).every(({ host, port }) => {
    const readingOfHost = readHost(host)
    const readingOfPort = readPort(port)
    return typeof readingOfHost === "string" && (readingOfPort === null || typeof readingOfPort === "number")
  })
}

/** The hosts with their ports. A single port counts for all hosts, as in libpq. */
export function pairServers(
  hosts: readonly string[],
  ports: ReadonlyArray<number | null>,
  place: Slice,
): readonly HostPort[] | Refusal {
  const given = ports.every((port) => port === null) ? [null] : ports
  if (given.length > 1 && given.length !== hosts.length) {
    return refusal("url.port-invalid", { why: "does not stand for each host", position: positionOf(place) })
  }
  return hosts.map((host, index) => ({ host, port: (given.length === 1 ? given[0] : given[index]) ?? null }))
}
