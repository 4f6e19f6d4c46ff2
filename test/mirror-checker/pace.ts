/** So long a transaction waits for others at most. */
const LIMIT_MS = 2_000

/** Counts commits, and lets transactions wait for them. */
export class Pace {
  #committed = 0
  #isHurried = false
  readonly #waiting = new Set<() => void>()

  /** Another transaction has committed. */
  committed(): void {
    this.#committed += 1
    this.#wake()
  }

  /** Nothing waits any more, until it is said otherwise. */
  hurry(isHurried: boolean): void {
    this.#isHurried = isHurried
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }

  /** Resolves when so many others have committed, when it is hurried, or after two seconds. */
  async othersCommitted(count: number): Promise<void> {
    const goal = this.#committed + count
    const until = performance.now() + LIMIT_MS
    while (this.#committed < goal && !this.#isHurried && performance.now() < until) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const late = setTimeout(resolve, LIMIT_MS)
      this.#waiting.add(resolve)
      await promise
      this.#waiting.delete(resolve)
      clearTimeout(late)
    }
  }
}
