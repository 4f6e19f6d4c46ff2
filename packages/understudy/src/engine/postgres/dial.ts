import type { Client } from "pg"
import { abortable } from "../../base/abort.ts"
import { classifyError } from "../../errors/classify.ts"
import { clientConfig, destroyClient } from "./client.ts"
import { CLUSTER } from "./commit-outcome.ts"
import { agreeOnMeaning, loadDriver } from "./driver.ts"
import type { PostgresOptions, Server } from "./options.ts"
import { sslModeOf, tlsOptions } from "./tls.ts"

const DEFAULT_PORT = 5432

/** A server that has not answered yet. */
type Way = Omit<Server, "cluster">

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
  server: Way,
  signal?: AbortSignal,
): Promise<Client> {
  const pg = await loadDriver()
  const client = new pg.Client(clientConfig(options, server))
  client.on("error", () => {})
  try {
    await abortable(
      client.connect().then(() => agreeOnMeaning(client)),
      signal,
    )
    return client
  } catch (error) {
    destroyClient(client)
    throw error
  }
}

/** Greets one server: connects, asks whether it takes writes and which cluster it is, parts. */
async function greet(options: PostgresOptions, server: Way, signal: AbortSignal): Promise<Server> {
  const client = await connectClient(options, server, signal)
  try {
    const result = await abortable(
      client.query<{ in_recovery: boolean }>("select pg_is_in_recovery() as in_recovery"),
      signal,
    )
    if (result.rows[0]?.in_recovery === true) throw new ReadOnlyServerError("the server is in recovery")
    return { ...server, cluster: await clusterOf(client, signal) }
  } finally {
    destroyClient(client)
  }
}

/** Null where the role may not ask, which some providers have it. */
async function clusterOf(client: Client, signal: AbortSignal): Promise<string | null> {
  try {
    const result = await abortable(client.query<{ cluster: string }>(`select ${CLUSTER} as cluster`), signal)
    return result.rows[0]?.cluster ?? null
  } catch (error) {
    if (classifyError(error) === "refused") return null
    throw error
  }
}

/** The ways to reach one host: with TLS, and where that is only preferred, without. */
function waysTo(options: PostgresOptions, host: string, port: number): Way[] {
  const { params } = options.parts
  const mode = host.startsWith("/") ? "disable" : sslModeOf(params, host)
  const plain: Way = { host, port, tls: false }
  if (mode === "disable") return [plain]
  const encrypted: Way = { host, port, tls: tlsOptions(mode, params, host) }
  return mode === "prefer" ? [encrypted, plain] : [encrypted]
}

/**
 * Dials the hosts of the URL in their order; the first that answers and takes writes is the primary. The time is shared:
 * a silent host leaves the others theirs.
 */
export async function dial(options: PostgresOptions, signal: AbortSignal): Promise<Server> {
  const end = performance.now() + options.connectTimeoutMs
  const { hosts } = options.parts
  let failure: unknown = new Error("the URL names no host")
  for (const [index, { host, port }] of hosts.entries()) {
    const shareMs = Math.max(1, Math.ceil((end - performance.now()) / (hosts.length - index)))
    const share = AbortSignal.any([signal, AbortSignal.timeout(shareMs)])
    for (const server of waysTo(options, host, port ?? DEFAULT_PORT)) {
      try {
        return await greet(options, server, share)
      } catch (error) {
        failure = error
        if (signal.aborted) throw error
        if (!isTlsRefusal(error)) break
      }
    }
  }
  throw failure
}
