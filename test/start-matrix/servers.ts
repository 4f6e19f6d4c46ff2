import { appendFile, chown, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { Client } from "pg"
import { startPostgres, type PostgresServer, type PostgresServerOptions } from "understudy-db/testing"

/** Real PostgreSQL servers in states in which they do not serve us. */
export type ServerName = "standby" | "closed-standby" | "crowded"

/** The database that each of them has; it belongs to the role `tasks`. */
const SERVER_DATABASE = "tasks"

/** A server in its state, and where it listens. */
export interface PreparedServer extends AsyncDisposable {
  readonly port: number
}

/** Runs statements as the superuser, each by itself. */
export async function asAdmin(postgres: PostgresServer, ...statements: readonly string[]): Promise<void> {
  // By the Unix socket, where no rule for TCP counts.
  const { username, password, pathname } = new URL(postgres.adminUrl)
  const client = new Client({
    host: postgres.socketFolder,
    port: postgres.port,
    user: username,
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Makes the role `tasks` with this password. */
export async function createRole(postgres: PostgresServer, password: string): Promise<void> {
  await asAdmin(postgres, `CREATE ROLE tasks LOGIN PASSWORD '${password}'`)
}

/** A real server with a database of the role `tasks`. */
export async function startServer(
  password: string,
  options: PostgresServerOptions = {},
): Promise<PostgresServer> {
  const postgres = await startPostgres(options)
  await createRole(postgres, password)
  await asAdmin(postgres, `CREATE DATABASE ${SERVER_DATABASE} OWNER tasks`)
  return postgres
}

/** The next start makes a standby of it that waits for a primary, as it does from a base copy of its folder. */
async function makeStandby(postgres: PostgresServer): Promise<void> {
  await postgres.stop()
  const signal = join(postgres.dataFolder, "standby.signal")
  await writeFile(signal, "")
  const { uid, gid } = await stat(postgres.dataFolder)
  await chown(signal, uid, gid)
}

/** A real standby that answers queries, and takes no writes. */
async function startStandby(password: string): Promise<PreparedServer> {
  const postgres = await startServer(password)
  await makeStandby(postgres)
  await postgres.start()
  return postgres
}

/** A real standby that takes no connections: it answers each with 57P03, as a server in recovery does. */
async function startClosedStandby(password: string): Promise<PreparedServer> {
  const postgres = await startServer(password)
  await makeStandby(postgres)
  await appendFile(join(postgres.dataFolder, "postgresql.conf"), "\nhot_standby = off\n")
  // It is never ready: this ends with the server.
  const started = postgres.start().catch(() => {})
  while ((await sqlstateOf(postgres.adminUrl)) !== "57P03") await wait(20)
  return {
    port: postgres.port,
    async [Symbol.asyncDispose]() {
      await postgres[Symbol.asyncDispose]()
      await started
    },
  }
}

async function sqlstateOf(url: string): Promise<unknown> {
  const client = new Client({ connectionString: url })
  client.on("error", () => {})
  try {
    await client.connect()
    return undefined
  } catch (error) {
    return (error as { code?: unknown }).code
  } finally {
    await client.end()
  }
}

/** A real server whose few connections are all taken. */
async function startCrowded(password: string): Promise<PreparedServer> {
  const places = 3
  const postgres = await startServer(password, {
    settings: { max_connections: String(places + 1), superuser_reserved_connections: "1" },
  })
  const clients = Array.from(
    { length: places },
    () =>
      new Client({
        host: "127.0.0.1",
        port: postgres.port,
        user: "tasks",
        password,
        database: SERVER_DATABASE,
      }),
  )
  for (const client of clients) {
    client.on("error", () => {})
    await client.connect()
  }
  return {
    port: postgres.port,
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.end()))
      await postgres[Symbol.asyncDispose]()
    },
  }
}

/** How each is started, with the password of the role `tasks`. */
export const SERVERS: Readonly<Record<ServerName, (password: string) => Promise<PreparedServer>>> = {
  standby: startStandby,
  "closed-standby": startClosedStandby,
  crowded: startCrowded,
}
