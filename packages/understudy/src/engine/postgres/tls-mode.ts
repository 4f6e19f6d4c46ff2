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

/** What `ssl` of JDBC and node-postgres may be besides a mode; null asks for nothing that is not done anyway. */
const SWITCHES: ReadonlyMap<string, SslMode | null> = new Map([
  ...["true", "1", "on", "yes"].map((word) => [word, "require"] as const),
  ...["false", "0", "off", "no"].map((word) => [word, null] as const),
  ...MODES,
])

/** Prisma's `sslaccept`. */
const ACCEPTS: ReadonlyMap<string, SslMode> = new Map([
  ["strict", "verify-full"],
  ["accept_invalid_certs", "require"],
])

const VERIFYING: readonly (SslMode | null)[] = ["verify-full", "verify-ca"]

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

/** What one parameter asks for; null where it is not there, empty, or asks for nothing. */
function askedBy<M extends SslMode | null>(
  params: Readonly<Record<string, string>>,
  name: string,
  words: ReadonlyMap<string, M>,
): M | null {
  const word = params[name] ?? ""
  const mode = words.get(word.toLowerCase())
  // As it was given, since a redactor knows it so.
  if (mode === undefined && word !== "") throw new UnknownSslModeError(`${name}=${word}`)
  return mode ?? null
}

/**
 * The mode that the URL asks for; without one: `prefer` on a private host, else `require`. A Unix socket knows no TLS.
 * The machine's own authorities mean `verify-full`: whoever gets a certificate for any name from one of them must not
 * pass for the server. `sslmode` goes before JDBC's `ssl` and Prisma's `sslaccept`, but where these ask to verify, it is
 * done, unless TLS is switched off.
 * @throws UnknownSslModeError
 */
export function sslModeOf(params: Readonly<Record<string, string>>, host: string): SslMode {
  if (host.startsWith("/")) return "disable"
  const mode = askedBy(params, "sslmode", MODES)
  const others = [askedBy(params, "ssl", SWITCHES), askedBy(params, "sslaccept", ACCEPTS)]
  if (params["sslrootcert"] === SYSTEM_STORE) return "verify-full"
  if (mode === "disable") return mode
  const verifying = VERIFYING.find((each) => [mode, ...others].includes(each))
  return (
    verifying ?? mode ?? others.find((each) => each !== null) ?? (isPrivateHost(host) ? "prefer" : "require")
  )
}
