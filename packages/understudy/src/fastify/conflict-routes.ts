import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RouteGenericInterface,
  RouteShorthandOptions,
} from "fastify"
import type { Redactor } from "../base/redact.ts"
import { isUnderstudyError } from "../errors/understudy-error.ts"
import type { Conflicts, ListConflictsOptions } from "../failover/conflicts-contract.ts"
import type { AdminCheck } from "./admin-token.ts"
import { answerProblem } from "./error-handler.ts"
import { HttpProblem } from "./http-problem.ts"
import { toProblem } from "./problem.ts"

/** What the routes are made of. */
export interface ConflictRoutesOptions {
  readonly conflicts: Conflicts
  readonly isAdmin: AdminCheck
  /** `/health` */
  readonly prefix: string
  readonly redact: Redactor
}

interface OfOne {
  readonly Params: { readonly id: string }
}

/** Adds the routes by which the admin sees and settles what is parked. To anybody else they are not there. */
export function addConflictRoutes(app: FastifyInstance, options: ConflictRoutesOptions): void {
  const { conflicts, isAdmin, prefix, redact } = options
  const route: RouteShorthandOptions = {
    logLevel: "warn",
    // A key of @fastify/swagger, whose types are there only where it is used.
    schema: { hide: true } as object,
    // Not earlier: of an unknown route too, a body that cannot be read is refused first.
    preHandler: (request, reply, done) => {
      if (isAdmin(request.headers.authorization)) done()
      else reply.callNotFound()
    },
  }
  // A key of @fastify/rate-limit. What changes something is limited as the service limits all else.
  const looking = { ...route, config: { rateLimit: false } as object }
  /** Whatever the service does with errors, here they are problems. */
  const answering =
    <T extends RouteGenericInterface>(
      handle: (request: FastifyRequest<T>, reply: FastifyReply<T>) => Promise<unknown>,
    ) =>
    async (request: FastifyRequest<T>, reply: FastifyReply<T>): Promise<unknown> => {
      try {
        return await handle(request, reply)
      } catch (error) {
        answer(error, request, reply, redact)
        return reply
      }
    }
  const of = `${prefix}/conflicts`
  app.get(
    of,
    looking,
    answering(async ({ query }, reply) =>
      send(reply, { conflicts: await conflicts.list(listOptionsOf(query)) }),
    ),
  )
  app.get<OfOne>(
    `${of}/:id`,
    looking,
    answering(async ({ params }, reply) => send(reply, await conflicts.show(params.id))),
  )
  app.post<OfOne>(
    `${of}/:id/apply`,
    route,
    answering(async ({ params, body }, reply) =>
      send(reply, await conflicts.apply(params.id, { force: forceOf(body) })),
    ),
  )
  app.post<OfOne>(
    `${of}/:id/dismiss`,
    route,
    answering(async ({ params }, reply) => {
      await conflicts.dismiss(params.id)
      return send(reply.code(204))
    }),
  )
}

function send(reply: FastifyReply, body?: object): FastifyReply {
  return reply.header("cache-control", "no-store").send(body)
}

/** The admin is told what nobody else is: the message, which says what is in the way. */
function answer(error: unknown, request: FastifyRequest, reply: FastifyReply, redact: Redactor): void {
  const { problem, ...rest } = toProblem(error)
  const detail = isUnderstudyError(error) ? { detail: redact(error.message), remedy: error.remedy } : {}
  answerProblem(error, { problem: { ...problem, ...detail }, ...rest }, { request, reply, redact })
}

const STATES: readonly string[] = ["open", "applied", "dismissed", "all"]

function listOptionsOf(query: unknown): ListConflictsOptions {
  const { state, limit } = query as Readonly<Record<string, unknown>>
  if (state !== undefined && (typeof state !== "string" || !STATES.includes(state)))
    throw refusal(`state must be one of ${STATES.join(", ")}`)
  const count = typeof limit === "string" && /^\d{1,5}$/.test(limit) ? Number(limit) : Number.NaN
  if (limit !== undefined && !(count >= 1 && count <= 10_000)) throw refusal("limit must be from 1 to 10000")
  return {
    ...(state === undefined ? {} : { state: state as NonNullable<ListConflictsOptions["state"]> }),
    ...(limit === undefined ? {} : { limit: count }),
  }
}

/** No body at all is none that forces. */
function forceOf(body: unknown): boolean {
  if (body === undefined || body === null) return false
  if (typeof body !== "object" || Array.isArray(body)) throw refusal("the body must be a JSON object")
  const { force = false, ...others } = body as Readonly<Record<string, unknown>>
  if (typeof force !== "boolean") throw refusal("force must be true or false")
  if (Object.keys(others).length > 0) throw refusal("the body takes nothing but force")
  return force
}

function refusal(detail: string): HttpProblem {
  return new HttpProblem(400, "conflicts.request", "The request is not as it must be.", { detail })
}
