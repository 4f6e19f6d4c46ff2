import type { ConnectionOptions } from "node:tls"
import { diagnose } from "../../engine/postgres/diagnose.ts"
import { sslModeOf, type SslMode } from "../../engine/postgres/tls-mode.ts"
import { loadTls } from "../../engine/postgres/tls.ts"
import type { FindingCode } from "../../errors/finding.ts"
import type { Target } from "./target.ts"

/** What TLS means for a server: what the URL asks for. Throws where it asks for a mode that is none. */
export function modeOf({ parts, host }: Target): SslMode {
  return sslModeOf(parts.params, host)
}

/** The options with which the engine would dial. Rejects where a file that the URL names cannot be used. */
export async function engineTls(
  target: Target,
  mode: SslMode,
  signal: AbortSignal,
): Promise<ConnectionOptions> {
  return (await loadTls(target.parts.params, signal))(mode, target.host)
}

/** A finding's code for what went wrong with TLS, files included. */
export function tlsCode(error: unknown): FindingCode {
  const code = diagnose(error)
  return code.startsWith("tls.") || code === "primary.timeout" ? code : "tls.certificate-refused"
}
