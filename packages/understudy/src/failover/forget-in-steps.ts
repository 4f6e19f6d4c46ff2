import { setTimeout as wait } from "node:timers/promises"

/** So many changes at once, and so long the service has for itself between two steps. */
const FORGOTTEN_AT_ONCE = 250
const PAUSE_MS = 2

/** Forgets changes that are handed back, in steps, between which the service goes on. `forget` tells how many it has forgotten. */
export async function forgetInSteps(forget: (most: number) => number | Promise<number>): Promise<void> {
  // Who closes the database waits for this: the timer keeps the process alive.
  while ((await forget(FORGOTTEN_AT_ONCE)) > 0) await wait(PAUSE_MS)
}
