import swagger from "@fastify/swagger"
import swaggerUi from "@fastify/swagger-ui"
import type { FastifyInstance } from "fastify"
import { FRAME_ANCESTORS } from "./security.ts"

/** `/openapi.json` and the reference page at `/docs`, whose assets come from here. Register it before the routes. */
export async function addApiDocs(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Tasks",
        version: "1.0.0",
        description: "A small service on a PostgreSQL database with an understudy.",
      },
      tags: [{ name: "tasks" }],
    },
    // Without it components are named def-0, def-1 …
    refResolver: { buildLocalReference: (schema) => String(schema["$id"]) },
  })
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger())
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    uiConfig: { url: "/openapi.json", deepLinking: true },
    staticCSP: [
      "default-src 'self'",
      "img-src 'self' data:",
      "style-src 'self' 'unsafe-inline'",
      "object-src 'none'",
      "base-uri 'self'",
      `frame-ancestors ${FRAME_ANCESTORS.join(" ")}`,
    ].join("; "),
  })
}
