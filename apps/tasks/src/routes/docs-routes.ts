import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import type { ErrorAnswer } from "../web/api-docs.ts"
import { addTaskRoutes } from "./task-routes.ts"

/** Adds `/docs` and `/openapi.json`. What makes them is loaded when somebody looks: few do, and it is large. */
export function addDocsRoutes(app: FastifyInstance, answerError: ErrorAnswer): void {
  let docs: Promise<FastifyInstance> | undefined
  const load = async (): Promise<FastifyInstance> => {
    const { createApiDocs } = await import("../web/api-docs.ts")
    return createApiDocs(addTaskRoutes, answerError)
  }

  const handOn = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    docs ??= load()
    const { routing } = await docs.catch((error: unknown) => {
      // It may be had at the next look, and is nothing to be closed.
      docs = undefined
      throw error
    })
    reply.hijack()
    // The security headers that were set on the way here.
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value)
    routing(request.raw, reply.raw)
  }
  for (const path of ["/openapi.json", "/docs", "/docs/*"]) app.get(path, handOn)
  app.addHook("onClose", async () => (await docs?.catch(() => undefined))?.close())
}
