import { poolerErrorKind, type PoolerErrorKind } from "./pooler-errors.ts"

/**
 * What an error of the driver, the server or a socket means.
 * `connection`: the server is away or going; only this class may ever count against the primary.
 * `authentication`: user, password or database are refused. `configuration`: how we connect is refused.
 * `contention`: run it again. `refused`: the statement's own fault. `unknown`: none of these.
 */
export type ErrorClass =
  "connection" | "authentication" | "configuration" | "contention" | "refused" | "unknown"

const SOCKET_ERRORS: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
  "EADDRNOTAVAIL",
])

const AUTHENTICATION: ReadonlySet<string> = new Set(["28P01", "28000", "3D000"])
const SHUTDOWN: ReadonlySet<string> = new Set(["57P01", "57P02", "57P03", "53300"])
const CONTENTION: ReadonlySet<string> = new Set(["40001", "40P01"])
const SUSPICIOUS: ReadonlySet<ErrorClass> = new Set(["connection", "authentication", "configuration"])
const SQLSTATE = /^[0-9A-Z]{5}$/

const POOLER_CLASSES: Readonly<Record<PoolerErrorKind | "none", ErrorClass | undefined>> = {
  unreachable: "connection",
  crowded: "connection",
  authentication: "authentication",
  "database-missing": "authentication",
  misconfigured: "configuration",
  none: undefined,
}

/** What a login fails by besides, where it is fatal: a missing right to connect, a database that takes no connections. */
const FATAL_CLASSES: ReadonlyMap<string, ErrorClass> = new Map([
  ["42501", "authentication"],
  ["55000", "authentication"],
  ["42704", "configuration"],
  ["22023", "configuration"],
])

/** What OpenSSL and Node call it when TLS fails. */
const TLS_FAILURE =
  /^(ERR_(SSL|TLS)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|EPROTO)/

/** Messages of node-postgres that come without a code. */
const BY_TEXT: readonly (readonly [RegExp, ErrorClass])[] = [
  [
    /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Client (has encountered a connection error|was closed)|Query read timeout)/,
    "connection",
  ],
  [/^The server does not support SSL connections/, "configuration"],
  [/^SASL/, "authentication"],
]

/** The class of an error, by SQLSTATE, errno and, where the driver gives neither, its own text. */
export function classifyError(error: unknown): ErrorClass {
  if (!(error instanceof Error)) return "unknown"
  if (error instanceof AggregateError && error.errors.length > 0) return classifyError(error.errors[0])
  const { code, severity } = error as { code?: unknown; severity?: unknown }
  if (typeof code === "string") {
    if (SOCKET_ERRORS.has(code)) return "connection"
    if (SQLSTATE.test(code) && severity === "ERROR") return classifyAnswer(code)
    if (SQLSTATE.test(code))
      return POOLER_CLASSES[poolerErrorKind(error) ?? "none"] ?? classifySqlstate(code, severity === "FATAL")
    if (TLS_FAILURE.test(code)) return "configuration"
  }
  return BY_TEXT.find(([pattern]) => pattern.test(error.message))?.[1] ?? "unknown"
}

/**
 * Is an error, met by a session, a reason to look whether the primary is there and lets us in? A refused statement, and
 * what the application does wrong, never is.
 */
export function isSuspicious(error: unknown): boolean {
  return SUSPICIOUS.has(classifyError(error))
}

/** The server has looked at the statement: whatever the code says of connections, it is the statement's affair. */
function classifyAnswer(sqlstate: string): ErrorClass {
  return CONTENTION.has(sqlstate) ? "contention" : "refused"
}

function classifySqlstate(sqlstate: string, isFatal: boolean): ErrorClass {
  if (sqlstate === "08P01") return "configuration"
  if (sqlstate.startsWith("08") || SHUTDOWN.has(sqlstate)) return "connection"
  if (AUTHENTICATION.has(sqlstate)) return "authentication"
  if (CONTENTION.has(sqlstate)) return "contention"
  return (isFatal ? FATAL_CLASSES.get(sqlstate) : undefined) ?? "refused"
}
