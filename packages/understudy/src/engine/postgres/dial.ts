import type { Client } from "pg"
import { abortable } from "../../base/abort.ts"
import { classifyError } from "../../errors/classify.ts"
import { POSTGRES_PORT } from "../../url/default-port.ts"
import { clientConfig, destroyClient } from "./client.ts"
import { CLUSTER } from "./commit-outcome.ts"
import { agreeOnMeaning, isShakingHands, loadDriver } from "./driver.ts"
import type { PostgresOptions, Server } from "./options.ts"
import { failureOfBoth, goesOnWithoutTls } from "./prefer.ts"
import { TlsHandshakeError } from "./tls-failure.ts"
import { sslModeOf } from "./tls-mode.ts"
import { loadTls, type TlsOptionsFor } from "./tls.ts"

/** A server that has not answered yet. */
export type Way = Omit<Server, "cluster">

/** What is done with one server: it connects, and rejects where that is not the primary. */
export type Greet<T> = (options: PostgresOptions, server: Way, signal: AbortSignal) => Promise<T>

/** A server that was dialled and is not the one that is wanted: in recovery or set to read-only, it takes no writes. */
export class ReadOnlyServerError extends Error {
  override readonly name = "ReadOnlyServerError"
}

/** Does a session of the server take no writes? In recovery, and where a provider has set the database to read-only. */
export const IS_READ_ONLY = "(pg_is_in_recovery() or current_setting('transaction_read_only')::boolean)"

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
    const inHandshake = error instanceof Error && isShakingHands(client) && signal?.aborted !== true
    destroyClient(client)
    throw inHandshake ? new TlsHandshakeError(error) : error
  }
}

/** The same for who begins each transaction with what it needs, whatever the role has for its defaults. */
const IS_IN_RECOVERY = "pg_is_in_recovery()"

/** Greets one server: connects, asks whether it takes writes and which cluster it is, parts. */
async function greet(
  options: PostgresOptions,
  server: Way,
  signal: AbortSignal,
  question: string,
): Promise<Server> {
  const client = await connectClient(options, server, signal)
  try {
    const { rows } = await abortable(
      client.query<{ read_only: boolean }>(`select ${question} as read_only`),
      signal,
    )
    if (rows[0]?.read_only === true) throw new ReadOnlyServerError("the server is read-only")
    return { ...server, cluster: await clusterOf(client, signal) }
  } finally {
    destroyClient(client)
  }
}

/** The cluster, its timeline and the database in it; null where the role may not ask, which some providers have it. */
export async function clusterOf(client: Client, signal?: AbortSignal): Promise<string | null> {
  try {
    const result = await abortable(client.query<{ cluster: string }>(`select ${CLUSTER} as cluster`), signal)
    return result.rows[0]?.cluster ?? null
  } catch (error) {
    if (classifyError(error) === "refused") return null
    throw error
  }
}

/** Greets a server with TLS, as its mode has it, and where TLS is what failed and only preferred, once without. */
async function reach<T>(
  options: PostgresOptions,
  plain: Way,
  tlsFor: TlsOptionsFor,
  signal: AbortSignal,
  greetOne: Greet<T>,
): Promise<T> {
  const mode = sslModeOf(options.parts.params, plain.host)
  if (mode === "disable") return greetOne(options, plain, signal)
  try {
    return await greetOne(options, { ...plain, tls: tlsFor(mode, plain.host) }, signal)
  } catch (error) {
    if (signal.aborted || !goesOnWithoutTls(mode, error)) throw error
    return await greetOne(options, plain, signal).catch((withoutTls: unknown) => {
      throw failureOfBoth(error, withoutTls)
    })
  }
}

/** Nothing is read for a URL whose hosts are all dialled without TLS. */
function loadTlsOf({ parts }: PostgresOptions, signal: AbortSignal): Promise<TlsOptionsFor> {
  const { hosts, params } = parts
  const isWanted = hosts.some(({ host }) => sslModeOf(params, host) !== "disable")
  return isWanted ? abortable(loadTls(params, signal), signal) : Promise.resolve(() => ({}))
}

/** Dials the hosts of the URL in their order; the first that answers and takes writes is the primary. */
export function dial(options: PostgresOptions, signal: AbortSignal): Promise<Server> {
  return dialEach(options, signal, (...asked) => greet(...asked, IS_READ_ONLY))
}

/** Dials likewise for work of ours, whose transactions say themselves that they write. */
export function dialForOwn(options: PostgresOptions, signal: AbortSignal): Promise<Server> {
  return dialEach(options, signal, (...asked) => greet(...asked, IS_IN_RECOVERY))
}

/** Greets the hosts of the URL in their order, until one does not reject. The time is shared: a silent host leaves the others theirs. */
export async function dialEach<T>(
  options: PostgresOptions,
  signal: AbortSignal,
  greetOne: Greet<T>,
): Promise<T> {
  const end = performance.now() + options.connectTimeoutMs
  const { hosts } = options.parts
  const tlsFor = await loadTlsOf(options, signal)
  let failure: unknown = new Error("the URL names no host")
  for (const [index, { host, port }] of hosts.entries()) {
    const shareMs = Math.max(1, Math.ceil((end - performance.now()) / (hosts.length - index)))
    const share = AbortSignal.any([signal, AbortSignal.timeout(shareMs)])
    try {
      const plain = { host, port: port ?? POSTGRES_PORT, tls: false } as const
      return await reach(options, plain, tlsFor, share, greetOne)
    } catch (error) {
      failure = error
      if (signal.aborted) throw error
    }
  }
  throw failure
}
