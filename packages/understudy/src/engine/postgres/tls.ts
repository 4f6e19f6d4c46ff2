import { readFileSync } from "node:fs"
import { isIP } from "node:net"
import type { ConnectionOptions } from "node:tls"
import { checkServerIdentity } from "node:tls"

/** libpq's modes, but `allow`, which is `prefer` here. */
export type SslMode = "disable" | "prefer" | "require" | "verify-ca" | "verify-full"

const MODES: ReadonlySet<string> = new Set(["disable", "prefer", "require", "verify-ca", "verify-full"])

/** Is this a host on a network of one's own: loopback, RFC 1918, ULA, a single label, `.internal`, `.local`, `.svc`? */
function isPrivateHost(host: string): boolean {
  if (host.startsWith("/")) return true
  const name = host.toLowerCase().replace(/\.$/, "")
  if (isIP(name) === 4) return /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(name)
  if (isIP(name) === 6) return name === "::1" || /^f[cd]/.test(name)
  return (
    !name.includes(".") || /\.(internal|local|localhost|svc)$/.test(name) || /\.svc\.[a-z0-9.-]+$/.test(name)
  )
}

/** The mode that the URL asks for; without one: `prefer` on a private host, else `require`. */
export function sslModeOf(params: Readonly<Record<string, string>>, host: string): SslMode {
  const asked = params["sslmode"]?.toLowerCase()
  if (asked === "allow") return "prefer"
  if (asked !== undefined && MODES.has(asked)) return asked as SslMode
  return isPrivateHost(host) ? "prefer" : "require"
}

/**
 * TLS options that mean what libpq means: `require` encrypts and verifies nothing, unless a root certificate is given,
 * when it is `verify-ca` (libpq's own rule). Throws where a named file cannot be read.
 */
export function tlsOptions(
  mode: SslMode,
  params: Readonly<Record<string, string>>,
  host: string,
): ConnectionOptions {
  const file = (name: string): { [key: string]: Buffer } | undefined => {
    const path = params[name]
    return path === undefined || path === "system" ? undefined : { [name]: readFileSync(path) }
  }
  const ca = file("sslrootcert")?.["sslrootcert"]
  const cert = file("sslcert")?.["sslcert"]
  const key = file("sslkey")?.["sslkey"]
  const verifies = mode === "verify-ca" || mode === "verify-full" || (mode === "require" && ca !== undefined)
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: verifies,
    checkServerIdentity: mode === "verify-full" ? checkServerIdentity : () => undefined,
  }
}
