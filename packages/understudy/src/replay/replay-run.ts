import type { Client } from "pg"
import { Throttle } from "../base/throttle.ts"
import { classifyError } from "../errors/classify.ts"
import { destroyClient } from "../engine/postgres/client.ts"
import { connectClient, dialForOwn } from "../engine/postgres/dial.ts"
import type { PostgresOptions } from "../engine/postgres/options.ts"
import { endWhenSilent, namedFor } from "../engine/postgres/own-client.ts"
import { faultPoint } from "#fault-point"
import { BatchSize } from "./batch-size.ts"
import type { ConflictPolicies } from "./conflict-policies.ts"
import { forgetExpected } from "./expected-images.ts"
import { Handover } from "./handover.ts"
import { MessagePace } from "./in-sequence.ts"
import { JournalPages } from "./journal-pages.ts"
import { LoneFailures } from "./lone-failures.ts"
import { replayMemory } from "./replay-memory.ts"
import type { ReplayProgress, RunResult } from "./replay-result.ts"
import { installReplay } from "./replay-schema.ts"

/** What a replay works with. Times in milliseconds. */
export interface ReplayOptions {
  /** How the primary is dialled. */
  readonly postgres: PostgresOptions
  /** The fallback's file. */
  readonly file: string
  readonly policies: ConflictPolicies
  /** So long is worked before a pause of so long. */
  readonly throttle: { readonly workMs: number; readonly pauseMs: number }
  /** What an earlier one has kept: see `replayMemory`. Default: nothing is known. */
  readonly memory?: SharedArrayBuffer
  /** The longest that one statement may take on the primary: by default less than the silence after which it is dead. */
  readonly statementLimitMs?: number
  /** So long what is broken in the server may pass, before what meets it each time is parked. Default: two minutes. */
  readonly troubleLimitMs?: number
}

const PROGRESS_MS = 250

/** Hands a file's journal back, from the construction until it is stopped. The connection is kept between runs. */
export class ReplayRun implements Disposable {
  readonly #options: ReplayOptions
  readonly #signal: AbortSignal
  readonly #report: (progress: ReplayProgress) => void
  readonly #throttle: Throttle
  readonly #pages: JournalPages
  readonly #size: BatchSize
  readonly #failures: LoneFailures
  readonly #pace = new MessagePace()
  #connection: Connection | undefined
  #done = 0
  #parked = 0
  #told: ReplayProgress | undefined
  #toldMs = 0
  readonly #beganMs = performance.now()

  constructor(options: ReplayOptions, signal: AbortSignal, report: (progress: ReplayProgress) => void) {
    this.#options = options
    this.#signal = signal
    this.#report = report
    this.#throttle = new Throttle(options.throttle.workMs, options.throttle.pauseMs, signal)
    this.#pages = new JournalPages(options.file)
    const { memory = replayMemory(), troubleLimitMs } = options
    this.#size = new BatchSize(memory)
    this.#failures = new LoneFailures(memory, troubleLimitMs)
  }

  /**
   * Applies all that the journal holds when it begins, up to a migration that the primary lacks; what is written meanwhile is
   * the next run's, or it would never end. Rejects where the primary is lost; what was applied until then is known to it.
   *
   * @param migrated A migration that has run on the primary, under whatever name.
   */
  async run(migrated: string | null): Promise<RunResult> {
    this.#failures.runBegins()
    try {
      const connection = (this.#connection ??= await this.#connect())
      const { policies, statementLimitMs } = this.#options
      return await new Handover({
        ...connection,
        pages: this.#pages,
        policies,
        statementLimitMs,
        size: this.#size,
        failures: this.#failures,
        pace: this.#pace,
        signal: this.#signal,
        advanced: (changes, parked, pending) => this.#advanced(changes, parked, pending),
        hindered: (table, pending) => this.#tell(pending, { table }),
      }).run(migrated)
    } catch (error) {
      if (this.#connection !== undefined) destroyClient(this.#connection.client)
      this.#connection = undefined
      // Nobody is waited for any more.
      if (this.#told !== undefined && this.#told.hindered !== null)
        this.#report({ ...this.#told, hindered: null })
      // Where it was ended, nobody knows how long it would have taken.
      if (!this.#signal.aborted && classifyError(error) === "connection") this.#failures.lost()
      this.#size.tooLarge()
      throw error
    }
  }

  async #connect(): Promise<Connection> {
    const options = namedFor("replay", this.#options.postgres)
    const server = await dialForOwn(options, this.#signal)
    const client = await connectClient(options, server, this.#signal)
    endWhenSilent(client)
    // A server that is silent would be waited for.
    this.#signal.addEventListener("abort", () => destroyClient(client), { once: true })
    try {
      await installReplay(client)
      // Not at the end of what was handed back: whether it stays handed back, the file knows only afterwards.
      const left = this.#pages.origins().map(({ origin }) => origin)
      await forgetExpected(client, this.#pages.returnedOrigins(), left)
    } catch (error) {
      destroyClient(client)
      throw error
    }
    faultPoint("replay.installed")
    return { client, cluster: server.cluster }
  }

  /** Tells how far it is, a few times a second. */
  async #advanced(changes: number, parked: number, pending: number): Promise<void> {
    this.#done += changes
    this.#parked += parked
    if (performance.now() - this.#toldMs >= PROGRESS_MS || pending === 0) this.#tell(pending, null)
    await this.#throttle.pause()
  }

  #tell(pending: number, hindered: ReplayProgress["hindered"]): void {
    const nowMs = performance.now()
    this.#toldMs = nowMs
    this.#told = {
      done: this.#done,
      pending,
      perSecond: Math.round((this.#done * 1_000) / Math.max(1, nowMs - this.#beganMs)),
      parked: this.#parked,
      hindered,
    }
    this.#report(this.#told)
  }

  [Symbol.dispose](): void {
    if (this.#connection !== undefined) destroyClient(this.#connection.client)
    this.#pages[Symbol.dispose]()
  }
}

/** A connection of the replay's own, and the cluster behind it, as far as it tells. */
interface Connection {
  readonly client: Client
  readonly cluster: string | null
}
