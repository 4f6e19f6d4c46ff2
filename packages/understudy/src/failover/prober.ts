import type { ProbeSample } from "./probe-sample.ts"
import { withDeadline } from "../base/abort.ts"
import type { Clock } from "../base/clock.ts"
import type { Redactor } from "../base/redact.ts"
import { finding, type Finding } from "../errors/finding.ts"
import { detailOf, diagnose } from "../engine/postgres/diagnose.ts"
import type { Way } from "../engine/postgres/dial.ts"
import type { PostgresOptions } from "../engine/postgres/options.ts"
import { ProbeConnection, type ProbeAnswer, type ProbeWishes } from "../engine/postgres/probe-connection.ts"
import { describeEndpoint } from "../url/render.ts"
import { OwnLateness } from "./own-lateness.ts"
import { outcomeOf, type ProbeOutcome } from "./probe-outcome.ts"

/** A probe that has come to its end. */
export interface Probe {
  readonly sample: ProbeSample
  readonly outcome: ProbeOutcome
  /** Why it failed; null where it did not. */
  readonly why: Finding | null
  /** Did it answer on a new connection? */
  readonly isFresh: boolean
}

/** What a prober works with. */
export interface ProberOptions {
  readonly postgres: PostgresOptions
  readonly redact: Redactor
  readonly clock: Clock
  /** Told when the connection on which it asks is lost. */
  broken(): void
}

/** A little less than a second, so that with what we need ourselves a probe takes no longer. Milliseconds. */
const DEADLINE_MS = 900
/** A server to which connecting takes so many times longer than before is silent. */
const DIAL_PATIENCE = 4
/** A difference of clocks that is told. */
const OFFSET_MS = 1_000

/** Makes one probe at a time, with a deadline that holds whatever happens. */
export class Prober {
  readonly #options: ProberOptions
  readonly #connection: ProbeConnection
  /** How long the last connection took to make. */
  #dialMs = Infinity
  #clockOffsetMs = 0

  constructor(options: ProberOptions) {
    this.#options = options
    this.#connection = new ProbeConnection(options.postgres, () => options.broken())
  }

  /** Of several hosts of the URL, only this one is asked from now on; undefined: all of them in their order. */
  aimAt(server: Way | undefined): void {
    this.#connection.aimAt(server)
  }

  /** Closes the connection; the next probe opens another one. */
  rest(): void {
    this.#connection.close()
  }

  /** Told while the clocks differ. No decision hangs on it. */
  get clockFinding(): Finding | null {
    const offsetMs = this.#clockOffsetMs
    if (Math.abs(offsetMs) < OFFSET_MS) return null
    const offset = `${(Math.abs(offsetMs) / 1_000).toFixed(1)} s ${offsetMs > 0 ? "ahead of" : "behind"}`
    return finding("primary.clock-offset", { endpoint: this.#endpoint, offset })
  }

  /** Never rejects. What the signal has aborted has no meaning. */
  async probe(wishes: ProbeWishes, signal: AbortSignal): Promise<Probe> {
    const { clock } = this.#options
    const lateness = new OwnLateness(clock)
    const startMs = clock.monotonicMs()
    const answer = await this.#ask(wishes, signal).catch((error: unknown) => ({ error }))
    const isLate = lateness.end()
    const sample = { at: clock.now(), tookMs: clock.monotonicMs() - startMs }
    return "error" in answer ? this.#failed(answer.error, isLate, sample) : this.#good(answer, sample)
  }

  #good(answer: ProbeAnswer, { at, tookMs }: Pick<ProbeSample, "at" | "tookMs">): Probe {
    // The server answered in the middle of the question, as far as is known; half of its time is in doubt.
    const clockOffsetMs = Math.round(answer.serverTimeMs - (at.getTime() - answer.tookMs / 2))
    this.#clockOffsetMs = Math.abs(clockOffsetMs) > answer.tookMs / 2 ? clockOffsetMs : 0
    this.#dialMs = answer.dialMs ?? this.#dialMs
    const sample = { at, ok: true, tookMs, reason: null, clockOffsetMs }
    return { sample, outcome: "good", why: null, isFresh: answer.dialMs !== null }
  }

  #failed(error: unknown, isLate: boolean, { at, tookMs }: Pick<ProbeSample, "at" | "tookMs">): Probe {
    const why = finding(diagnose(error), {
      endpoint: this.#endpoint,
      limitMs: Math.round(tookMs),
      detail: this.#options.redact(detailOf(error)),
    })
    const outcome = outcomeOf(why.code)
    return {
      sample: { at, ok: false, tookMs, reason: why.code, clockOffsetMs: null },
      outcome: outcome === "silent" && isLate ? "void" : outcome,
      why,
      isFresh: false,
    }
  }

  #ask(wishes: ProbeWishes, signal: AbortSignal): Promise<ProbeAnswer> {
    const isKept = this.#connection.isOpen && !wishes.fresh
    return withDeadline(
      { signal, timeoutMs: isKept ? DEADLINE_MS : this.#dialLimitMs(wishes) },
      () => new DOMException("the primary did not answer in time", "TimeoutError"),
      (limit) => this.#connection.ask(wishes, limit),
    )
  }

  /** Connecting may take its time where nothing hangs on it, which is where no connection is kept, and where it always has. */
  #dialLimitMs({ keep }: ProbeWishes): number {
    const usualMs = keep ? this.#dialMs * DIAL_PATIENCE : Infinity
    return Math.max(DEADLINE_MS, Math.min(this.#options.postgres.connectTimeoutMs, usualMs))
  }

  get #endpoint(): string {
    return describeEndpoint(this.#options.postgres.parts)
  }
}
