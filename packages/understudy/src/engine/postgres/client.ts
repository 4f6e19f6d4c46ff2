import type { Client, ClientConfig, PoolClient } from "pg"
import { createSocket } from "./socket.ts"
import type { PostgresOptions, Server } from "./options.ts"
import { typeParsers } from "./read.ts"

/** The name under which connections stand in pg_stat_activity. */
const APPLICATION_NAME = "understudy"

/** After so long without traffic the kernel asks whether the peer still lives. */
const KEEP_ALIVE_DELAY_MS = 10_000

/** Loaded when PostgreSQL is wanted, not before: a service on SQLite does not pay for it. */
export async function loadDriver(): Promise<(typeof import("pg"))["default"]> {
  return (await import("pg")).default
}

/**
 * The configuration of one connection. No startup parameters but user, database and application_name: a pooler
 * refuses others. Limits are the client's own, since a stopped server keeps no promise about its time-outs.
 */
export function clientConfig(options: PostgresOptions, server: Omit<Server, "cluster">): ClientConfig {
  const { parts } = options
  return {
    host: server.host,
    port: server.port,
    ...(parts.user === null ? {} : { user: parts.user }),
    ...(parts.password === null ? {} : { password: parts.password.reveal() }),
    ...(parts.database === null ? {} : { database: parts.database }),
    ssl: server.tls,
    application_name: parts.params["application_name"] ?? APPLICATION_NAME,
    connectionTimeoutMillis: options.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    types: typeParsers(options.values),
    stream: createSocket,
  }
}

/** Ends a client at once: its socket is destroyed, since a peer that is away answers no farewell. */
export function destroyClient(client: Client | PoolClient): void {
  client.on("error", () => {})
  const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } }).connection
  stream.destroy()
}
