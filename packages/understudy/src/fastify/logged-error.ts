import type { Redactor } from "../base/redact.ts"

/** An error as it may be logged: no secret of the settings in it, and no field that a driver put there. */
export interface LoggedError {
  readonly type: string
  readonly message: string
  readonly code?: string
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
    ...(error.stack === undefined ? {} : { stack: redact(error.stack) }),
  }
}
