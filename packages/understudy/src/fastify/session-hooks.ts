import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify"
import type { Redactor } from "../base/redact.ts"
import type { DatabaseStatus } from "../health/status.ts"
import { ClientGone } from "./client-gone.ts"
import { RequestSession } from "./request-session.ts"
import type { ServedDatabase } from "./served-database.ts"
import { loggedError } from "./logged-error.ts"

const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "QUERY"])
const SESSION: unique symbol = Symbol("understudy.session")

interface WithSession {
  [SESSION]: RequestSession | null
}

/** Gives every request its `db`, and ends it with the request. Nothing is opened before its first query. */
export function addSessionHooks(app: FastifyInstance, database: ServedDatabase, redact: Redactor): void {
  app.decorateRequest(SESSION, null)
  app.decorateRequest("db", {
    getter(this: FastifyRequest): never {
      // Its tables are the application's to name: see UnderstudyTables.
      return sessionOf(this)?.db as never
    },
  })

  app.addHook("onRequest", (request, reply, done) => {
    const access = READING.has(request.method) ? "read" : "write"
    const scope = access === "write" ? database.createScope() : undefined
    const session = new RequestSession(
      () => {
        // Whatever happens to the reply (sent, cut off, hijacked), its end is seen here.
        reply.raw.once("close", () => endWithReply(request, reply, session, redact))
        return database.openSession(access, scope === undefined ? {} : { scope })
      },
      () => reply.raw.closed,
      scope,
    )
    ;(request as unknown as WithSession)[SESSION] = session
    done()
  })

  // After the body was read, whose events know of no scope.
  app.addHook("preHandler", (request, _reply, done) => {
    const scope = sessionOf(request)?.scope
    if (scope === undefined) done()
    else scope.run(done)
  })

  app.addHook("onRoute", (route) => {
    route.handler = markingFailures(route.handler)
  })

  app.addHook("onSend", (request, reply, payload, done) => {
    // Only now: it may have waited until something served. And in every answer: `app.db` is anybody's.
    tellCopy(reply, database.status())
    const session = sessionOf(request)
    if (session === null || session.ended) return done(null, payload)
    const pass = (): void => done(null, payload)
    if (session.failed || statusOf(reply, payload) >= 400) {
      session.rollback().then(pass, done)
      return
    }
    // A stream may read from the session: it ends with the reply. There is nothing to be committed.
    if (READING.has(request.method) && isStream(payload)) return pass()
    const committed = session.commit()
    // One that was never asked for has nothing to wait for.
    if (!session.opened) return pass()
    committed.then(pass, (error: Error) => {
      discard(payload)
      done(error)
    })
  })

  // Replies that are injected have no socket whose end would be seen.
  app.addHook("onResponse", (request, reply, done) => {
    const session = sessionOf(request)
    if (session !== null) endWithReply(request, reply, session, redact)
    done()
  })
}

/** The client is told where its answer is as old as the copy, or lacks the rows of a primary that was never seen. */
function tellCopy(reply: FastifyReply, { copy, mirror }: DatabaseStatus): void {
  const asOf = mirror?.asOf ?? null
  if (copy === "none") reply.header("understudy-copy", "none")
  else if (copy === "mirror" && asOf !== null) reply.header("understudy-as-of", asOf.toISOString())
}

function sessionOf(request: FastifyRequest): RequestSession | null {
  return (request as unknown as Partial<WithSession>)[SESSION] ?? null
}

/** Rolls back on a throw even where an error handler of the application answers with a success. */
function markingFailures(handler: RouteHandlerMethod): RouteHandlerMethod {
  return function (request, reply) {
    const fail = (): void => {
      const session = sessionOf(request)
      if (session !== null) session.failed = true
    }
    try {
      const result: unknown = handler.call(this, request, reply)
      // First in line, so that it is known before Fastify calls the error handler.
      if (result instanceof Promise) result.then(undefined, fail)
      return result
    } catch (error) {
      fail()
      throw error
    }
  }
}

function endWithReply(
  request: FastifyRequest,
  reply: FastifyReply,
  session: RequestSession,
  redact: Redactor,
): void {
  if (!session.opened || session.ended) return
  const finished = reply.raw.writableFinished
  const end = finished ? session.rollback() : session.abandon(new ClientGone())
  end.catch((error: unknown) => {
    request.log.warn({ err: loggedError(error, redact) }, "A request's session could not be rolled back.")
  })
  if (finished && reply.sent && !READING.has(request.method))
    request.log.warn("A hijacked reply's session was rolled back; use database.write there.")
}

/** The status that will be sent. A `Response` brings its own, which Fastify takes over later. */
function statusOf(reply: FastifyReply, payload: unknown): number {
  return isResponse(payload) ? payload.status : reply.statusCode
}

/** Without `instanceof`: naming the class would load Node's whole HTTP client. */
function isResponse(payload: unknown): payload is Response {
  return Object.prototype.toString.call(payload) === "[object Response]"
}

interface StreamLike {
  readonly pipe?: unknown
  readonly getReader?: unknown
  readonly destroy?: unknown
  readonly cancel?: unknown
}

function isStream(payload: unknown): boolean {
  if (isResponse(payload)) return payload.body !== null
  if (typeof payload !== "object" || payload === null) return false
  const { pipe, getReader } = payload as StreamLike
  return typeof pipe === "function" || typeof getReader === "function"
}

/** Frees what a stream holds that will not be sent. */
function discard(payload: unknown): void {
  if (isResponse(payload)) return discard(payload.body)
  if (typeof payload !== "object" || payload === null) return
  const stream = payload as StreamLike
  if (typeof stream.destroy === "function") stream.destroy()
  else if (typeof stream.cancel === "function") (stream.cancel() as Promise<void>).catch(() => {})
}
