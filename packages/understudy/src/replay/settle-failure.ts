import { classifyError } from "../errors/classify.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import { SettleError } from "./settle.ts"
import { settleProblem } from "./settle-problem.ts"

/** How far it came. */
export interface SettleAttempt {
  /** The parked transaction. */
  readonly id: string
  /** Was COMMIT sent? */
  readonly isCommitting: boolean
  /** Was its time over? */
  readonly isOver: boolean
  /** How long that was. Milliseconds. */
  readonly limitMs: number
  /** The error in words, without a secret. */
  readonly detail: string
}

/** SQLSTATEs: somebody else holds the rows. */
const CONTENTION: ReadonlySet<unknown> = new Set(["40001", "40P01", "55P03"])

/**
 * What the catalogue says of an error by which settling ended; undefined where the connection was lost before COMMIT was
 * sent, or it is the primary's refusal. After that nobody knows whether it was applied.
 */
export function settleFailure(
  error: unknown,
  { id, isCommitting, isOver, limitMs, detail }: SettleAttempt,
): UnderstudyError | undefined {
  if (error instanceof SettleError) return settleProblem(id, error)
  const { code } = error as { readonly code?: unknown }
  if (CONTENTION.has(code))
    return new UnderstudyError(
      "UNDERSTUDY_CONTENTION",
      { attempts: 1, sqlstate: String(code) },
      { cause: error, applied: "no" },
    )
  if (!isCommitting && isOver) {
    const details = { operation: "Settling what is parked", limitMs }
    return new UnderstudyError("UNDERSTUDY_TIMEOUT", details, { cause: error, applied: "no" })
  }
  if (!isCommitting || (!isOver && classifyError(error) !== "connection")) return undefined
  return new UnderstudyError(
    "UNDERSTUDY_COMMIT_UNKNOWN",
    { phase: "a parked transaction was settled", detail },
    { cause: error, applied: "unknown" },
  )
}
