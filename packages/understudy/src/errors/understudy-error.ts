import { ERRORS, type Actor, type ErrorCode } from "./error-catalogue.ts"
import { docsLink, fillTemplate, type Details } from "./template.ts"

/** Whether the write that failed was applied. */
export type Applied = "no" | "yes" | "unknown"

/** An error of the catalogue: what happened, what to do, who does it. */
export class UnderstudyError extends Error {
  override readonly name = "UnderstudyError"
  readonly code: ErrorCode
  /** Generic text, fit for an HTTP client. */
  readonly title: string
  readonly remedy: string
  readonly actor: Actor
  readonly httpStatus: number
  readonly exitCode: number
  readonly docs: string
  /** Set where a write was under way. */
  readonly applied?: Applied

  constructor(code: ErrorCode, details: Details = {}, options: { cause?: unknown; applied?: Applied } = {}) {
    const entry = ERRORS[code]
    super(fillTemplate(entry.message, details), options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.title = entry.title
    this.remedy = fillTemplate(entry.remedy, details)
    this.actor = entry.actor
    this.httpStatus = entry.httpStatus
    this.exitCode = entry.exitCode
    this.docs = docsLink("errors", code)
    if (options.applied !== undefined) this.applied = options.applied
  }
}

/** Is it this error (of this code, if one is given)? */
export function isUnderstudyError(error: unknown, code?: ErrorCode): error is UnderstudyError {
  return error instanceof UnderstudyError && (code === undefined || error.code === code)
}
