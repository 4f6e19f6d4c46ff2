import type { ConnectionOptions } from "node:tls"
import { diagnose } from "../../engine/postgres/diagnose.ts"
import { sslModeOf, tlsOptions, type SslMode } from "../../engine/postgres/tls.ts"
import type { FindingCode } from "../../errors/finding.ts"
import type { Target } from "./target.ts"

/** How the engine would do TLS with a server. */
export interface EngineTls {
  readonly mode: SslMode
  /** Where TLS is switched off these verify nothing and name no file. */
  readonly options: ConnectionOptions
}

/** What the URL asks for. Rejects where it asks for what cannot be: a file that cannot be used. */
export function engineTls({ parts, host }: Target, signal: AbortSignal): Promise<EngineTls> {
  return Promise.resolve().then(() => {
    signal.throwIfAborted()
    const mode = sslModeOf(parts.params, host)
    const options = mode === "disable" ? { rejectUnauthorized: false } : tlsOptions(mode, parts.params, host)
    return { mode, options }
  })
}

/** A finding's code for what went wrong with TLS, files included. */
export function tlsCode(error: unknown): FindingCode {
  const code = diagnose(error)
  return code.startsWith("tls.") || code === "primary.timeout" ? code : "tls.certificate-refused"
}
