import type { Client } from "pg"
import { abortable } from "../../base/abort.ts"
import { clientConfig, destroyClient, loadDriver } from "./client.ts"
import type { PostgresOptions, Server } from "./options.ts"
import { sslModeOf, tlsOptions } from "./tls.ts"

const DEFAULT_PORT = 5432

/** What node-postgres says when the server has answered the request for TLS with "no". */
const TLS_REFUSED = "The server does not support SSL connections"

/** A server that was dialled and is not the one that is wanted: in recovery, it takes no writes. */
export class ReadOnlyServerError extends Error {
  override readonly name = "ReadOnlyServerError"
}

/** Was TLS refused by the server? */
export function isTlsRefusal(error: unknown): boolean {
  return error instanceof Error && error.message === TLS_REFUSED
}

/** Opens one connection, outside every pool. It is destroyed when the signal is aborted while it opens. */
export async function connectClient(
  options: PostgresOptions,
  server: Server,
  signal?: AbortSignal,
): Promise<Client> {
  const pg = await loadDriver()
  const client = new pg.Client(clientConfig(options, server))
  client.on("error", () => {})
  try {
    await abortable(client.connect(), signal)
    return client
  } catch (error) {
    destroyClient(client)
    throw error
  }
}

/** Greets one server: connects, asks whether it takes writes, parts. */
async function greet(options: PostgresOptions, server: Server, signal: AbortSignal): Promise<void> {
  const client = await connectClient(options, server, signal)
  try {
    const result = await abortable(
      client.query<{ in_recovery: boolean }>("select pg_is_in_recovery() as in_recovery"),
      signal,
    )
    if (result.rows[0]?.in_recovery === true) throw new ReadOnlyServerError("the server is in recovery")
  } finally {
    destroyClient(client)
  }
}

/** The ways to reach one host: with TLS, and where that is only preferred, without. */
function waysTo(options: PostgresOptions, host: string, port: number): Server[] {
  const { params } = options.parts
  const mode = host.startsWith("/") ? "disable" : sslModeOf(params, host)
  const plain: Server = { host, port, tls: false }
  if (mode === "disable") return [plain]
  const encrypted: Server = { host, port, tls: tlsOptions(mode, params, host) }
  return mode === "prefer" ? [encrypted, plain] : [encrypted]
}

/** Dials the hosts of the URL in their order; the first that answers and takes writes is the primary. */
export async function dial(options: PostgresOptions, signal: AbortSignal): Promise<Server> {
  let failure: unknown = new Error("the URL names no host")
  for (const { host, port } of options.parts.hosts) {
    for (const server of waysTo(options, host, port ?? DEFAULT_PORT)) {
      try {
        await greet(options, server, signal)
        return server
      } catch (error) {
        failure = error
        if (signal.aborted) throw error
        if (!isTlsRefusal(error)) break
      }
    }
  }
  throw failure
}
