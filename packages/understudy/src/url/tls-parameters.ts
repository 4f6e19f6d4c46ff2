/** The parameters that say how a connection is secured: libpq's, JDBC's `ssl`, Prisma's `sslaccept`. */
const TLS_PARAMETERS: ReadonlySet<string> = new Set(
  `ssl sslaccept sslmode sslrootcert sslcert sslkey sslpassword sslcrl sslcrldir sslcertmode sslnegotiation sslsni
  channel_binding require_auth ssl_min_protocol_version ssl_max_protocol_version gssencmode`.split(/\s+/),
)

/** The parameter's name as it is looked up: `sslMode` must not be passed over, and with it what was asked for. */
export function parameterName(key: string): string {
  const name = key.toLowerCase()
  return TLS_PARAMETERS.has(name) ? name : key
}
