/**
 * What a pooler means by an error of its own. `unreachable`: its server is away. `crowded`: it has no place left.
 * `authentication`, `database-missing`: as PostgreSQL's 28P01 and 3D000. `misconfigured`: it refuses how we connect.
 */
export type PoolerErrorKind =
  "unreachable" | "crowded" | "authentication" | "database-missing" | "misconfigured"

/** PgBouncer gives 08P01 to nearly everything, Supavisor XX000: only the text tells. Their own words, in order. */
const TEXTS: readonly (readonly [RegExp, PoolerErrorKind])[] = [
  [
    /no more connections allowed|MaxClients|max (clients|client connections) reached|too many clients|check ?out process from the pool|ECHECKOUTTIMEOUT/i,
    "crowded",
  ],
  [/database .*does not exist|no such database/i, "database-missing"],
  [
    /(SASL|password|peer|certificate|LDAP|PAM)? ?authentication failed|no such user|no pg_hba\.conf entry|Tenant or user not found|wrong password/i,
    "authentication",
  ],
  [
    /cannot connect to server|server login|server_login_retry|query_wait_timeout|client_login_timeout|db_termination|failed to connect to the database|server conn(ection)? crashed|server closed the connection|shutting down|connection to database (closed|not available)|database .*(paused|disabled)|endpoint (is|has been) disabled|couldn't connect to compute node/i,
    "unreachable",
  ],
  [/Endpoint ID is not specified/i, "misconfigured"],
]

const CODES: ReadonlySet<string> = new Set(["08P01", "XX000"])

/** What a pooler means; undefined for what is no pooler's error, or not known. */
export function poolerErrorKind(error: Error): PoolerErrorKind | undefined {
  if (!CODES.has(String((error as { code?: unknown }).code))) return undefined
  return TEXTS.find(([pattern]) => pattern.test(error.message))?.[1]
}
