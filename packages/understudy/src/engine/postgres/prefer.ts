import { finding, type Finding } from "../../errors/finding.ts"
import { describeEndpoint } from "../../url/render.ts"
import type { PostgresParts } from "../../url/verdict.ts"
import type { Server } from "./options.ts"
import { isFailureOfTls, isTlsDemand } from "./tls-failure.ts"
import { sslModeOf, type SslMode } from "./tls-mode.ts"

/** Is a server that failed this way over TLS tried once more without it? */
export function goesOnWithoutTls(mode: SslMode, error: unknown): boolean {
  return mode === "prefer" && isFailureOfTls(error)
}

/** Which of two failures tells why: a server that demands TLS is reached with it or not at all. */
export function failureOfBoth(withTls: unknown, withoutTls: unknown): unknown {
  return isTlsDemand(withoutTls) ? withTls : withoutTls
}

/** The warning for a server that is used without TLS, though the URL names the authority that should vouch for it. */
export function notVerified(
  parts: PostgresParts,
  { host, port, tls }: Pick<Server, "host" | "port" | "tls">,
): Finding | null {
  const isNamed = (parts.params["sslrootcert"] ?? "") !== ""
  if (tls !== false || !isNamed || sslModeOf(parts.params, host) !== "prefer") return null
  return finding("tls.not-verified", { endpoint: describeEndpoint({ ...parts, hosts: [{ host, port }] }) })
}
