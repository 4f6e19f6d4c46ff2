import { inspect } from "node:util"
import { Secret } from "../base/secret.ts"
import { pastedBehindValue } from "./pasted.ts"
import type { PostgresParts, SqliteParts } from "./verdict.ts"

const MASK = "***"
const SHORTEST_SECRET = 4

/** Parameters whose names and values may be shown: those of libpq, and what drivers and providers put into URLs. */
export const KNOWN_PARAMS: ReadonlySet<string> = new Set(
  `hostaddr connect_timeout client_encoding options application_name fallback_application_name keepalives
  keepalives_idle keepalives_interval keepalives_count tcp_user_timeout replication gssencmode sslmode
  sslnegotiation sslcompression sslcert sslkey sslcertmode sslrootcert sslcrl sslcrldir sslsni requirepeer
  require_auth channel_binding ssl_min_protocol_version ssl_max_protocol_version krbsrvname gsslib gssdelegation
  service target_session_attrs load_balance_hosts min_protocol_version max_protocol_version servicefile
  ssl sslaccept sslidentity uselibpqcompat pgbouncer connection_limit pool_timeout pool_timeout_ms pool schema
  currentSchema statement_timeout lock_timeout query_timeout idle_in_transaction_session_timeout timezone timeout
  socket_timeout connectTimeout socketTimeout ApplicationName prepareThreshold binaryTransfer reWriteBatchedInserts
  sslfactory statement_cache_size prepared_statements workaround supa`.split(/\s+/),
)

/**
 * What no database's name holds, but what follows a slash in a raw password may (`@`, `:`, a slash in the middle), or
 * what was pasted behind a URL: other parameters, quotes, blanks, line breaks.
 */
const ODD_IN_DATABASE = /[@:;&="'`#\s\p{Cc}]|\/./u

/** May the parameter's value be shown? Not where its name is not known, nor where another assignment follows in it. */
export function isShownParam(key: string, value: string): boolean {
  return KNOWN_PARAMS.has(key) && pastedBehindValue(value) === -1
}

/**
 * May the hosts be a piece of a password? `user:p@ss/word@host` reads as the host `ss` and the database `word@host`,
 * which the standard allows. Odd characters after the host make host and database doubtful, and nothing shows them.
 */
export function isDoubtful(parts: PostgresParts): boolean {
  if (parts.database !== null && ODD_IN_DATABASE.test(parts.database)) return true
  return Object.entries(parts.params).some(
    ([key, value]) => !KNOWN_PARAMS.has(key) && `${key}=${value}`.includes("@"),
  )
}

/** The parts as they may be shown: no password, no unknown parameter, nothing doubtful. */
export interface ShownParts {
  readonly user: string | null
  readonly password: string | null
  readonly hosts: ReadonlyArray<{ readonly host: string; readonly port: number | null }>
  readonly database: string | null
  readonly params: Readonly<Record<string, string>>
}

/** What of the parts may be shown. */
export function shownParts(parts: PostgresParts): ShownParts {
  const doubtful = isDoubtful(parts)
  const params = Object.entries(parts.params).map(([key, value]): [string, string] =>
    isShownParam(key, value) ? [key, value] : [KNOWN_PARAMS.has(key) ? key : MASK, MASK],
  )
  return {
    user: parts.user,
    password: parts.password === null ? null : MASK,
    hosts: doubtful ? [{ host: MASK, port: null }] : parts.hosts,
    database: doubtful && parts.database !== null ? MASK : parts.database,
    params: Object.fromEntries(params),
  }
}

/** What the parts of a PostgreSQL URL are made of. */
export interface PartsInput {
  readonly user: string | null
  readonly password: string | null
  readonly hosts: PostgresParts["hosts"]
  readonly database: string | null
  readonly params: Iterable<readonly [string, string]>
}

/** Frozen parts, whose dumps (`JSON.stringify`, `inspect`) show only what may be shown. */
export function makePostgresParts({ user, password, hosts, database, params }: PartsInput): PostgresParts {
  const parts: PostgresParts = {
    user,
    password: password === null ? null : new Secret(password),
    hosts: Object.freeze(hosts.map((server) => Object.freeze({ ...server }))),
    database,
    params: Object.freeze(Object.fromEntries(params)),
  }
  const show = (): ShownParts => shownParts(parts)
  Object.defineProperty(parts, "toJSON", { value: show })
  Object.defineProperty(parts, inspect.custom, { value: show })
  return Object.freeze(parts)
}

/** Frozen parts of a SQLite location. */
export function makeSqliteParts(path: string): SqliteParts {
  return Object.freeze({ path })
}

/**
 * The texts that must not leave with what others write, such as a driver's message: the password, the values of
 * parameters that are not shown, and hosts and database where they are doubtful. For a redactor.
 */
export function secretTexts(parts: PostgresParts): string[] {
  const values = Object.entries(parts.params).flatMap(([key, value]) =>
    isShownParam(key, value) ? [] : [value],
  )
  const doubtful = isDoubtful(parts) ? [...parts.hosts.map(({ host }) => host), parts.database ?? ""] : []
  // A short word would be masked wherever it stands, and tells next to nothing.
  const others = [...values, ...doubtful].filter((text) => text.length >= SHORTEST_SECRET)
  return parts.password === null ? others : [parts.password.reveal(), ...others]
}
