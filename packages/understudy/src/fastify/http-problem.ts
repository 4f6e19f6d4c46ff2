/** What a service says of a request that it refuses. */
export interface HttpProblemOptions {
  /** More than the title, for this very request. It is sent to the client: no secret, no driver's text. */
  readonly detail?: string
}

/**
 * A refusal of the service's own, thrown by a handler: answered as `application/problem+json` with these texts.
 * The request's session is rolled back.
 */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem"
  readonly statusCode: number
  /** Stable, for programs: `task.not-found`. */
  readonly code: string
  readonly title: string
  readonly detail: string | undefined

  constructor(statusCode: number, code: string, title: string, options: HttpProblemOptions = {}) {
    super(title)
    this.statusCode = statusCode
    this.code = code
    this.title = title
    this.detail = options.detail
  }
}
