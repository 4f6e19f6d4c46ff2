import { delay } from "../base/abort.ts"
import { classifyError } from "../errors/classify.ts"
import { DatabaseError } from "../errors/database-error.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import { isLost, lostTransaction } from "../engine/lost.ts"
import type { WriteOptions } from "./options.ts"
import type { SessionKind } from "./session-connection.ts"

const DEFAULT_ATTEMPTS = 5
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 500

/** SQLite's lock held by another process: the same remedy as for a serialization failure. */
const LOCK_NOT_AVAILABLE = "55P03"

function isContention(error: unknown): boolean {
  return (
    classifyError(error) === "contention" ||
    (error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE)
  )
}

/** A read that lost its engine is run again as long as it has time: each time another one may serve. */
function mayRunAgain(
  error: unknown,
  { access }: SessionKind,
  { rerun, maxAttempts = DEFAULT_ATTEMPTS }: WriteOptions,
  attempt: number,
): boolean {
  if (isLost(error) && access === "read") return true
  return attempt < maxAttempts && (isContention(error) || (isLost(error) && rerun === "any"))
}

/** The error that a caller gets when it is not run again. */
function finalError(error: unknown, { access }: SessionKind, attempts: number): unknown {
  if (isContention(error)) {
    const sqlstate = (error as DatabaseError).code
    return new UnderstudyError(
      "UNDERSTUDY_CONTENTION",
      { attempts, sqlstate },
      { cause: error, applied: "no" },
    )
  }
  return isLost(error) && !(error instanceof UnderstudyError)
    ? lostTransaction(access === "write", error)
    : error
}

/** One run of a session's function. */
export interface Run<T> {
  readonly result: Promise<T>
  /** Did an error come of the session's own connection? */
  threw(error: unknown): boolean
}

/**
 * Runs a function until it succeeds, fails for good, or has failed often enough; pauses grow, with jitter. What did not
 * come of its own connection is the function's affair, and goes to its caller as it is.
 */
export async function withRetry<T>(
  kind: SessionKind,
  options: WriteOptions,
  start: (attempt: number) => Run<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const run = start(attempt)
    try {
      return await run.result
    } catch (error) {
      if (!run.threw(error)) throw error
      // What is known of the write comes first: a limit that passed meanwhile changes nothing of it.
      if (!mayRunAgain(error, kind, options, attempt)) throw finalError(error, kind, attempt)
      kind.limit.throwIfOver()
      const longestMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt)
      await delay(
        Math.min(kind.limit.remainingMs(), longestMs * (0.5 + Math.random() / 2)),
        kind.limit.signal,
      )
    }
  }
}
