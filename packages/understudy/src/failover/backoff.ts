import { delay } from "../base/abort.ts"

/** Where nothing else is said, in milliseconds. */
const FIRST_MS = 1_000
const LONGEST_MS = 60_000

/** Pauses between tries of which nothing comes: each twice as long as the one before, up to a limit. */
export class Backoff {
  readonly #firstMs: number
  readonly #longestMs: number
  #pauseMs: number
  #dueMs = 0

  constructor(firstMs: number = FIRST_MS, longestMs: number = LONGEST_MS) {
    this.#firstMs = firstMs
    this.#longestMs = longestMs
    this.#pauseMs = firstMs
  }

  failed(): void {
    this.#dueMs = performance.now() + this.#pauseMs
    this.#pauseMs = Math.min(this.#longestMs, this.#pauseMs * 2)
  }

  succeeded(): void {
    this.#dueMs = 0
    this.#pauseMs = this.#firstMs
  }

  /** Waits until it may be tried again; at most until the signal is aborted. */
  async untilDue(signal: AbortSignal): Promise<void> {
    const waitMs = this.#dueMs - performance.now()
    if (waitMs > 0) await delay(waitMs, signal).catch(() => {})
  }
}
