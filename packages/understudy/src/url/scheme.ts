import { apiEndpoint } from "./api-endpoints.ts"
import { positionOf, refusal, sliceOf, type Notes, type Refusal, type Slice } from "./notes.ts"

/** What the scheme says, and what stands after its colon. */
export type SchemeReading =
  | { readonly kind: "postgresql"; readonly rest: Slice; readonly jdbc: boolean }
  | { readonly kind: "sqlite"; readonly scheme: "sqlite" | "file"; readonly rest: Slice }
  | { readonly kind: "other"; readonly refusal: Refusal }
  | { readonly kind: "none" }

const SCHEME = /^([a-z][a-z0-9+.-]+):/i
const POSTGRES = /^postgres(?:ql)?(\+[\w.-]*)?$/i
const SQLITE = /^(?:sqlite3?(\+[\w.-]*)?|file)$/i
/** A further scheme after the first. A web scheme in front is a form's or a browser's doing. */
const SECOND_SCHEME = /(?:jdbc:)?(?:postgres(?:ql)?(?:\+[\w.-]{1,40})?|https?):\/\//iy
const POSTGRES_AFTER_WEB = /^https?:\/\/(?:jdbc:)?postgres(?:ql)?(?:\+[\w.-]{1,40})?:\/\//i

/** Schemes that a message may name. Others are not named: they may be a piece of a password. */
export const NAMED_SCHEMES: ReadonlySet<string> = new Set(
  `mysql mysqlx mariadb mssql sqlserver oracle mongodb mongodb+srv redis rediss amqp amqps http https ws wss ftp libsql
  clickhouse cockroachdb db2 cassandra neo4j bolt snowflake bigquery duckdb prisma prisma+postgres prisma+postgresql
  pgsql pg psql postgis ssh tcp s3 hf memcached kafka nats elasticsearch`.split(/\s+/),
)

/** Reads the scheme: an allow-list, since the driver itself would dial any. */
export function readScheme(given: Slice, notes: Notes): SchemeReading {
  let slice = given
  const jdbc = /^jdbc:/i.test(slice.text)
  if (jdbc) slice = sliceOf(slice, "jdbc:".length)
  if (POSTGRES_AFTER_WEB.test(slice.text)) {
    notes.add("url.scheme-duplicated", { position: positionOf(slice) })
    slice = sliceOf(slice, slice.text.indexOf("//") + 2)
    return readScheme(slice, notes)
  }

  const match = SCHEME.exec(slice.text)
  if (match === null) return { kind: "none" }
  const scheme = match[1] ?? ""
  const rest = sliceOf(slice, match[0].length)
  const postgres = POSTGRES.exec(scheme)
  const sqlite = SQLITE.exec(scheme)
  if (postgres === null && sqlite === null) return otherScheme(scheme.toLowerCase(), rest)

  if (postgres !== null && !jdbc && isUserAndPassword(rest.text)) {
    const why = "behind the scheme's colon stands no server; it may be a user and a password"
    return { kind: "other", refusal: refusal("url.not-a-url", { why }) }
  }
  const proper = postgres !== null ? "postgresql" : "sqlite"
  if (jdbc) notes.add("url.jdbc", { scheme: proper })
  if ((postgres ?? sqlite)?.[1] !== undefined) notes.add("url.driver-suffix", { scheme: proper })
  if (postgres !== null) return { kind: "postgresql", rest: withoutSecondScheme(rest, notes), jdbc }
  return { kind: "sqlite", scheme: scheme.toLowerCase() === "file" ? "file" : "sqlite", rest }
}

/** `postgres:secret` is what is left of a URL without its server; as a host, the password would be shown. */
function isUserAndPassword(rest: string): boolean {
  return rest !== "" && !/[/@?]/.test(rest)
}

/** `postgresql://postgresql://…` and `postgresql://http://…`: what stands after the last of them, with its slashes. */
function withoutSecondScheme(rest: Slice, notes: Notes): Slice {
  SECOND_SCHEME.lastIndex = /^\/*/.exec(rest.text)?.[0].length ?? 0
  let end = 0
  while (SECOND_SCHEME.test(rest.text)) {
    if (end === 0) notes.add("url.scheme-duplicated", { position: positionOf(rest) })
    end = SECOND_SCHEME.lastIndex
  }
  return end === 0 ? rest : sliceOf(rest, end - 2)
}

function otherScheme(scheme: string, rest: Slice): SchemeReading {
  const web = scheme === "http" || scheme === "https" || scheme.startsWith("prisma")
  const slashes = rest.text.startsWith("//")
  const endpoint = web && slashes ? apiEndpoint(rest.text.slice(2)) : null
  if (endpoint !== null) {
    const { provider, copy } = endpoint
    return { kind: "other", refusal: refusal("url.api-endpoint", { provider, copy }) }
  }
  const named = NAMED_SCHEMES.has(scheme)
  if (!named && !slashes) return { kind: "none" }
  const kind = named ? `a URL with the scheme ${scheme}` : "a URL with a scheme that is not known"
  return { kind: "other", refusal: refusal("url.scheme-unsupported", { kind }) }
}
