import type { Entered } from "./instance.ts"

/**
 * So long after its return a backend may have tables without a copy: of those with a parked row it is made anew, which the
 * primary's full disk can put off. Milliseconds.
 */
const COPY_LIMIT_MS = 10_000

/** After these states: did the primary serve last for so short a time that not every table could be copied? Pure. */
export function isJustBack(states: readonly Entered[]): boolean {
  const place = states.findLastIndex(({ state }) => state === "primary")
  const [back, left] = [states[place], states[place + 1]]
  return back !== undefined && left !== undefined && left.atMs - back.atMs < COPY_LIMIT_MS
}
