import { LONGEST_TIMER_MS } from "../base/abort.ts"
import type { Deadline, Deadlines } from "../base/deadlines.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"

/** The time that a session has, and the caller's signal: whichever comes first ends it. */
export class SessionLimit implements Deadline {
  readonly signal: AbortSignal | undefined
  /** Why it is over; undefined while it is not. */
  reason: unknown
  /** Called once when it is over. */
  onEnd: (() => void) | undefined
  readonly dueMs: number
  readonly #deadlines: Deadlines
  readonly #operation: string
  readonly #timeoutMs: number
  readonly #onAbort: (() => void) | undefined

  constructor(deadlines: Deadlines, operation: string, timeoutMs: number, signal: AbortSignal | undefined) {
    this.signal = signal
    this.#deadlines = deadlines
    this.#operation = operation
    this.#timeoutMs = timeoutMs
    if (!(timeoutMs > 0)) {
      const rule = "must be a number of milliseconds above 0"
      throw new UnderstudyError("UNDERSTUDY_INVALID_ARGUMENT", { argument: "timeoutMs", rule })
    }
    this.dueMs = performance.now() + timeoutMs
    deadlines.add(this)
    if (signal === undefined) return
    this.#onAbort = () => this.end(signal.reason)
    if (signal.aborted) this.end(signal.reason)
    else signal.addEventListener("abort", this.#onAbort, { once: true })
  }

  /** Milliseconds that are left, at least 1, and no more than a timer takes. */
  remainingMs(): number {
    return Math.min(LONGEST_TIMER_MS, Math.max(1, Math.ceil(this.dueMs - performance.now())))
  }

  /** Exact, where the watch over deadlines may be late. */
  throwIfOver(): void {
    if (this.reason === undefined && performance.now() >= this.dueMs) this.expire()
    if (this.reason !== undefined) throw this.reason
  }

  /** Settles as `running` does, or rejects when the limit is over, after `abandon` was called. */
  race<T>(running: Promise<T>, abandon: () => void): Promise<T> {
    if (this.reason !== undefined) abandon()
    return new Promise((resolve, reject) => {
      if (this.reason !== undefined) reject(this.reason as Error)
      this.onEnd = () => {
        abandon()
        reject(this.reason as Error)
      }
      running.then(resolve, reject)
    })
  }

  /** The session has ended: the limit holds no longer. */
  stop(): void {
    this.onEnd = undefined
    this.#deadlines.delete(this)
    if (this.#onAbort !== undefined) this.signal?.removeEventListener("abort", this.#onAbort)
  }

  /** Its time is over; with a reason, for that one. */
  expire(reason?: Error): void {
    const details = { operation: this.#operation, limitMs: this.#timeoutMs }
    this.end(reason ?? new UnderstudyError("UNDERSTUDY_TIMEOUT", details, { applied: "no" }))
  }

  /** It is over now, for this reason. */
  end(reason: unknown): void {
    this.reason ??= reason
    this.onEnd?.()
    this.onEnd = undefined
  }
}
