import type { FastifyInstance, FastifyReply, RouteShorthandOptions } from "fastify"
import type { DatabaseStatus } from "../health/status.ts"
import type { AdminCheck } from "./admin-token.ts"
import { answerHealth, answerPage, answerReady, LIVE_ANSWER, type HealthAnswer } from "./health-answers.ts"
import type { StatusPageOptions } from "./page/status-page.ts"

/** What the routes are made of. */
export interface HealthRoutesOptions {
  readonly status: () => DatabaseStatus
  readonly isAdmin: AdminCheck
  /** `/health` */
  readonly prefix: string
  /** Null: no page at `/`. */
  readonly page: StatusPageOptions | null
}

/** Probes come often and from one address: no rate limit, no log line each, and no place in the API's description. */
const PROBE: RouteShorthandOptions = {
  logLevel: "warn",
  // The keys of @fastify/rate-limit and @fastify/swagger, whose types are there only where they are used.
  config: { rateLimit: false } as object,
  schema: { hide: true } as object,
}

/** Adds the health routes and the page. HEAD comes with each GET. */
export function addHealthRoutes(app: FastifyInstance, options: HealthRoutesOptions): void {
  const { status, isAdmin, prefix, page } = options
  app.get(`${prefix}/live`, PROBE, (_request, reply) => send(reply, LIVE_ANSWER))
  app.get(`${prefix}/ready`, PROBE, (request, reply) =>
    send(reply, answerReady(status(), isAdmin(request.headers.authorization), new Date())),
  )
  app.get(prefix, PROBE, (request, reply) =>
    send(reply, answerHealth(status(), isAdmin(request.headers.authorization), new Date())),
  )
  if (page === null) return
  app.get("/", PROBE, (_request, reply) => send(reply, answerPage(status(), page, new Date())))
}

function send(reply: FastifyReply, answer: HealthAnswer): FastifyReply {
  // A page that other sites may frame must not carry the header that forbids it.
  reply.removeHeader("x-frame-options")
  return reply.code(answer.statusCode).headers(answer.headers).send(answer.body)
}
