import type { ConnectionOptions } from "node:tls"
import { diagnose } from "../../engine/postgres/diagnose.ts"
import { loadTls } from "../../engine/postgres/tls.ts"
import { sslModeOf, type SslMode } from "../../engine/postgres/tls-mode.ts"
import type { FindingCode } from "../../errors/finding.ts"
import type { Target } from "./target.ts"

/** How the engine would do TLS with a server. */
export interface EngineTls {
  readonly mode: SslMode
  /** Where TLS is switched off these verify nothing and name no file. */
  readonly options: ConnectionOptions
}

/** What the URL asks for. Rejects where it asks for what cannot be: a file that cannot be used, an unknown mode. */
export async function engineTls({ parts, host }: Target, signal: AbortSignal): Promise<EngineTls> {
  const mode = sslModeOf(parts.params, host)
  if (mode === "disable") return { mode, options: { rejectUnauthorized: false } }
  const tlsFor = await loadTls(parts.params, signal)
  return { mode, options: tlsFor(mode, host) }
}

/** A finding's code for what went wrong with TLS, files included. */
export function tlsCode(error: unknown): FindingCode {
  const code = diagnose(error)
  return code.startsWith("tls.") || code === "primary.timeout" ? code : "tls.handshake-failed"
}
