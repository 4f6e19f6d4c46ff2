import type { Clock } from "../base/clock.ts"

const TICK_MS = 50
/** A miss is void if our own event loop was later than that. Milliseconds. */
const LATE_MS = 200
/** The clock has jumped, as after a machine was halted, if it went on by so much more or less than time did. */
const JUMP_MS = 500

/** Watches, beside something that may fail, whether the fault could be our own. */
export class OwnLateness {
  readonly #clock: Clock
  readonly #timer: NodeJS.Timeout
  readonly #startMs: number
  readonly #startWallMs: number
  #tickedMs: number
  #lateMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startMs = clock.monotonicMs()
    this.#startWallMs = clock.now().getTime()
    this.#tickedMs = this.#startMs
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref()
  }

  #tick(): void {
    const nowMs = this.#clock.monotonicMs()
    this.#lateMs = Math.max(this.#lateMs, nowMs - this.#tickedMs - TICK_MS)
    this.#tickedMs = nowMs
  }

  /** Ends watching: was the event loop late, or has the clock jumped? */
  end(): boolean {
    clearInterval(this.#timer)
    this.#tick()
    const tookMs = this.#tickedMs - this.#startMs
    const jumpMs = Math.abs(this.#clock.now().getTime() - this.#startWallMs - tookMs)
    return this.#lateMs > LATE_MS || jumpMs > JUMP_MS
  }
}
