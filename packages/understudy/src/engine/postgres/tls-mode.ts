import { isIP } from "node:net"

/** libpq's modes, but `allow`, which is `prefer` here: TLS costs nothing where the server has it. */
export type SslMode = "disable" | "prefer" | "require" | "verify-ca" | "verify-full"

/** What may be asked for. `no-verify` is node-postgres's own word. */
const MODES: ReadonlyMap<string, SslMode> = new Map([
  ["disable", "disable"],
  ["allow", "prefer"],
  ["prefer", "prefer"],
  ["no-verify", "require"],
  ["require", "require"],
  ["verify-ca", "verify-ca"],
  ["verify-full", "verify-full"],
])

/** The value of `sslrootcert` that stands for the machine's own authorities. */
export const SYSTEM_STORE = "system"

/** A URL asks for a mode that is none. Any guess might verify less than was meant. */
export class UnknownSslModeError extends Error {
  override readonly name = "UnknownSslModeError"
}

/** A label that a resolver takes for an IPv4 address: `134744072` and `0x08080808` are 8.8.8.8. */
const NUMERIC_LABEL = /^(?:\d+|0x[0-9a-f]*)$/

/** Is this a host on a network of one's own: loopback, RFC 1918, ULA, a single label, `.internal`, `.local`, `.svc`? */
function isPrivateHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "")
  if (isIP(name) === 4) return /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(name)
  // In `fc::1` the first group is 00fc: only four digits make it one of fc00::/7.
  if (isIP(name) === 6) return name === "::1" || /^f[cd][0-9a-f]{2}:/.test(name)
  // A cluster's long form, `.svc.cluster.local`, ends in `.local`.
  if (!name.includes(".")) return !NUMERIC_LABEL.test(name)
  return /\.(internal|local|localhost|svc)$/.test(name)
}

/**
 * The mode that the URL asks for; without one: `prefer` on a private host, else `require`. A Unix socket knows no TLS.
 * The machine's own authorities mean `verify-full`: whoever gets a certificate for any name from one of them must not
 * pass for the server. JDBC's `ssl=true` is `require`, as for libpq.
 * @throws UnknownSslModeError
 */
export function sslModeOf(params: Readonly<Record<string, string>>, host: string): SslMode {
  if (host.startsWith("/")) return "disable"
  const asked = params["sslmode"]?.toLowerCase() ?? ""
  const mode = MODES.get(asked)
  if (mode === undefined && asked !== "") throw new UnknownSslModeError(`sslmode=${asked}`)
  if (params["sslrootcert"] === SYSTEM_STORE) return "verify-full"
  if (mode !== undefined) return mode
  return params["ssl"] === "true" || !isPrivateHost(host) ? "require" : "prefer"
}
