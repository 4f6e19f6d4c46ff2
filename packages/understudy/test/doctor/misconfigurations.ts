import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { chmod, chown, mkdir, readFile, stat, writeFile } from "node:fs/promises"
import { createServer as createHttpServer } from "node:http"
import { createServer, type Server, type Socket } from "node:net"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Client } from "pg"
import { findFreePort, startPostgres, type PostgresServer } from "../../src/testing/index.ts"

/** Real parts that the cases are made of. */
export interface Ground extends AsyncDisposable {
  readonly postgres: PostgresServer
  /** Its role with rights has this password; it needs no encoding. */
  readonly password: string
  readonly tls: PostgresServer
  readonly standby: PostgresServer
  /** Nothing listens there. */
  readonly closedPort: number
  readonly httpPort: number
  /** Takes connections and says nothing. */
  readonly silentPort: number
  /** Takes connections and ends them. */
  readonly closingPort: number
}

const HOLDER = join(import.meta.dirname, "../engine/sqlite/hold-owner.ts")
const TLS = join(import.meta.dirname, "tls")

/** Runs statements with the superuser. */
async function asAdmin({ adminUrl }: PostgresServer, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: adminUrl })
  client.on("error", () => {})
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

async function giveToServer(file: string, dataFolder: string, text: string): Promise<void> {
  await writeFile(file, text)
  const { uid, gid } = await stat(dataFolder)
  await chown(file, uid, gid)
  await chmod(file, 0o600)
}

async function startTls(): Promise<PostgresServer> {
  const server = await startPostgres()
  for (const [name, own] of [
    ["self-signed.crt", "server.crt"],
    ["self-signed.key", "server.key"],
  ] as const) {
    const file = join(server.dataFolder, own)
    await giveToServer(file, server.dataFolder, await readFile(join(TLS, name), "utf8"))
  }
  await asAdmin(server, ["ALTER SYSTEM SET ssl = on"])
  await server.stop()
  await server.start()
  return server
}

/** A server in recovery: it waits for a primary that never comes, and answers reads. */
async function startStandby(): Promise<PostgresServer> {
  const server = await startPostgres()
  await server.stop()
  await giveToServer(join(server.dataFolder, "standby.signal"), server.dataFolder, "")
  await server.start()
  return server
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return (server.address() as { port: number }).port
}

/** The first statements are those that a role without rights, and the roles of single cases, need. */
const ROLES = [
  "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
  "CREATE ROLE reader LOGIN PASSWORD 'reader-pw-1234'",
  "CREATE ROLE maker LOGIN PASSWORD 'maker-pw-1234'",
  "GRANT CREATE ON SCHEMA public TO maker",
  "CREATE ROLE odd LOGIN PASSWORD 'p@ss/w#rd-1234'",
  "GRANT CREATE ON SCHEMA public TO odd",
  "GRANT CREATE ON DATABASE app TO odd",
  "CREATE ROLE crowded LOGIN PASSWORD 'crowded-pw-1234' CONNECTION LIMIT 0",
  "CREATE ROLE narrow LOGIN PASSWORD 'narrow-pw-1234' CONNECTION LIMIT 4",
  "GRANT ALL ON SCHEMA public TO app",
  "CREATE SCHEMA migrated",
  "GRANT USAGE ON SCHEMA migrated TO reader",
  "CREATE TABLE migrated.kysely_migration (name text PRIMARY KEY, timestamp text NOT NULL)",
  "INSERT INTO migrated.kysely_migration VALUES ('0001_start', ''), ('0002_more', '')",
  "GRANT SELECT ON migrated.kysely_migration TO reader",
  "CREATE ROLE follower LOGIN PASSWORD 'follower-pw-1234' IN ROLE reader",
  "ALTER ROLE follower SET search_path = migrated",
  "CREATE ROLE homeless LOGIN PASSWORD 'homeless-pw-1234'",
  "ALTER ROLE homeless SET search_path = nowhere",
]

/** Starts all of it. */
export async function startGround(): Promise<Ground> {
  const [postgres, tls, standby, closedPort] = await Promise.all([
    startPostgres(),
    startTls(),
    startStandby(),
    findFreePort(),
  ])
  await asAdmin(postgres, ROLES)
  const sockets = new Set<Socket>()
  const http = createHttpServer((_, response) => response.end("hello"))
  const silent = createServer((socket) => void sockets.add(socket.on("error", () => {})))
  const closing = createServer((socket) => socket.on("error", () => {}).end())
  const [httpPort, silentPort, closingPort] = await Promise.all([
    listen(http),
    listen(silent),
    listen(closing),
  ])
  return {
    postgres,
    password: new URL(postgres.url).password,
    tls,
    standby,
    closedPort,
    httpPort,
    silentPort,
    closingPort,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      for (const server of [http, silent, closing]) server.close()
      await Promise.all([postgres, tls, standby].map((server) => server[Symbol.asyncDispose]()))
    },
  }
}

/** One thing that people get wrong, or right. */
export interface Misconfiguration {
  readonly name: string
  readonly args?: readonly string[]
  readonly input?: string
  /** The variables; DATABASE_PATH is the case's own folder unless it is set here. */
  env(ground: Ground, folder: string): Readonly<Record<string, string>>
  /** Makes what must be there, and gives what ends it. */
  prepare?(folder: string): Promise<Disposable | void> | Disposable | void
  readonly exit: 0 | 1
  /** What must not be in the output, besides the server's own password. */
  readonly secrets?: readonly string[]
}

const url =
  (userInfo: string) =>
  ({ postgres: { port } }: Ground): Record<string, string> => ({
    DATABASE_URL: `postgresql://${userInfo}@127.0.0.1:${port}/app`,
  })

const at =
  (portOf: (ground: Ground) => number, query = "") =>
  (ground: Ground): Record<string, string> => ({
    DATABASE_URL: `postgresql://app:${ground.password}@127.0.0.1:${portOf(ground)}/app${query}`,
  })

const value = (text: string) => (): Record<string, string> => ({ DATABASE_URL: text })

async function holdOwner(folder: string): Promise<Disposable> {
  const file = join(folder, "embedded.sqlite")
  new DatabaseSync(file).close()
  const child: ChildProcess = spawn(process.execPath, ["--conditions=understudy-source", HOLDER, file], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  if (child.stdout !== null) await once(child.stdout, "data")
  return { [Symbol.dispose]: () => void child.kill("SIGKILL") }
}

function database(folder: string): string {
  const file = join(folder, "embedded.sqlite")
  const made = new DatabaseSync(file)
  made.exec("CREATE TABLE note (id integer PRIMARY KEY, body text)")
  made.exec("BEGIN")
  const insert = made.prepare("INSERT INTO note (body) VALUES (?)")
  for (let count = 0; count < 2000; count += 1) insert.run("x".repeat(50))
  made.exec("COMMIT")
  made.close()
  return file
}

/** Overwrites pages in the middle, and leaves header and schema as they are. */
async function damage(folder: string): Promise<void> {
  const file = database(folder)
  const bytes = await readFile(file)
  bytes.fill(0xab, 4096 * 3, 4096 * 12)
  await writeFile(file, bytes)
}

/** More than 25 of them, each against real parts. */
export const MISCONFIGURATIONS: readonly Misconfiguration[] = [
  { name: "nothing-set", env: () => ({}), exit: 0 },
  { name: "blank", env: value("  "), exit: 0 },
  { name: "unresolved-reference", env: value("${{Postgres.DATABASE_URL}}"), exit: 0 },
  { name: "bare-password", env: value("Tr0ub4dor-and-3"), exit: 1, secrets: ["Tr0ub4dor", "dor-and"] },
  {
    name: "placeholder",
    env: value("postgresql://postgres:[YOUR-PASSWORD]@db.abcdefghij.supabase.co:5432/postgres"),
    exit: 1,
  },
  { name: "mysql", env: value("mysql://app:s3cret-word@db/app"), exit: 1, secrets: ["s3cret"] },
  { name: "supabase-api", env: value("https://abcdefghij.supabase.co"), exit: 1 },
  {
    name: "port-not-a-number",
    env: value("postgresql://app:s3cret-word@db:port/app"),
    exit: 1,
    secrets: ["s3cret"],
  },
  { name: "host-missing", env: value("postgresql://app:s3cret-word@/app"), exit: 1, secrets: ["s3cret"] },
  {
    name: "several-at-signs",
    env: value("postgresql://app:qz#xkvw@h1/d?x=1@h2/d"),
    exit: 1,
    secrets: ["xkvw"],
  },
  {
    name: "two-urls",
    env: value("postgresql://a:s3cret-1@h/d, postgresql://a:s3cret-2@h/d"),
    exit: 1,
    secrets: ["s3cret"],
  },
  {
    name: "pg-variables-in-part",
    env: () => ({ PGHOST: "127.0.0.1", PGPASSWORD: "s3cret-word" }),
    exit: 1,
    secrets: ["s3cret"],
  },
  {
    name: "pg-variables-wrong-password",
    env: ({ postgres: { port } }) => ({
      PGHOST: "127.0.0.1",
      PGPORT: String(port),
      PGUSER: "app",
      PGPASSWORD: "s3cret-word",
      PGDATABASE: "app",
    }),
    exit: 1,
    secrets: ["s3cret"],
  },
  { name: "all-well", env: at(({ postgres }) => postgres.port), exit: 0 },
  {
    name: "psql-command",
    env: ({ postgres }) => ({ DATABASE_URL: `psql '${postgres.url}'` }),
    exit: 0,
  },
  {
    name: "quotes-blank-semicolon",
    env: ({ postgres }) => ({ DATABASE_URL: ` "${postgres.url}";` }),
    exit: 0,
  },
  { name: "raw-password", env: url("odd:p@ss/w#rd-1234"), exit: 0, secrets: ["ss/w", "rd-1234"] },
  {
    name: "jdbc",
    env: ({ postgres: { port }, password }) => ({
      DATABASE_URL: `jdbc:postgresql://127.0.0.1:${port}/app?user=app&password=${password}`,
    }),
    exit: 0,
  },
  { name: "wrong-password", env: url("app:wr0ng-word"), exit: 1, secrets: ["wr0ng"] },
  { name: "no-password", env: url("app"), exit: 1 },
  {
    name: "database-missing",
    env: ({ postgres: { port }, password }) => ({
      DATABASE_URL: `postgresql://app:${password}@127.0.0.1:${port}/shop`,
    }),
    exit: 1,
  },
  { name: "role-without-rights", env: url("reader:reader-pw-1234"), exit: 1, secrets: ["reader-pw"] },
  {
    name: "role-without-create-on-database",
    env: url("maker:maker-pw-1234"),
    exit: 0,
    secrets: ["maker-pw"],
  },
  {
    name: "role-that-cannot-migrate-further",
    env: url("follower:follower-pw-1234"),
    exit: 0,
    secrets: ["follower-pw"],
  },
  { name: "role-without-schema", env: url("homeless:homeless-pw-1234"), exit: 1, secrets: ["homeless-pw"] },
  { name: "role-without-connections", env: url("crowded:crowded-pw-1234"), exit: 1, secrets: ["crowded-pw"] },
  { name: "role-with-few-connections", env: url("narrow:narrow-pw-1234"), exit: 1, secrets: ["narrow-pw"] },
  { name: "closed-port", env: at(({ closedPort }) => closedPort), exit: 1 },
  { name: "silent-listener", args: ["--timeout", "500ms"], env: at(({ silentPort }) => silentPort), exit: 1 },
  { name: "http-listener", env: at(({ httpPort }) => httpPort), exit: 1 },
  { name: "closing-listener", env: at(({ closingPort }) => closingPort), exit: 1 },
  { name: "tls-demanded-not-offered", env: at(({ postgres }) => postgres.port, "?sslmode=require"), exit: 1 },
  {
    name: "tls-self-signed-require",
    env: ({ tls }) => ({ DATABASE_URL: `${tls.url}?sslmode=require` }),
    exit: 0,
  },
  {
    name: "tls-self-signed-verify-full",
    env: ({ tls }) => ({ DATABASE_URL: `${tls.url}?sslmode=verify-full` }),
    exit: 1,
  },
  {
    name: "tls-for-another-name",
    env: ({ tls }) => ({
      DATABASE_URL: `${tls.url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(join(TLS, "self-signed.crt"))}`,
    }),
    exit: 1,
  },
  {
    name: "tls-ca-file-missing",
    env: ({ tls }) => ({ DATABASE_URL: `${tls.url}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem` }),
    exit: 1,
  },
  { name: "standby", env: ({ standby }) => ({ DATABASE_URL: standby.url }), exit: 1 },
  {
    name: "two-hosts-first-down",
    env: ({ postgres: { port }, closedPort, password }) => ({
      DATABASE_URL: `postgresql://app:${password}@127.0.0.1:${closedPort},127.0.0.1:${port}/app`,
    }),
    exit: 1,
  },
  {
    name: "name-that-no-resolver-takes",
    env: value(`postgresql://app:s3cret-word@${"x".repeat(64)}.localhost/app`),
    exit: 1,
    secrets: ["s3cret"],
  },
  {
    name: "socket-missing",
    env: value("postgresql://app:s3cret-word@/app?host=/nowhere"),
    exit: 1,
    secrets: ["s3cret"],
  },
  { name: "misspelt-variable", env: ({ postgres }) => ({ DATABSE_URL: postgres.url }), exit: 0 },
  { name: "engine-postgresql-without-url", env: () => ({ DATABASE_ENGINE: "postgresql" }), exit: 1 },
  {
    name: "engine-sqlite-with-url",
    env: ({ postgres }) => ({ DATABASE_ENGINE: "sqlite", DATABASE_URL: postgres.url }),
    exit: 0,
  },
  {
    name: "no-fallback",
    env: ({ closedPort }) => ({
      DATABASE_FALLBACK: "off",
      DATABASE_URL: `postgresql://app:s3cret-word@127.0.0.1:${closedPort}/app`,
    }),
    exit: 1,
    secrets: ["s3cret"],
  },
  { name: "bad-timeout", env: () => ({ DATABASE_CONNECT_TIMEOUT: "soon" }), exit: 0 },
  {
    name: "sqlite-url",
    env: (_, folder) => ({ DATABASE_URL: `sqlite:///${folder}/embedded.sqlite?mode=rwc` }),
    prepare: (folder) => void database(folder),
    exit: 0,
  },
  { name: "sqlite-in-memory", env: value("sqlite://:memory:"), exit: 0 },
  { name: "sqlite-damaged", env: () => ({}), prepare: damage, exit: 1 },
  {
    name: "sqlite-no-database",
    env: () => ({}),
    prepare: (folder) => writeFile(join(folder, "embedded.sqlite"), "<!doctype html>".repeat(200)),
    exit: 1,
  },
  { name: "sqlite-in-use", env: () => ({}), prepare: holdOwner, exit: 0 },
  { name: "path-that-takes-no-files", env: () => ({ DATABASE_PATH: "/proc/understudy" }), exit: 1 },
  {
    name: "path-that-is-a-file",
    env: (_, folder) => ({ DATABASE_PATH: join(folder, "file") }),
    prepare: (folder) => writeFile(join(folder, "file"), ""),
    exit: 1,
  },
  {
    name: "file-that-is-a-folder",
    env: () => ({}),
    prepare: (folder) => mkdir(join(folder, "embedded.sqlite")),
    exit: 1,
  },
  {
    name: "url-as-argument",
    args: ["postgresql://app:s3cret-word@/app"],
    env: () => ({}),
    exit: 1,
    secrets: ["s3cret"],
  },
  {
    name: "url-on-standard-input",
    args: ["-"],
    input: "mysql://app:s3cret-word@db/app\n",
    env: () => ({}),
    exit: 1,
    secrets: ["s3cret"],
  },
]
