import { withDeadline } from "../base/abort.ts"
import { systemClock, type Clock } from "../base/clock.ts"
import type { Redactor } from "../base/redact.ts"
import { finding, type Finding, type FindingCode } from "../errors/finding.ts"
import { detailOf, diagnose } from "../engine/postgres/diagnose.ts"
import type { Way } from "../engine/postgres/dial.ts"
import type { PostgresOptions } from "../engine/postgres/options.ts"
import { ProbeConnection, type ProbeAnswer } from "../engine/postgres/probe-connection.ts"
import { describeEndpoint } from "../url/render.ts"
import { OwnLateness } from "./own-lateness.ts"
import {
  emptyHistory,
  judge,
  pauseAfter,
  PROBE_FLOOR_MS,
  turnTo,
  type ProbeHistory,
  type WatchedSide,
} from "./probe-history.ts"
import { outcomeOf } from "./probe-outcome.ts"

/** A probe as people see it. */
export interface ProbeSample {
  readonly at: Date
  readonly ok: boolean
  readonly tookMs: number
  /** Why it failed; null where it did not. */
  readonly reason: FindingCode | null
  /** How far the server's clock is ahead of this machine's; null where it did not tell. */
  readonly clockOffsetMs: number | null
}

/** The engine that serves, as far as the monitor looks at it. */
export interface WatchedEngine {
  readonly server: Way
  /** How long the query that has waited longest for its answer has waited; 0 where none does. */
  longestWaitMs(): number
}

/** What the monitor cannot know by itself. */
export interface WatchDetails {
  /** What serves, while it does. */
  readonly engine?: WatchedEngine
  /** Has the fallback taken no write yet? Then one good probe ends the outage. Default false. */
  readonly writesHeld?: boolean
  /** Writes wait to be handed back: the monitor does not sleep. Default false. */
  readonly staysAwake?: boolean
}

/** Who is told. */
export interface MonitorHandlers {
  /** The primary is lost; from now on the monitor watches whether it is back. */
  lost(why: Finding): void
  /** The primary is back; from now on the monitor watches whether it is lost. */
  back(): void
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

/** A little less than a second, so that with what we need ourselves a probe takes no longer. Milliseconds. */
const DEADLINE_MS = 900
/** A server to which connecting takes so many times longer than before is silent. */
const DIAL_PATIENCE = 4
const STALL_MS = 500
const STALL_CHECK_MS = 100
/** After so long without a session the primary is left alone: a free database is kept awake by every query. */
const SLEEP_AFTER_MS = 60_000
/** A difference of clocks that is told. */
const OFFSET_MS = 1_000

/** Watches the primary by probes of its own. What they mean is decided in `probe-history`. */
export class Monitor {
  readonly #options: MonitorOptions
  readonly #handlers: MonitorHandlers
  readonly #clock: Clock
  readonly #connection: ProbeConnection
  #history: ProbeHistory = emptyHistory("serving")
  #details: WatchDetails = {}
  /** Aborted when nobody wants the running probe's answer any more; undefined while none runs. */
  #probing: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #stallTimer: NodeJS.Timeout | undefined
  #dueMs = Infinity
  #begunMs = -Infinity
  #suspected = false
  #suspicionBegunMs = -Infinity
  #usedMs = -Infinity
  #state: "new" | "awake" | "asleep" | "closed" = "new"
  /** How long the last connection took to make. */
  #dialMs: number | undefined
  #lastSample: ProbeSample | null = null

  constructor(options: MonitorOptions, handlers: MonitorHandlers) {
    this.#options = options
    this.#handlers = handlers
    this.#clock = options.clock ?? systemClock
    this.#connection = new ProbeConnection(options.postgres, () => this.suspect())
  }

  /** The last probe that counted. */
  get lastSample(): ProbeSample | null {
    return this.#lastSample
  }

  /** What is wrong besides that the primary is lost: clocks that differ. */
  get findings(): readonly Finding[] {
    const offsetMs = this.#lastSample?.clockOffsetMs ?? 0
    // Half of what the question took is in doubt.
    if (Math.abs(offsetMs) - (this.#lastSample?.tookMs ?? 0) / 2 < OFFSET_MS) return []
    const offset = `${(Math.abs(offsetMs) / 1_000).toFixed(1)} s ${offsetMs > 0 ? "ahead of" : "behind"}`
    return [finding("primary.clock-offset", { endpoint: this.#endpoint, offset })]
  }

  get isAsleep(): boolean {
    return this.#state === "asleep"
  }

  /** Watches for this from now on; the first time it begins to probe, at once. */
  watch(side: WatchedSide, details: WatchDetails = {}): void {
    if (this.#state === "new") this.start(side, details)
    else this.becomes(side, details)
  }

  /** Begins to probe: at once. */
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
    if (this.#dueMs === Infinity || this.#probing !== undefined) return
    this.#plan(Math.min(this.#dueMs, this.#clock.monotonicMs() + this.#pauseMs()))
  }

  /** A session has met an error that may mean that the primary is away: it is asked now, on a new connection. */
  suspect(): void {
    if (this.#state === "asleep") this.used()
    if (this.#state !== "awake" || this.#history.side === "away") return
    this.#suspected = true
    if (this.#probing === undefined) this.#planSuspicion()
  }

  /** A session asks for the database. */
  used(): void {
    this.#usedMs = this.#clock.monotonicMs()
    if (this.#state !== "asleep") return
    this.#state = "awake"
    this.#plan(this.#usedMs)
  }

  /** Leaves the primary alone until it is used again. */
  sleep(): void {
    if (this.#state !== "awake") return
    this.#state = "asleep"
    this.#quiet()
  }

  close(): void {
    this.#state = "closed"
    clearInterval(this.#stallTimer)
    this.#quiet()
  }

  get #endpoint(): string {
    return describeEndpoint(this.#options.postgres.parts)
  }

  #quiet(): void {
    this.#suspected = false
    this.#plan(Infinity)
    this.#probing?.abort()
    this.#connection.close()
  }

  #watch(history: ProbeHistory, details: WatchDetails): void {
    this.#history = history
    this.#suspected = false
    this.#setDetails(details)
    this.#probing?.abort()
    if (this.#state === "awake") this.#plan(this.#clock.monotonicMs())
  }

  #setDetails(details: WatchDetails): void {
    this.#details = details
    this.#connection.aimAt(details.engine?.server)
  }

  /** What was said for the other side does not hold any more. */
  #forget(): void {
    this.#suspected = false
    this.#setDetails({})
  }

  #checkStall(): void {
    if (this.#state !== "awake" || this.#history.side === "away") return
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#begunMs < PROBE_FLOOR_MS || this.#probing !== undefined) return
    if ((this.#details.engine?.longestWaitMs() ?? 0) >= STALL_MS) this.#plan(nowMs)
  }

  #plan(dueMs: number): void {
    this.#dueMs = dueMs
    clearTimeout(this.#timer)
    if (dueMs === Infinity || this.#probing !== undefined) return
    const waitMs = Math.max(0, dueMs - this.#clock.monotonicMs())
    this.#timer = setTimeout(() => void this.#probe(), waitMs).unref()
  }

  #planSuspicion(): void {
    const soonestMs = Math.max(this.#clock.monotonicMs(), this.#suspicionBegunMs + PROBE_FLOOR_MS)
    if (soonestMs < this.#dueMs) this.#plan(soonestMs)
  }

  async #probe(): Promise<void> {
    const beganMs = this.#clock.monotonicMs()
    const { staysAwake = false } = this.#details
    if (beganMs - this.#usedMs > SLEEP_AFTER_MS && !staysAwake) return this.sleep()
    const isSuspicion = this.#suspected
    this.#suspected = false
    this.#begunMs = beganMs
    if (isSuspicion) this.#suspicionBegunMs = beganMs
    const probing = new AbortController()
    this.#probing = probing
    this.#dueMs = Infinity
    const lateness = new OwnLateness(this.#clock)
    const answer = await this.#ask(isSuspicion, probing.signal).catch((error: unknown) => ({ error }))
    const isLate = lateness.end()
    this.#probing = undefined
    if (probing.signal.aborted) return this.#plan(this.#dueMs)
    this.#learn(beganMs, isLate, isSuspicion, answer)
  }

  #ask(isSuspicion: boolean, signal: AbortSignal): Promise<ProbeAnswer> {
    const isServing = this.#history.side === "serving"
    const wishes = { fresh: isSuspicion || !isServing, keep: isServing }
    const isKept = this.#connection.isOpen && !wishes.fresh
    return withDeadline(
      { signal, timeoutMs: isKept ? DEADLINE_MS : this.#dialLimitMs() },
      () => new DOMException("the primary did not answer in time", "TimeoutError"),
      (limit) => this.#connection.ask(wishes, limit),
    )
  }

  /** Where nothing hangs on it, and for a server that is far away, connecting may take its time. */
  #dialLimitMs(): number {
    const { connectTimeoutMs } = this.#options.postgres
    const usualMs = this.#history.side === "away" ? Infinity : (this.#dialMs ?? Infinity) * DIAL_PATIENCE
    return Math.max(DEADLINE_MS, Math.min(connectTimeoutMs, usualMs))
  }

  #learn(
    beganMs: number,
    isLate: boolean,
    isSuspicion: boolean,
    answer: ProbeAnswer | { readonly error: unknown },
  ): void {
    const atMs = this.#clock.monotonicMs()
    const at = this.#clock.now()
    const tookMs = atMs - beganMs
    const why = "error" in answer ? this.#why(answer.error, tookMs) : null
    const failed = why === null ? "good" : outcomeOf(why.code)
    const outcome = failed === "silent" && isLate ? "void" : failed
    const suspected = isSuspicion || this.#suspected
    const { history, verdict } = judge(this.#history, { outcome, suspected, atMs }, this.#circumstances)
    this.#history = history
    // The answer on a new connection is newer than what was suspected meanwhile; one that is void is no answer.
    if (isSuspicion) this.#suspected = outcome === "void"
    if (verdict !== null) this.#forget()
    if (!("error" in answer)) this.#dialMs = answer.dialMs ?? this.#dialMs
    if (outcome !== "void") {
      const clockOffsetMs = "error" in answer ? null : offsetOf(at, answer)
      this.#lastSample = { at, ok: why === null, tookMs, reason: why?.code ?? null, clockOffsetMs }
      this.#handlers.probed(this.#lastSample)
    }
    if (verdict === "lost" && why !== null) this.#handlers.lost(why)
    if (verdict === "back") this.#handlers.back()
    if (this.#state !== "awake") return
    this.#plan(this.#clock.monotonicMs() + this.#pauseMs())
    if (this.#suspected) this.#planSuspicion()
  }

  get #circumstances(): { readonly writesHeld: boolean } {
    return { writesHeld: this.#details.writesHeld ?? false }
  }

  #pauseMs(): number {
    return pauseAfter(this.#history, this.#circumstances, (this.#options.random ?? Math.random)())
  }

  #why(error: unknown, limitMs: number): Finding {
    return finding(diagnose(error), {
      endpoint: this.#endpoint,
      limitMs: Math.round(limitMs),
      detail: this.#options.redact(detailOf(error)),
    })
  }
}

/** By the middle of the question, which is when the server answered, as far as is known. */
function offsetOf(at: Date, { serverTimeMs, tookMs }: ProbeAnswer): number {
  return Math.round(serverTimeMs - (at.getTime() - tookMs / 2))
}
