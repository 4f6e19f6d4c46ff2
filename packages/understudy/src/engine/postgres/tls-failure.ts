/** What node-postgres says when the server has answered the request for TLS with "no". */
const TLS_REFUSED = "The server does not support SSL connections"

/** What servers and poolers say to a connection without TLS that they do not take. */
const TLS_DEMANDED = /no encryption|SSL off|SSL connection is required|TLS required/i

/** SQLSTATE of a connection that the server's rules do not let in. */
const NOT_ADMITTED = "28000"

/** Where OpenSSL's own words stand in a message of Node. */
const OPENSSL_REASON = /:SSL routines:[^:]*:([^:]+)/

/**
 * An error's code. A write that meets an alert of the other side fails with EPROTO, which tells nothing: the code is then
 * what Node would have made of OpenSSL's words, had it been reading.
 */
export function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown }
  if (typeof code !== "string") return undefined
  const reason = code === "EPROTO" ? OPENSSL_REASON.exec(error.message)?.[1] : undefined
  return reason === undefined ? code : `ERR_SSL_${reason.toUpperCase().replaceAll(/\W+/g, "_")}`
}

/** The handshake failed. Code and message are those of the error behind it. */
export class TlsHandshakeError extends Error {
  override readonly name = "TlsHandshakeError"
  readonly code?: string

  constructor(cause: Error) {
    super(cause.message, { cause })
    const code = codeOf(cause)
    if (code !== undefined) this.code = code
  }
}

/** The error of a server that refuses TLS, as node-postgres has it. */
export function tlsRefusal(): Error {
  return new Error(TLS_REFUSED)
}

/** Was TLS refused by the server? */
export function isTlsRefusal(error: unknown): boolean {
  return error instanceof Error && error.message === TLS_REFUSED
}

/** Did the server refuse a connection for being without TLS? */
export function isTlsDemand(error: unknown): boolean {
  return error instanceof Error && TLS_DEMANDED.test(error.message)
}

/** Might it go better without TLS: no TLS there, a handshake that failed, a server whose rules let no such connection in? */
export function isFailureOfTls(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  return (
    isTlsRefusal(error) ||
    error instanceof TlsHandshakeError ||
    // By TLS 1.3 the server tells after the handshake that it does not take the client's certificate.
    code?.startsWith("ERR_SSL_") === true ||
    code === NOT_ADMITTED
  )
}
