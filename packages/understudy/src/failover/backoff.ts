import { delay } from "../base/abort.ts"

/** In milliseconds. */
const FIRST_MS = 1_000
const LONGEST_MS = 60_000

/** Pauses between tries of which nothing comes: each twice as long as the one before, up to a limit. */
export class Backoff {
  #pauseMs = FIRST_MS
  #dueMs = 0

  failed(): void {
    this.#dueMs = performance.now() + this.#pauseMs
    this.#pauseMs = Math.min(LONGEST_MS, this.#pauseMs * 2)
  }

  succeeded(): void {
    this.#dueMs = 0
    this.#pauseMs = FIRST_MS
  }

  /** Waits until it may be tried again; at most until the signal is aborted. */
  async untilDue(signal: AbortSignal): Promise<void> {
    const waitMs = this.#dueMs - performance.now()
    if (waitMs > 0) await delay(waitMs, signal).catch(() => {})
  }
}
