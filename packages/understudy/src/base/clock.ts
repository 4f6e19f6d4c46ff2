/** Time, passed in so that a test can own it. Durations are monotonic; dates are for people. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonicMs(): number
  /** The wall clock. */
  now(): Date
}

/** The machine's own clock. */
export const systemClock: Clock = { monotonicMs: () => performance.now(), now: () => new Date() }
