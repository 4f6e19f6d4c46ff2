/** What libpq makes of a URI: the values that it takes from it, or a word for its refusal. */
type LibpqReading = Readonly<Record<string, string>> | "refused"

/** One case of libpq's own test of URIs (src/interfaces/libpq/t/001_uri.pl), told anew. */
export interface LibpqCase {
  readonly url: string
  readonly libpq: LibpqReading
  /** Why our reading is another one. Without it, ours is the same. */
  readonly reason?: string
  /** Our reading where it is another one: the refusal's code, or the values. */
  readonly ours?: string | Readonly<Record<string, string>>
}

const NO_HOST = "libpq takes a local socket by default; a container has none, so we want a host"
const UNKNOWN_KEY =
  "libpq knows each key; we keep what drivers and providers add, and send none of it to the server"
const NO_SIGN = "libpq demands an equals sign; providers write bare keys, which we keep empty"

const differs = (
  url: string,
  libpq: LibpqReading,
  ours: string | Readonly<Record<string, string>>,
  reason: string,
): LibpqCase => ({ url, libpq, ours, reason })

/**
 * All cases of that test. The last three run there with PGSSLROOTCERT=system, which makes `verify-full` the default, so
 * that it is not printed; the URI holds it nevertheless.
 */
export const LIBPQ_CASES: readonly LibpqCase[] = [
  {
    url: "postgresql://uri-user:secret@host:12345/db",
    libpq: { user: "uri-user", password: "secret", host: "host", port: "12345", dbname: "db" },
  },
  {
    url: "postgresql://uri-user@host:12345/db",
    libpq: { user: "uri-user", host: "host", port: "12345", dbname: "db" },
  },
  { url: "postgresql://uri-user@host/db", libpq: { user: "uri-user", host: "host", dbname: "db" } },
  { url: "postgresql://host:12345/db", libpq: { host: "host", port: "12345", dbname: "db" } },
  { url: "postgresql://host/db", libpq: { host: "host", dbname: "db" } },
  { url: "postgresql://uri-user@host:12345/", libpq: { user: "uri-user", host: "host", port: "12345" } },
  { url: "postgresql://uri-user@host/", libpq: { user: "uri-user", host: "host" } },
  differs("postgresql://uri-user@", { user: "uri-user" }, "url.host-missing", NO_HOST),
  { url: "postgresql://host:12345/", libpq: { host: "host", port: "12345" } },
  { url: "postgresql://host:12345", libpq: { host: "host", port: "12345" } },
  { url: "postgresql://host/", libpq: { host: "host" } },
  { url: "postgresql://host", libpq: { host: "host" } },
  differs("postgresql://", {}, "url.host-missing", NO_HOST),
  differs(
    "postgresql://?hostaddr=127.0.0.1",
    { hostaddr: "127.0.0.1" },
    { host: "127.0.0.1", hostaddr: "127.0.0.1" },
    "the same server: our parts always name a host, and an address is one",
  ),
  { url: "postgresql://example.com?hostaddr=63.1.2.4", libpq: { host: "example.com", hostaddr: "63.1.2.4" } },
  { url: "postgresql://%68ost/", libpq: { host: "host" } },
  { url: "postgresql://host/db?user=uri-user", libpq: { user: "uri-user", host: "host", dbname: "db" } },
  {
    url: "postgresql://host/db?user=uri-user&port=12345",
    libpq: { user: "uri-user", host: "host", port: "12345", dbname: "db" },
  },
  {
    url: "postgresql://host/db?u%73er=someotheruser&port=12345",
    libpq: { user: "someotheruser", host: "host", port: "12345", dbname: "db" },
  },
  differs(
    "postgresql://host/db?u%7aer=someotheruser&port=12345",
    "refused",
    { host: "host", port: "12345", dbname: "db", uzer: "someotheruser" },
    UNKNOWN_KEY,
  ),
  { url: "postgresql://host:12345?user=uri-user", libpq: { user: "uri-user", host: "host", port: "12345" } },
  { url: "postgresql://host?user=uri-user", libpq: { user: "uri-user", host: "host" } },
  {
    url: "postgresql://host?  user = uri-user & port  = 12345 ",
    libpq: { user: "uri-user", host: "host", port: "12345" },
    ours: "url.whitespace",
    reason: "the same values; we also say that there is white space at the end",
  },
  differs(
    "postgresql://host?  user user  =  uri  & port = 12345 12 ",
    "refused",
    "url.port-invalid",
    "both refuse: libpq for the space in the key, we for the one in the port",
  ),
  differs(
    "postgresql://host?  user  =  uri-user  & port = 12345 12 ",
    "refused",
    "url.port-invalid",
    "both refuse, we by a code of our own",
  ),
  { url: "postgresql://host?", libpq: { host: "host" } },
  { url: "postgresql://[::1]:12345/db", libpq: { host: "::1", port: "12345", dbname: "db" } },
  { url: "postgresql://[::1]/db", libpq: { host: "::1", dbname: "db" } },
  { url: "postgresql://[2001:db8::1234]/", libpq: { host: "2001:db8::1234" } },
  differs(
    "postgresql://[200z:db8::1234]/",
    { host: "200z:db8::1234" },
    "url.host-invalid",
    "libpq leaves it to the resolver, which fails; we say at once that it is no address",
  ),
  { url: "postgresql://[::1]", libpq: { host: "::1" } },
  differs("postgres://", {}, "url.host-missing", NO_HOST),
  differs("postgres:///", {}, "url.host-missing", NO_HOST),
  differs("postgres:///db", { dbname: "db" }, "url.host-missing", NO_HOST),
  differs("postgres://uri-user@/db", { user: "uri-user", dbname: "db" }, "url.host-missing", NO_HOST),
  { url: "postgres://?host=/path/to/socket/dir", libpq: { host: "/path/to/socket/dir" } },
  differs("postgresql://host?uzer=", "refused", { host: "host", uzer: "" }, UNKNOWN_KEY),
  differs(
    "postgre://",
    "refused",
    "url.scheme-unsupported",
    "both refuse: libpq takes it for keywords and values, we for another kind of URL",
  ),
  differs("postgres://[::1", "refused", "url.host-invalid", "both refuse, we by a code of our own"),
  differs("postgres://[]", "refused", "url.host-invalid", "both refuse, we by a code of our own"),
  differs("postgres://[::1]z", "refused", "url.host-invalid", "both refuse, we by a code of our own"),
  differs("postgresql://host?zzz", "refused", { host: "host", zzz: "" }, NO_SIGN),
  differs("postgresql://host?value1&value2", "refused", { host: "host", value1: "", value2: "" }, NO_SIGN),
  differs(
    "postgresql://host?key=key=value",
    "refused",
    { host: "host", key: "key=value" },
    "an equals sign is legal in a query's value (RFC 3986), and `options=-c a=b` is common",
  ),
  differs(
    "postgres://host?dbname=%XXfoo",
    "refused",
    "url.percent-malformed",
    "we take a percent sign that begins no code as it is, and say so",
  ),
  differs("postgresql://a%00b", "refused", "url.host-invalid", "both refuse, we by a code of our own"),
  differs("postgresql://%zz", "refused", "url.host-invalid", "both refuse, we by a code of our own"),
  differs("postgresql://%1", "refused", "url.host-invalid", "both refuse, we by a code of our own"),
  differs("postgresql://%", "refused", "url.host-invalid", "both refuse, we by a code of our own"),
  { url: "postgres://@host", libpq: { host: "host" } },
  { url: "postgres://host:/", libpq: { host: "host" } },
  differs("postgres://:12345/", { port: "12345" }, "url.host-missing", NO_HOST),
  {
    url: "postgres://otheruser@?host=/no/such/directory",
    libpq: { user: "otheruser", host: "/no/such/directory" },
  },
  {
    url: "postgres://otheruser@/?host=/no/such/directory",
    libpq: { user: "otheruser", host: "/no/such/directory" },
  },
  {
    url: "postgres://otheruser@:12345?host=/no/such/socket/path",
    libpq: { user: "otheruser", host: "/no/such/socket/path", port: "12345" },
  },
  {
    url: "postgres://otheruser@:12345/db?host=/path/to/socket",
    libpq: { user: "otheruser", host: "/path/to/socket", port: "12345", dbname: "db" },
  },
  {
    url: "postgres://:12345/db?host=/path/to/socket",
    libpq: { host: "/path/to/socket", port: "12345", dbname: "db" },
  },
  { url: "postgres://:12345?host=/path/to/socket", libpq: { host: "/path/to/socket", port: "12345" } },
  {
    url: "postgres://%2Fvar%2Flib%2Fpostgresql/dbname",
    libpq: { host: "/var/lib/postgresql", dbname: "dbname" },
  },
  { url: "postgresql://host?sslmode=disable", libpq: { host: "host", sslmode: "disable" } },
  { url: "postgresql://host?sslmode=prefer", libpq: { host: "host", sslmode: "prefer" } },
  {
    url: "postgresql://host?sslmode=verify-full",
    libpq: { host: "host", sslmode: "verify-full" },
  },
]
