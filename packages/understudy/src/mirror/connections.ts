import type { Client } from "pg"
import { delay } from "../base/abort.ts"
import { connectClient, dialForOwn } from "../engine/postgres/dial.ts"
import { destroyClient } from "../engine/postgres/client.ts"
import type { PostgresOptions, Server } from "../engine/postgres/options.ts"
import { endWhenSilent, LONGEST_SILENCE_MS, namedFor, processIdOf } from "../engine/postgres/own-client.ts"
import { CHANNEL } from "../journal/capture-sql.ts"

/** The mirror's way to the primary. Ended by the signal. */
export class Connections implements Disposable {
  readonly client: Client
  readonly server: Server
  readonly #options: PostgresOptions
  readonly #signal: AbortSignal
  readonly #open = new Set<Client>()
  #changed = Promise.withResolvers<void>()

  private constructor(options: PostgresOptions, server: Server, client: Client, signal: AbortSignal) {
    this.#options = options
    this.server = server
    this.client = client
    this.#signal = signal
    this.#guard(client)
    signal.addEventListener("abort", this.#end, { once: true })
    client.on("notification", () => this.#changed.resolve())
  }

  static async open(given: PostgresOptions, signal: AbortSignal): Promise<Connections> {
    // A thread that gives way to all others may have no turn for seconds, which says nothing of the server.
    const connectTimeoutMs = Math.max(given.connectTimeoutMs, LONGEST_SILENCE_MS)
    const options = { ...namedFor("mirror", given), connectTimeoutMs }
    const server = await dialForOwn(options, signal)
    const connections = new Connections(options, server, await connectClient(options, server, signal), signal)
    await connections.#listen()
    return connections
  }

  /**
   * Asks to be told of changes, for haste only. Behind a pooler, whose connections have other process ids than it says,
   * nobody would hear it, and it would stay on a connection that others use.
   */
  async #listen(): Promise<void> {
    const { rows } = await this.client.query<{ pid: number }>("select pg_backend_pid() as pid")
    if (rows[0]?.pid === processIdOf(this.client)) await this.client.query(`listen ${CHANNEL}`)
  }

  /** Waits until the primary tells of a change, or so long. One that it told of since the last call ends it at once. */
  async changed(longestMs: number): Promise<void> {
    await Promise.race([this.#changed.promise, delay(longestMs, this.#signal)])
    this.#changed = Promise.withResolvers<void>()
  }

  /** A second connection. Whoever asks for it closes it. */
  async another(): Promise<Client> {
    const client = await connectClient(this.#options, this.server, this.#signal)
    this.#guard(client)
    return client
  }

  close(client: Client): void {
    this.#open.delete(client)
    destroyClient(client)
  }

  #guard(client: Client): void {
    this.#open.add(client)
    endWhenSilent(client)
  }

  readonly #end = (): void => {
    for (const client of this.#open) this.close(client)
  };

  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#end)
    this.#end()
  }
}
