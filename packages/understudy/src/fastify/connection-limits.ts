import type { ServerOptions } from "node:http"

/** How long a client may keep a connection without getting on, in milliseconds. */
export interface ConnectionLimits {
  /**
   * From the start of the connection, or of the next request on it, to the end of the request's headers. A proxy sends them
   * in one go, a phone on a bad line within seconds. Default: 20,000.
   */
  readonly headMs?: number
  /** From the same start to the end of the body. Default: 60,000; Node's own is five minutes. */
  readonly requestMs?: number
  /**
   * Between two requests. Default: 72,000: longer than the proxies in front keep theirs, so that none is closed under a
   * request.
   */
  readonly idleMs?: number
  /** How long a client may take nothing of an answer that waits for it. Default: 60,000; Node itself would wait for ever. */
  readonly unreadMs?: number
}

const DEFAULTS: Required<ConnectionLimits> = {
  headMs: 20_000,
  requestMs: 60_000,
  idleMs: 72_000,
  unreadMs: 60_000,
}
/** How often Node looks for requests that are late; its own 30 s would make 20 s into 50. */
const CHECK_EVERY_MS = 2000
/** Of all headers of a request together. Node's own default, named so that no option of the process raises it. */
const MOST_HEAD_BYTES = 16 * 1024

/** The server's options for these limits. */
export function serverOptions(given: ConnectionLimits = {}): ServerOptions & { readonly timeout: number } {
  const { headMs, requestMs, idleMs, unreadMs } = { ...DEFAULTS, ...given }
  return {
    headersTimeout: headMs,
    requestTimeout: Math.max(headMs, requestMs),
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, headMs),
    keepAliveTimeout: idleMs,
    maxHeaderSize: MOST_HEAD_BYTES,
    // The door answers these itself, with a problem.
    requireHostHeader: false,
    timeout: unreadMs,
  }
}
