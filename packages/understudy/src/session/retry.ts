import { delay } from "../base/abort.ts"
import { classifyError } from "../errors/classify.ts"
import { DatabaseError } from "../errors/database-error.ts"
import { isUnderstudyError, UnderstudyError } from "../errors/understudy-error.ts"

/** How a function is run again. */
export interface RetryPolicy {
  readonly access: "read" | "write"
  readonly maxAttempts: number
  /** Run a write again that was cut off before COMMIT was sent? */
  readonly rerunWrites: boolean
  readonly signal: AbortSignal
  /** 0 to 1, evenly spread. */
  random(): number
}

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

/** Was the connection lost where nothing can have been applied? */
function isLostBeforeCommit(error: unknown): boolean {
  return classifyError(error) === "connection" || isUnderstudyError(error, "UNDERSTUDY_CONNECTION_LOST")
}

function mayRunAgain(error: unknown, policy: RetryPolicy): boolean {
  if (isContention(error)) return true
  return isLostBeforeCommit(error) && (policy.access === "read" || policy.rerunWrites)
}

/** The error that a caller gets when it is not run again. */
function finalError(error: unknown, policy: RetryPolicy, attempts: number): unknown {
  if (isContention(error)) {
    const sqlstate = (error as DatabaseError).code
    return new UnderstudyError(
      "UNDERSTUDY_CONTENTION",
      { attempts, sqlstate },
      { cause: error, applied: "no" },
    )
  }
  if (classifyError(error) !== "connection") return error
  if (policy.access === "write")
    return new UnderstudyError("UNDERSTUDY_CONNECTION_LOST", {}, { cause: error, applied: "no" })
  return new UnderstudyError(
    "UNDERSTUDY_UNAVAILABLE",
    { reason: "the connection was lost" },
    { cause: error },
  )
}

/** Runs a function until it succeeds, fails for good, or has failed often enough; pauses grow, with jitter. */
export async function withRetry<T>(policy: RetryPolicy, run: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run(attempt)
    } catch (error) {
      policy.signal.throwIfAborted()
      if (attempt >= policy.maxAttempts || !mayRunAgain(error, policy))
        throw finalError(error, policy, attempt)
      const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt)
      await delay(longest * (0.5 + policy.random() / 2), policy.signal)
    }
  }
}
