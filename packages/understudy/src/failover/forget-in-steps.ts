import { DatabaseSync } from "node:sqlite"
import { setTimeout as wait } from "node:timers/promises"
import { forgetReturned } from "../journal/local/pending.ts"

/** So many changes at once, and so long the service has for itself between two steps. */
const FORGOTTEN_AT_ONCE = 250
const PAUSE_MS = 2
/** Another program may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 1_000

/**
 * Forgets changes of a file that are handed back, in steps, between which the service goes on. Once the signal is aborted it forgets no
 * more: whoever opens the file next does.
 */
export async function forgetInSteps(file: string, signal: AbortSignal): Promise<void> {
  using database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  // Who closes the database waits for this: the timer keeps the process alive.
  while (!signal.aborted && forgetReturned(database, FORGOTTEN_AT_ONCE) > 0) await wait(PAUSE_MS)
}
