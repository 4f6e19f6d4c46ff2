import { isSuspicious } from "../errors/classify.ts"
import { isUnderstudyError, UnderstudyError } from "../errors/understudy-error.ts"
import type { EngineQuery } from "./contract.ts"
import { EngineRetired } from "./engine-retired.ts"
import { describeQuery } from "./query-kind.ts"

/** Has the engine refused because it serves no longer? Then nothing was sent. */
export function isGone(error: unknown): boolean {
  return error instanceof EngineRetired || isUnderstudyError(error, "UNDERSTUDY_CLOSED")
}

/**
 * Was the engine lost, or the connection to it, with nothing of a transaction applied? A login that is refused is such a
 * loss: a session does not choose when the pool needs another connection.
 */
export function isLost(error: unknown): boolean {
  if (isSuspicious(error) || isGone(error)) return true
  if (isUnderstudyError(error, "UNDERSTUDY_CONNECTION_LOST")) return true
  return isUnderstudyError(error, "UNDERSTUDY_UNAVAILABLE") && isSuspicious(error.cause)
}

/** No database could be had: nothing was sent. */
export function unavailable(cause: unknown, reason = "no connection could be had"): UnderstudyError {
  return new UnderstudyError("UNDERSTUDY_UNAVAILABLE", { reason }, { cause, applied: "no" })
}

/** What a transaction ends with that was cut before its COMMIT was sent. */
export function lostTransaction(writes: boolean, cause: unknown): UnderstudyError {
  return writes
    ? new UnderstudyError("UNDERSTUDY_CONNECTION_LOST", {}, { cause, applied: "no" })
    : unavailable(cause, "the connection was lost")
}

/** What a statement in autocommit ends with that was sent, and may have written. */
export function unknownOutcome({ query }: EngineQuery, cause: unknown): UnderstudyError {
  const details = { phase: "a statement ran", detail: `the ${describeQuery(query)} ran in autocommit` }
  return new UnderstudyError("UNDERSTUDY_COMMIT_UNKNOWN", details, { cause, applied: "unknown" })
}
