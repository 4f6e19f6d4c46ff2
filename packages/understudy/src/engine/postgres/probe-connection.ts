import type { Client } from "pg"
import { abortable } from "../../base/abort.ts"
import { destroyClient } from "./client.ts"
import { connectClient, dialEach, IS_READ_ONLY, ReadOnlyServerError, type Way } from "./dial.ts"
import type { PostgresOptions } from "./options.ts"

/** What the primary has answered to a probe. */
export interface ProbeAnswer {
  /** The server's clock, in milliseconds since 1970. */
  readonly serverTimeMs: number
  /** How long that question took. */
  readonly tookMs: number
  /** How long it took to connect; null where that was not needed. */
  readonly dialMs: number | null
}

/** What a probe wants of its connection. */
export interface ProbeWishes {
  /** Connect anew, even where a connection is there: only that shows that sessions can. */
  readonly fresh: boolean
  /** Leave the connection open for the next probe. */
  readonly keep: boolean
}

/** A connection on which a server has answered. */
interface Greeted {
  readonly server: Way
  readonly client: Client
  readonly answer: ProbeAnswer
}

const QUESTION = `select ${IS_READ_ONLY} as read_only, (extract(epoch from clock_timestamp()) * 1000)::text as server_time`

/** A connection of its own, outside the pool, on which the primary is asked whether it is there and takes writes. */
export class ProbeConnection {
  readonly #options: PostgresOptions
  readonly #broken: () => void
  #server: Way | undefined
  #kept: Greeted | undefined

  /** `broken` is told when the connection that was kept is lost. */
  constructor(options: PostgresOptions, broken: () => void) {
    this.#options = options
    this.#broken = broken
  }

  /** Is a connection kept? */
  get isOpen(): boolean {
    return this.#kept !== undefined
  }

  /** Of several hosts of the URL, only this one is asked from now on; undefined: all of them in their order. */
  aimAt(server: Way | undefined): void {
    this.#server = server
    const kept = this.#kept?.server
    if (server !== undefined && (kept?.host !== server.host || kept.port !== server.port)) this.close()
  }

  /**
   * Asks, on the connection that is kept or on a new one. One that turns out to be broken is replaced within the same
   * probe. Rejects with the driver's, the server's or the signal's error, and then leaves nothing open.
   */
  async ask({ fresh, keep }: ProbeWishes, signal: AbortSignal): Promise<ProbeAnswer> {
    if (fresh) this.close()
    if (this.#kept !== undefined) {
      try {
        const answer = await ask(this.#kept.client, signal)
        if (!keep) this.close()
        return answer
      } catch (error) {
        this.close()
        if (signal.aborted || error instanceof ReadOnlyServerError) throw error
        this.#broken()
      }
    }
    const dialled = await this.#dial(signal)
    if (keep && !signal.aborted) this.#keep(dialled)
    else destroyClient(dialled.client)
    return dialled.answer
  }

  #dial(signal: AbortSignal): Promise<Greeted> {
    const server = this.#server
    return server === undefined
      ? dialEach(this.#options, signal, greet)
      : greet(this.#options, server, signal)
  }

  #keep(greeted: Greeted): void {
    this.#kept = greeted
    greeted.client.once("end", () => {
      if (this.#kept !== greeted) return
      this.#kept = undefined
      this.#broken()
    })
  }

  /** Destroys what is open. The next question connects anew. */
  close(): void {
    const kept = this.#kept
    this.#kept = undefined
    if (kept !== undefined) destroyClient(kept.client)
  }
}

async function greet(options: PostgresOptions, server: Way, signal: AbortSignal): Promise<Greeted> {
  const startMs = performance.now()
  const client = await connectClient(options, server, signal)
  const dialMs = performance.now() - startMs
  try {
    return { server, client, answer: { ...(await ask(client, signal)), dialMs } }
  } catch (error) {
    destroyClient(client)
    throw error
  }
}

async function ask(client: Client, signal: AbortSignal): Promise<ProbeAnswer> {
  const startMs = performance.now()
  const { rows } = await abortable(
    client.query<{ read_only: boolean; server_time: string }>(QUESTION),
    signal,
  )
  const tookMs = performance.now() - startMs
  const [row] = rows
  if (row === undefined) throw new Error("Connection terminated: the server gave no row")
  if (row.read_only) throw new ReadOnlyServerError("the server is read-only")
  return { serverTimeMs: Number(row.server_time), tookMs, dialMs: null }
}
