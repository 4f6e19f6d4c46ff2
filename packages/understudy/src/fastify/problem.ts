import { DatabaseError } from "../errors/database-error.ts"
import { UnderstudyError, type Applied } from "../errors/understudy-error.ts"
import { ClientGone } from "./client-gone.ts"
import { HttpProblem } from "./http-problem.ts"
import { STATUS_CODES } from "./node-http.ts"

/** One part of a request that does not fit its schema. Holds no value of the request. */
export interface ProblemField {
  /** `body`, `querystring`, `params` or `headers`. */
  readonly in: string
  /** JSON pointer; empty for the whole. */
  readonly path: string
  readonly message: string
}

/** The body of a reply that tells of an error, as `application/problem+json` (RFC 9457). */
export interface Problem {
  /** Where the code is documented; `about:blank` for codes that are not Understudy's. */
  readonly type: string
  readonly title: string
  readonly status: number
  /** Stable, for programs: a code of the catalogue, a SQLSTATE, Fastify's, or the service's own. */
  readonly code: string
  readonly detail?: string
  /** What helps, where the client or its user can do something. */
  readonly remedy?: string
  /** Was the write applied? */
  readonly applied?: Applied
  readonly errors?: readonly ProblemField[]
}

/** A problem, and how it is answered and logged. */
export interface ProblemAnswer {
  readonly problem: Problem
  /** Seconds; null where trying again by itself does not help, or could do harm. */
  readonly retryAfterSeconds: number | null
  /** Is it the program's fault or the machine's, so that somebody must see it in the log? */
  readonly serious: boolean
}

const RETRY_AFTER_SECONDS = 5
const CONTENTION_RETRY_AFTER_SECONDS = 1

const REFUSED: Readonly<Record<string, readonly [status: number, title: string]>> = {
  "23502": [422, "A value that must be given is missing."],
  "23503": [409, "Something that this refers to is not there, or something else still refers to it."],
  "23505": [409, "A value that must be unique is taken already."],
  "23514": [422, "A value is outside what is allowed."],
  "23P01": [409, "It overlaps with something that is there already."],
  "40001": [503, "The request met others at the same rows; it was not applied."],
  "40P01": [503, "The request met others at the same rows; it was not applied."],
}

/** What any thrown value is answered with. Total; puts no text of a driver or of an unknown error into it. */
export function toProblem(error: unknown): ProblemAnswer {
  if (error instanceof UnderstudyError) return ofCatalogue(error)
  if (error instanceof DatabaseError) return ofDatabase(error)
  if (error instanceof HttpProblem) return ofService(error)
  // Nobody reads the answer; it must only not look like a fault of the program.
  if (error instanceof ClientGone)
    return { problem: plainProblem(400, "CLIENT_GONE"), retryAfterSeconds: null, serious: false }
  return ofFramework(error)
}

/** A problem of this status, with the status's own name as title. */
export function plainProblem(status: number, code: string, detail?: string): Problem {
  const title = STATUS_CODES[status] ?? "Error"
  return { type: "about:blank", title, status, code, ...(detail === undefined ? {} : { detail }) }
}

function ofCatalogue(error: UnderstudyError): ProblemAnswer {
  const temporary = error.httpStatus === 503
  const problem: Problem = {
    type: error.docs,
    title: error.title,
    status: error.httpStatus,
    code: error.code,
    // A programming error's remedy is for the log: it speaks of the program, not of the request.
    ...(temporary ? { remedy: error.remedy } : {}),
    ...(error.applied === undefined ? {} : { applied: error.applied }),
  }
  // "Try later" would invite a blind repeat of a write that may have been applied.
  const retry = temporary && error.actor !== "person" && error.applied !== "unknown"
  const soon = error.code === "UNDERSTUDY_CONTENTION" ? CONTENTION_RETRY_AFTER_SECONDS : RETRY_AFTER_SECONDS
  const isRefusal = error.httpStatus < 500
  const serious = !isRefusal && (!temporary || error.actor === "person")
  return { problem, retryAfterSeconds: retry ? soon : null, serious }
}

function ofDatabase(error: DatabaseError): ProblemAnswer {
  const known = REFUSED[error.code]
  const [status, title] =
    known ?? (error.code.startsWith("22") ? [400, "A value has a form that cannot be stored."] : [500, null])
  if (title === null) return unexpected(500)
  const problem: Problem = { type: "about:blank", title, status, code: error.code }
  if (status !== 503) return { problem, retryAfterSeconds: null, serious: false }
  return {
    problem: { ...problem, applied: "no" },
    retryAfterSeconds: CONTENTION_RETRY_AFTER_SECONDS,
    serious: false,
  }
}

function ofService(error: HttpProblem): ProblemAnswer {
  const { statusCode: status, code, title, detail } = error
  const problem: Problem = {
    type: "about:blank",
    title,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
  }
  return {
    problem,
    retryAfterSeconds: status === 503 ? RETRY_AFTER_SECONDS : null,
    serious: status >= 500,
  }
}

/** Fastify's errors whose text quotes the request: a path or a header may hold what is nobody else's business. */
const QUOTING: ReadonlySet<string> = new Set([
  "FST_ERR_BAD_URL",
  "FST_ERR_MAX_PARAM_LENGTH",
  "FST_ERR_CTP_INVALID_MEDIA_TYPE",
])

interface FrameworkError {
  readonly statusCode?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly expose?: unknown
  readonly validation?: unknown
  readonly validationContext?: unknown
}

function ofFramework(error: unknown): ProblemAnswer {
  if (typeof error !== "object" || error === null) return unexpected(500)
  const { statusCode, code, message, expose, validation, validationContext } = error as FrameworkError
  if (Array.isArray(validation)) return ofValidation(validation, validationContext)
  if (typeof statusCode !== "number" || !Number.isInteger(statusCode) || statusCode < 400 || statusCode > 599)
    return unexpected(500)
  if (statusCode >= 500) return unexpected(statusCode)
  const fastifys = typeof code === "string" && code.startsWith("FST_")
  // `expose` is how http-errors marks a text as public.
  const told = fastifys ? !QUOTING.has(code) : expose === true
  const detail = told && typeof message === "string" ? message : undefined
  const problem = plainProblem(statusCode, fastifys ? code : `HTTP_${statusCode}`, detail)
  return { problem, retryAfterSeconds: null, serious: false }
}

interface ValidationEntry {
  readonly instancePath?: unknown
  readonly message?: unknown
}

function ofValidation(entries: readonly ValidationEntry[], context: unknown): ProblemAnswer {
  const errors = entries.map(({ instancePath, message }) => ({
    in: typeof context === "string" ? context : "request",
    path: typeof instancePath === "string" ? instancePath : "",
    message: typeof message === "string" ? message : "is not as it must be",
  }))
  const problem: Problem = {
    type: "about:blank",
    title: "The request is not as it must be.",
    status: 400,
    code: "FST_ERR_VALIDATION",
    errors,
  }
  return { problem, retryAfterSeconds: null, serious: false }
}

function unexpected(status: number): ProblemAnswer {
  const problem: Problem =
    status === 500
      ? { type: "about:blank", title: "Something went wrong here.", status, code: "INTERNAL" }
      : plainProblem(status, `HTTP_${status}`)
  return { problem, retryAfterSeconds: status === 503 ? RETRY_AFTER_SECONDS : null, serious: true }
}
