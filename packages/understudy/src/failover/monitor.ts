import { systemClock, type Clock } from "../base/clock.ts"
import type { Redactor } from "../base/redact.ts"
import type { Finding } from "../errors/finding.ts"
import type { Way } from "../engine/postgres/dial.ts"
import type { PostgresOptions } from "../engine/postgres/options.ts"
import {
  emptyHistory,
  judge,
  pauseAfter,
  PROBE_FLOOR_MS,
  turnTo,
  type Circumstances,
  type ProbeHistory,
  type WatchedSide,
} from "./probe-history.ts"
import { Prober, type Probe } from "./prober.ts"
import type { ProbeSample } from "./probe-sample.ts"

/** The engine that serves, as far as the monitor looks at it. */
export interface WatchedEngine {
  readonly server: Way
  /** How long the statement that has waited longest for its answer has waited, in milliseconds; 0 where none does. */
  longestWaitMs(): number
}

/** What the monitor cannot know by itself. */
export interface WatchDetails {
  /** What serves, while the primary does. */
  readonly engine?: WatchedEngine
  /** Has the fallback taken no write yet? Then one good probe ends the outage. Default false. */
  readonly writesHeld?: boolean
  /** Do writes wait to be handed back by now? Then it does not sleep. Default: none do. */
  readonly staysAwake?: () => boolean
}

/** Who is told. */
export interface MonitorHandlers {
  /** The primary is lost; from now on the monitor watches whether it is back. */
  lost(why: Finding): void
  /** The primary is back; from now on the monitor watches whether it is lost. */
  back(): void
  /** A probe that counts has come to its end. Told before what it means. */
  probed(sample: ProbeSample): void
}

/** What a monitor works with. */
export interface MonitorOptions {
  readonly postgres: PostgresOptions
  readonly redact: Redactor
  readonly clock?: Clock
  /** From 0 to 1, spreads the probes of many instances. */
  readonly random?: () => number
}

/** A statement without an answer for so long is a reason to probe. Milliseconds. */
const STALL_MS = 500
const STALL_CHECK_MS = 100
/** After so long without a session the primary is left alone: a free database is kept awake by every query. */
const SLEEP_AFTER_MS = 60_000

/** Watches the primary by probes of its own, never two at once. What they mean is decided in `probe-history`. */
export class Monitor {
  readonly #handlers: MonitorHandlers
  readonly #clock: Clock
  readonly #random: () => number
  readonly #prober: Prober
  #state: "new" | "awake" | "asleep" | "closed" = "new"
  #history: ProbeHistory = emptyHistory("serving")
  #details: WatchDetails = {}
  /** Aborted when nobody wants the running probe's answer any more; undefined while none runs. */
  #probing: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #stallTimer: NodeJS.Timeout | undefined
  /** When the next probe begins; not before the end of the one that runs. */
  #dueMs = Infinity
  #beganMs = -Infinity
  #usedMs = -Infinity
  /** Was there a sign of trouble since the last probe began? */
  #isSuspected = false
  #suspicionBeganMs = -Infinity
  #lastSample: ProbeSample | null = null

  constructor(options: MonitorOptions, handlers: MonitorHandlers) {
    this.#handlers = handlers
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
    this.#prober = new Prober({ ...options, clock: this.#clock, broken: () => this.suspect() })
  }

  /** The last probe that counted. */
  get lastSample(): ProbeSample | null {
    return this.#lastSample
  }

  /** What is worth a warning while the primary answers. */
  get findings(): readonly Finding[] {
    const { clockFinding } = this.#prober
    return clockFinding === null ? [] : [clockFinding]
  }

  get isAsleep(): boolean {
    return this.#state === "asleep"
  }

  /** Watches for this from now on; the first time it begins to probe, at once. */
  watch(side: WatchedSide, details: WatchDetails = {}): void {
    if (this.#state === "new") this.start(side, details)
    else this.becomes(side, details)
  }

  /** Begins, with a probe at once. */
  start(side: WatchedSide, details: WatchDetails = {}): void {
    if (this.#state !== "new") return
    this.#state = "awake"
    this.#usedMs = this.#clock.monotonicMs()
    this.#stallTimer = setInterval(() => this.#checkStall(), STALL_CHECK_MS).unref()
    this.#watch(emptyHistory(side), details)
  }

  /** Tells what is to be watched for. Where that is what is watched for already, only the details are new. */
  becomes(side: WatchedSide, details: WatchDetails = {}): void {
    if (this.#state === "closed" || this.#state === "new") return
    if (side !== this.#history.side) return this.#watch(turnTo(side, this.#history), details)
    this.#setDetails(details)
    // It may not have to wait as long as it was to.
    if (this.#dueMs !== Infinity) this.#plan(Math.min(this.#dueMs, this.#afterPause()))
  }

  /** A session has met an error that may mean that the primary is away: it is asked now, on a new connection. */
  suspect(): void {
    if (this.#state === "asleep") this.used()
    if (this.#state !== "awake" || this.#history.side === "away") return
    this.#isSuspected = true
    if (this.#probing === undefined) this.#planConfirmation()
  }

  /** A session asks for the database. */
  used(): void {
    this.#usedMs = this.#clock.monotonicMs()
    if (this.#state === "asleep") this.#wake()
  }

  #wake(): void {
    this.#state = "awake"
    this.#plan(this.#clock.monotonicMs())
  }

  /** Leaves the primary alone until it is used again. */
  sleep(): void {
    if (this.#state !== "awake") return
    this.#state = "asleep"
    this.#rest()
  }

  /** Ends it: nothing is told any more. */
  close(): void {
    this.#state = "closed"
    clearInterval(this.#stallTimer)
    this.#rest()
  }

  #rest(): void {
    this.#isSuspected = false
    this.#plan(Infinity)
    this.#probing?.abort()
    this.#prober.rest()
  }

  #watch(history: ProbeHistory, details: WatchDetails): void {
    this.#history = history
    this.#isSuspected = false
    this.#setDetails(details)
    this.#probing?.abort()
    if (this.#state === "awake") this.#plan(this.#clock.monotonicMs())
  }

  #setDetails(details: WatchDetails): void {
    this.#details = details
    if (this.#state === "asleep" && details.staysAwake?.() === true) this.#wake()
    this.#prober.aimAt(details.engine?.server)
  }

  #checkStall(): void {
    if (this.#state !== "awake" || this.#probing !== undefined) return
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#beganMs < PROBE_FLOOR_MS) return
    if ((this.#details.engine?.longestWaitMs() ?? 0) >= STALL_MS) this.#plan(nowMs)
  }

  #plan(dueMs: number): void {
    this.#dueMs = dueMs
    clearTimeout(this.#timer)
    if (dueMs === Infinity || this.#probing !== undefined) return
    this.#timer = setTimeout(() => void this.#probe(), Math.max(0, dueMs - this.#clock.monotonicMs())).unref()
  }

  /** At once, but for a storm of suspicions. */
  #planConfirmation(): void {
    const soonestMs = Math.max(this.#clock.monotonicMs(), this.#suspicionBeganMs + PROBE_FLOOR_MS)
    if (soonestMs < this.#dueMs) this.#plan(soonestMs)
  }

  async #probe(): Promise<void> {
    this.#beganMs = this.#clock.monotonicMs()
    if (this.#beganMs - this.#usedMs > SLEEP_AFTER_MS && this.#details.staysAwake?.() !== true)
      return this.sleep()
    const isSuspicion = this.#isSuspected
    this.#isSuspected = false
    if (isSuspicion) this.#suspicionBeganMs = this.#beganMs
    const keep = this.#history.side === "serving"
    const probing = new AbortController()
    this.#probing = probing
    this.#dueMs = Infinity
    const probe = await this.#prober.probe({ fresh: isSuspicion || !keep, keep }, probing.signal)
    this.#probing = undefined
    if (probing.signal.aborted) return this.#plan(this.#dueMs)
    this.#learn(probe, isSuspicion)
    if (this.#state !== "awake" || this.#dueMs !== Infinity) return
    this.#plan(this.#afterPause())
    if (this.#isSuspected) this.#planConfirmation()
  }

  #learn({ outcome, sample, why, isFresh }: Probe, isSuspicion: boolean): void {
    const atMs = this.#clock.monotonicMs()
    const suspected = isSuspicion || this.#isSuspected
    const { history, verdict } = judge(this.#history, { outcome, suspected, atMs }, this.#circumstances)
    this.#history = history
    // An answer on a new connection is newer than what was suspected meanwhile; what is void is no answer.
    if (isFresh || verdict !== null) this.#isSuspected = false
    else if (isSuspicion) this.#isSuspected = outcome === "void"
    if (verdict !== null) this.#setDetails({})
    if (outcome !== "void") {
      this.#lastSample = sample
      this.#handlers.probed(sample)
    }
    if (verdict === "lost" && why !== null) this.#handlers.lost(why)
    if (verdict === "back") this.#handlers.back()
  }

  get #circumstances(): Circumstances {
    return { writesHeld: this.#details.writesHeld ?? false }
  }

  /** When the next probe is to begin, by what the last ones have shown. */
  #afterPause(): number {
    const pauseMs = pauseAfter(this.#history, this.#circumstances, this.#random())
    return Math.max(this.#clock.monotonicMs(), this.#beganMs + pauseMs)
  }
}
