import type { Redactor } from "../base/redact.ts"
import { isUnderstudyError } from "../errors/understudy-error.ts"

/** An error as it may be logged: no secret of the settings in it, and no field that a driver put there. */
export interface LoggedError {
  readonly type: string
  readonly message: string
  readonly code?: string
  /** What to do, where the catalogue knows it. */
  readonly remedy?: string
  readonly stack?: string
}

/** What the log may hold of a thrown value. */
export function loggedError(error: unknown, redact: Redactor): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: "Not an Error was thrown." }
  const code = (error as { code?: unknown }).code
  return {
    type: error.name,
    message: redact(error.message),
    ...(typeof code === "string" ? { code } : {}),
    ...(isUnderstudyError(error) ? { remedy: redact(error.remedy) } : {}),
    ...(error.stack === undefined ? {} : { stack: redact(error.stack) }),
  }
}
