import type { Client, ClientConfig, PoolClient } from "pg"
import { createSocket } from "./socket.ts"
import type { PostgresOptions, Server } from "./options.ts"
import { typeParsers } from "./read.ts"

/** The name under which connections stand in pg_stat_activity. */
const APPLICATION_NAME = "understudy"

/** After so long without traffic the kernel asks whether the peer still lives. */
const KEEP_ALIVE_DELAY_MS = 10_000

/**
 * The configuration of one connection. No startup parameters but user, database and application_name: a pooler
 * refuses others. Limits are the client's own, since a stopped server keeps no promise about its time-outs. Whatever
 * is left out here, node-postgres would take from the environment (PGPASSWORD, PGSSLNEGOTIATION) or from ~/.pgpass. Of
 * a user that no one names, it takes the process's own, as libpq does.
 */
export function clientConfig(options: PostgresOptions, server: Omit<Server, "cluster">): ClientConfig {
  const { parts } = options
  const database = parts.database ?? parts.user
  const config: ClientConfig & { readonly sslnegotiation: string } = {
    host: server.host,
    port: server.port,
    ...(parts.user === null ? {} : { user: parts.user }),
    // A function, and so the text of it is in no dump of the client.
    password: () => parts.password?.reveal() ?? "",
    ...(database === null ? {} : { database }),
    ssl: server.tls,
    sslnegotiation: "postgres",
    client_encoding: "UTF8",
    application_name: parts.params["application_name"] ?? APPLICATION_NAME,
    connectionTimeoutMillis: options.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    types: typeParsers(options.values),
    stream: createSocket,
  }
  return config
}

/** Ends a client at once: its socket is destroyed, since a peer that is away answers no farewell. */
export function destroyClient(client: Client | PoolClient): void {
  client.on("error", () => {})
  const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } }).connection
  stream.destroy()
}
