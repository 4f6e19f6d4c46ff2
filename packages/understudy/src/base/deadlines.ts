/** Something whose time ends. */
export interface Deadline {
  /** When, on the monotonic clock of `performance.now()`. */
  readonly dueMs: number
  /** Called once, when it is due; with a reason where it is not its time that is over. */
  expire(reason?: Error): void
}

/** So often it is looked, and so late a deadline may be noticed. */
const TICK_MS = 100

/**
 * Watches over deadlines of which nearly all are met: one timer for all of them, since a timer for each would cost more
 * than the work it guards.
 */
export class Deadlines {
  readonly #pending = new Set<Deadline>()
  #timer: NodeJS.Timeout | undefined

  add(deadline: Deadline): void {
    this.#pending.add(deadline)
    this.#timer ??= setInterval(() => this.#look(), TICK_MS)
  }

  delete(deadline: Deadline): void {
    this.#pending.delete(deadline)
  }

  /** Nobody waits any longer: all of them end now, for this reason. */
  expireAll(reason: Error): void {
    this.#stop()
    for (const deadline of this.#pending) {
      this.#pending.delete(deadline)
      deadline.expire(reason)
    }
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    if (this.#pending.size === 0) return this.#stop()
    const now = performance.now()
    for (const deadline of this.#pending) {
      if (now < deadline.dueMs) continue
      this.#pending.delete(deadline)
      deadline.expire()
    }
  }
}
