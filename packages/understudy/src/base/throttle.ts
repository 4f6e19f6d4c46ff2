import { delay } from "./abort.ts"

/** Keeps long work from taking the machine for itself: after so much work, a pause. */
export class Throttle {
  readonly #workMs: number
  readonly #pauseMs: number
  readonly #signal: AbortSignal
  #since = performance.now()

  constructor(workMs: number, pauseMs: number, signal: AbortSignal) {
    this.#workMs = workMs
    this.#pauseMs = pauseMs
    this.#signal = signal
  }

  /** Waits where it is time for a pause. Rejects where the work is to end. */
  async pause(): Promise<void> {
    this.#signal.throwIfAborted()
    if (performance.now() - this.#since < this.#workMs) return
    await delay(this.#pauseMs, this.#signal)
    this.#since = performance.now()
  }
}
