interface Waiter {
  readonly enter: (release: () => void) => void
  readonly refuse: (reason: Error) => void
}

/** Lets at most so many in at a time, fairly: whoever asks first goes first. With one place it is a lock. */
export class Semaphore {
  #free: number
  readonly #waiting = new Set<Waiter>()

  constructor(places: number) {
    this.#free = places
  }

  /** Enters at once if there is a place; undefined if there is none. The function leaves, once. */
  tryAcquire(): (() => void) | undefined {
    if (this.#free === 0) return undefined
    this.#free -= 1
    return this.#releaser()
  }

  /** Waits for a place; gives the function that leaves it. Rejects with the signal's reason. */
  acquire(signal?: AbortSignal): Promise<() => void> {
    const release = this.tryAcquire()
    if (release !== undefined) return Promise.resolve(release)
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(waiter)
        reject(signal?.reason as Error)
      }
      const waiter: Waiter = {
        enter: (given) => {
          signal?.removeEventListener("abort", onAbort)
          resolve(given)
        },
        refuse: (reason) => {
          signal?.removeEventListener("abort", onAbort)
          reject(reason)
        },
      }
      this.#waiting.add(waiter)
      signal?.addEventListener("abort", onAbort, { once: true })
    })
  }

  /** Whoever waits now waits no longer, and gets this instead of a place. */
  refuseWaiting(reason: Error): void {
    for (const waiter of this.#waiting) waiter.refuse(reason)
    this.#waiting.clear()
  }

  #releaser(): () => void {
    let left = false
    return () => {
      if (left) return
      left = true
      const [next] = this.#waiting
      if (next === undefined) {
        this.#free += 1
        return
      }
      this.#waiting.delete(next)
      next.enter(this.#releaser())
    }
  }
}
