import { EMBEDDED, fallback, GOOD_URL, PRIMARY, readOnlyFallback } from "./expectations.ts"
import type { StartEnvironment } from "./start-environment.ts"

/** Nothing that anybody would call a value. */
const JUNK = "☠ %zz ${ '\"`\\ \t;{}[]<>"

/** The environments that a service is started in; each must serve, say why, and give nothing away. */
export const ENVIRONMENTS: readonly StartEnvironment[] = [
  // Nothing asked for.
  {
    name: "no environment at all",
    env: {},
    defaultPort: true,
    expect: { ...EMBEDDED, leaves: ["data/embedded.sqlite"] },
  },
  { name: "an empty URL", env: { DATABASE_URL: "" }, expect: { ...EMBEDDED, findings: ["url.blank"] } },
  { name: "a blank URL", env: { DATABASE_URL: " \t\n" }, expect: { ...EMBEDDED, findings: ["url.blank"] } },
  {
    name: "a URL of empty quotes",
    env: { DATABASE_URL: '""' },
    expect: { ...EMBEDDED, findings: ["url.blank", "url.quoted"] },
  },
  {
    name: "a misspelt variable",
    env: { DATABSE_URL: GOOD_URL },
    expect: { ...EMBEDDED, findings: ["settings.misspelt"] },
  },
  {
    name: "SQLite by choice, beside a good URL",
    env: { DATABASE_ENGINE: "sqlite", DATABASE_URL: GOOD_URL },
    expect: { ...EMBEDDED, findings: ["plan.primary-ignored"] },
  },

  // PostgreSQL meant, nothing to dial.
  {
    name: "an unresolved reference",
    env: { DATABASE_URL: "${DATABASE_URL}" },
    expect: fallback("url.unresolved-reference"),
  },
  {
    name: "the word undefined",
    env: { DATABASE_URL: "undefined" },
    expect: fallback("url.unresolved-reference"),
  },
  {
    name: "a URL of another database",
    env: { DATABASE_URL: "mysql://tasks:{canary}@db.example.com:3306/app" },
    expect: { ...fallback("url.scheme-unsupported"), leaves: ["data/fallback.sqlite"] },
  },
  {
    name: "a provider's HTTP address",
    env: { DATABASE_URL: "https://abcdefghijkl.supabase.co" },
    expect: fallback("url.api-endpoint"),
  },
  {
    name: "a placeholder beside a password",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@<host>:5432/app" },
    expect: fallback("url.placeholder"),
  },
  {
    name: "a port that is a word",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@db.example.com:port/app" },
    expect: fallback("url.port-invalid"),
  },
  {
    name: "a host with a space",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@db example.com:5432/app" },
    expect: fallback("url.host-invalid"),
  },
  { name: "no host", env: { DATABASE_URL: "postgresql://" }, expect: fallback("url.host-missing") },
  { name: "a bare password", env: { DATABASE_URL: "{word-canary}" }, expect: fallback("url.not-a-url") },
  {
    name: "a URL inside JSON",
    env: { DATABASE_URL: '{"url":"postgresql://tasks:{canary}@db.example.com/app"}' },
    expect: fallback("url.not-a-url"),
  },
  {
    name: "two URLs in one value",
    env: { DATABASE_URL: `${GOOD_URL} ${GOOD_URL}` },
    expect: fallback("url.not-a-url"),
  },
  {
    name: "a partly set PGHOST group",
    env: { PGUSER: "tasks", PGPASSWORD: "{raw-canary}", PGDATABASE: "{database}" },
    expect: fallback("url.pg-variables-partial"),
  },

  // PostgreSQL dialled, and it does not serve.
  {
    name: "a closed port",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@{closed}/app" },
    expect: fallback("primary.refused"),
  },
  {
    name: "a listener that never answers",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@{silent}/app", DATABASE_CONNECT_TIMEOUT: "1s" },
    expect: fallback("primary.timeout"),
  },
  {
    name: "a host name that does not exist",
    env: {
      DATABASE_URL: "postgresql://tasks:{canary}@db.understudy.invalid/app",
      DATABASE_CONNECT_TIMEOUT: "15s",
    },
    expect: fallback("primary.dns"),
  },
  {
    name: "a port where something else answers",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@{http}/app" },
    expect: fallback("primary.not-postgresql"),
  },
  {
    name: "a port that hangs up",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@{slamming}/app" },
    expect: fallback("primary.disconnected"),
  },
  {
    name: "a wrong password",
    env: { DATABASE_URL: "postgresql://tasks:x{canary}@{server}/{database}" },
    expect: fallback("primary.auth-failed"),
  },
  {
    name: "a user that does not exist",
    env: { DATABASE_URL: "postgresql://nobody_here:{canary}@{server}/{database}" },
    expect: fallback("primary.auth-failed"),
  },
  {
    name: "a wrong database",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@{server}/no_such_database" },
    expect: fallback("primary.database-missing"),
  },
  {
    name: "TLS demanded of a server that has none",
    env: { DATABASE_URL: `${GOOD_URL}?sslmode=require` },
    expect: fallback("tls.refused-by-server"),
  },
  {
    name: "an authority's file that is not there",
    env: { DATABASE_URL: `${GOOD_URL}?sslrootcert=/nonexistent/ca.crt&sslpassword={canary}` },
    expect: fallback("tls.file-unusable"),
  },
  {
    name: "a mode of TLS that is none",
    env: { DATABASE_URL: `${GOOD_URL}?sslmode=verify_full` },
    expect: fallback("tls.mode-unknown"),
  },
  {
    name: "a closed port, on a Space",
    env: { SPACE_ID: "someone/tasks", DATABASE_URL: "postgresql://tasks:{canary}@{closed}/app" },
    expect: { ...fallback("primary.refused"), findings: ["storage.ephemeral"] },
  },
  {
    name: "a closed port, on a host of several instances",
    env: { RENDER: "true", DATABASE_URL: "postgresql://tasks:{canary}@{closed}/app" },
    expect: readOnlyFallback("primary.refused"),
  },
  {
    name: "a closed port, no fallback",
    env: {
      DATABASE_FALLBACK: "off",
      DATABASE_STATEMENT_TIMEOUT: "2s",
      DATABASE_URL: "postgresql://tasks:{canary}@{closed}/app",
    },
    expect: { state: "fallback", engine: null, reason: "primary.refused", takes: "nothing" },
  },
  {
    name: "PostgreSQL only, and a refused URL",
    env: {
      DATABASE_ENGINE: "postgresql",
      DATABASE_STATEMENT_TIMEOUT: "2s",
      DATABASE_URL: "mysql://tasks:{canary}@{server}/app",
    },
    expect: { state: "fallback", engine: null, reason: "url.scheme-unsupported", takes: "nothing" },
  },

  // PostgreSQL serves.
  { name: "a good URL", env: { DATABASE_URL: GOOD_URL }, expect: PRIMARY },
  {
    name: "a good URL, only PostgreSQL",
    env: { DATABASE_ENGINE: "postgresql", DATABASE_URL: GOOD_URL, NODE_ENV: "production" },
    expect: PRIMARY,
  },
  {
    name: "a pasted psql command",
    env: { DATABASE_URL: `psql '${GOOD_URL}'` },
    expect: { ...PRIMARY, findings: ["url.shell-command"] },
  },
  {
    name: "quotes and a line break",
    env: { DATABASE_URL: `"${GOOD_URL}"\n` },
    expect: { ...PRIMARY, findings: ["url.quoted", "url.whitespace"] },
  },
  {
    name: "a password that is not encoded",
    env: { DATABASE_URL: "postgresql://tasks:{raw-canary}@{server}/{database}" },
    expect: { ...PRIMARY, findings: ["url.userinfo-unencoded"] },
  },
  {
    name: "a URL of SQLAlchemy's",
    env: { DATABASE_URL: "postgresql+asyncpg://tasks:{canary}@{server}/{database}" },
    expect: { ...PRIMARY, findings: ["url.driver-suffix"] },
  },
  {
    name: "a Unix socket",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@{socket-folder}:{server-port}/{database}" },
    expect: PRIMARY,
  },
  {
    name: "PGHOST and its kin",
    env: {
      PGHOST: "127.0.0.1",
      PGPORT: "{server-port}",
      PGUSER: "tasks",
      PGPASSWORD: "{raw-canary}",
      PGDATABASE: "{database}",
    },
    expect: PRIMARY,
  },

  // SQLite locations.
  {
    name: "SQLite, relative",
    env: { DATABASE_URL: "sqlite:///./own/tasks.db" },
    expect: { ...EMBEDDED, leaves: ["own/tasks.db"] },
  },
  {
    name: "SQLite, absolute",
    env: { DATABASE_URL: "sqlite:///{home}/absolute.db" },
    expect: { ...EMBEDDED, leaves: ["absolute.db"] },
  },
  {
    name: "SQLite, file:",
    env: { DATABASE_URL: "file:./dev.db" },
    expect: { ...EMBEDDED, leaves: ["dev.db"] },
  },
  {
    name: "SQLite, a bare path",
    env: { DATABASE_URL: "shelf/tasks.sqlite" },
    expect: { ...EMBEDDED, leaves: ["shelf/tasks.sqlite"] },
  },
  {
    name: "SQLite in memory",
    env: { DATABASE_URL: "sqlite://:memory:" },
    expect: { ...EMBEDDED, findings: ["storage.memory"] },
  },
  {
    name: "SQLite, a path that is a folder",
    env: { DATABASE_URL: "sqlite:///./taken.db" },
    fixtures: [{ path: "taken.db", kind: "folder" }],
    expect: { ...EMBEDDED, findings: ["storage.file-unusable"] },
  },
  {
    name: "SQLite, a path that is a text file",
    env: { DATABASE_URL: "sqlite:///./notes.db" },
    fixtures: [{ path: "notes.db", kind: { text: "Buy milk.\n" } }],
    expect: { ...EMBEDDED, findings: ["storage.corrupt"], leaves: ["notes.db", "notes.db.corrupt-*"] },
  },
  {
    name: "a folder that is not there yet",
    env: { DATABASE_PATH: "not/yet/there" },
    expect: { ...EMBEDDED, leaves: ["not/yet/there/embedded.sqlite"] },
  },
  {
    name: "a DATABASE_PATH that is a file",
    env: { DATABASE_PATH: "notes" },
    fixtures: [{ path: "notes", kind: { text: "Buy milk.\n" } }],
    expect: { ...EMBEDDED, findings: ["storage.not-writable"], leaves: ["notes", "data/embedded.sqlite"] },
  },
  {
    name: "a read-only DATABASE_PATH",
    env: { DATABASE_PATH: "{home}/sealed" },
    fixtures: [{ path: "sealed", kind: "sealed-folder" }],
    unprivileged: true,
    expect: { ...EMBEDDED, findings: ["storage.not-writable"], leaves: ["data/embedded.sqlite"] },
  },
  {
    name: "a missing DATABASE_PATH that cannot be made",
    env: { DATABASE_PATH: "{home}/sealed/below" },
    fixtures: [{ path: "sealed", kind: "sealed-folder" }],
    unprivileged: true,
    expect: { ...EMBEDDED, findings: ["storage.not-writable"], leaves: ["data/embedded.sqlite"] },
  },
  {
    name: "a read-only working folder and home",
    env: { HOME: "{home}/sealed", TMPDIR: "{home}/temporary" },
    fixtures: [
      { path: "sealed", kind: "sealed-folder" },
      { path: "temporary", kind: "folder" },
    ],
    cwd: "sealed",
    unprivileged: true,
    expect: {
      ...EMBEDDED,
      findings: ["storage.ephemeral"],
      leaves: ["temporary/understudy-*/embedded.sqlite"],
    },
  },
  {
    name: "nothing writable at all, and a closed port",
    env: {
      HOME: "{home}/sealed",
      TMPDIR: "{home}/sealed",
      DATABASE_URL: "postgresql://tasks:{canary}@{closed}/app",
    },
    fixtures: [{ path: "sealed", kind: "sealed-folder" }],
    cwd: "sealed",
    unprivileged: true,
    // What memory would take could not be handed back.
    expect: {
      ...readOnlyFallback("primary.refused"),
      findings: ["storage.no-folder", "storage.memory", "fallback.read-only"],
    },
  },

  // All of it at once. Not LANG: Node itself dies of such a value before it reads any program.
  {
    name: "junk in every variable",
    env: {
      DATABASE_URL: `${JUNK}{word-canary}`,
      PGHOST: JUNK,
      PGPORT: JUNK,
      PGUSER: JUNK,
      PGPASSWORD: "{raw-canary}",
      PGDATABASE: JUNK,
      DATABASE_ENGINE: JUNK,
      DATABASE_FALLBACK: JUNK,
      DATABASE_FALLBACK_AFTER: JUNK,
      DATABASE_PATH: `\u0001${JUNK}`,
      DATABASE_POOL_MAX: JUNK,
      DATABASE_CONNECT_TIMEOUT: "-1",
      DATABASE_STATEMENT_TIMEOUT: "1e999",
      DATABASE_SYNCHRONOUS: JUNK,
      DATABASE_CONFLICTS: `${JUNK}{word-canary}`,
      DATABASE_MIRROR: JUNK,
      DATABASE_MIRROR_EXCLUDE: `${JUNK}{word-canary}`,
      DATABASE_MIRROR_MAX_ROWS: "-1",
      DATABASE_MIRROR_MAX_BYTES: "0",
      DATABASE_ECHO: JUNK,
      SNAPSHOT_URL: `${JUNK}{word-canary}`,
      SNAPSHOT_INTERVAL: "NaN",
      HOST: JUNK,
      PORT: JUNK,
      ADMIN_TOKEN: "short",
      LOG_LEVEL: JUNK,
      NODE_ENV: JUNK,
      HOME: JUNK,
      TMPDIR: JUNK,
      PATH: JUNK,
      TZ: JUNK,
    },
    defaultPort: true,
    expect: { ...fallback("url.not-a-url"), findings: ["settings.invalid", "settings.passed-over"] },
  },
]
