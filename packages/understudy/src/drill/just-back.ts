import type { Entered } from "./instance.ts"

/**
 * So long after its return a backend may have tables without a copy: of those with a parked row it is made anew, which the
 * primary's full disk can put off. Milliseconds.
 */
const COPY_LIMIT_MS = 10_000

/** Did the primary serve for so short a time, before it failed again, that not every table could be copied? Pure. */
export function isJustBack(states: readonly Entered[], atMs: number): boolean {
  const entered = states.filter((each) => each.atMs <= atMs)
  const place = entered.findLastIndex(({ state }) => state === "primary")
  const [back, left] = [entered[place], entered[place + 1]]
  return back !== undefined && left !== undefined && left.atMs - back.atMs < COPY_LIMIT_MS
}
