import swagger from "@fastify/swagger"
import swaggerUi from "@fastify/swagger-ui"
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify"
import type { SchemaTypes, TypedApp } from "../routes/schema-types.ts"
import { answerNotFound } from "understudy-db/fastify"
import { FRAME_ANCESTORS } from "./security.ts"

/** Answers an error as a problem. */
export type ErrorAnswer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void

/** `/openapi.json` and the reference page at `/docs`, with assets from here: a service of its own, made of the routes. */
export async function createApiDocs(
  addRoutes: (app: TypedApp) => void,
  answerError: ErrorAnswer,
): Promise<FastifyInstance> {
  const docs = Fastify()
  docs.setErrorHandler(answerError)
  docs.setNotFoundHandler(answerNotFound)
  await docs.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Tasks",
        version: "1.0.0",
        description:
          "A small service on a PostgreSQL database with an understudy. Every error is a Problem. Beside those that an " +
          "operation names, any request may be refused with 404 (no such route), 408 (too slow), 413, 414 or 431 (too large), " +
          "415 (a body of another type), 417 (an expectation) or 429 (too many requests).",
      },
      tags: [{ name: "tasks" }],
    },
    // Without it components are named def-0, def-1 …
    refResolver: { buildLocalReference: (schema) => String(schema["$id"]) },
  })
  docs.get("/openapi.json", { schema: { hide: true } }, () => docs.swagger())
  await docs.register(swaggerUi, {
    routePrefix: "/docs",
    // Without the bar at the top, which would load the description of any other service.
    uiConfig: { layout: "BaseLayout", deepLinking: true },
    staticCSP: [
      "default-src 'self'",
      "img-src 'self' data:",
      "style-src 'self' 'unsafe-inline'",
      "object-src 'none'",
      "base-uri 'self'",
      `frame-ancestors ${FRAME_ANCESTORS.join(" ")}`,
    ].join("; "),
  })
  addRoutes(docs.withTypeProvider<SchemaTypes>())
  await docs.ready()
  return docs
}
