import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify"
import type { Database } from "understudy-db"
import { createErrorHandler, settingsRedactor, understudyPlugin, type Door } from "understudy-db/fastify"
import { addDocsRoutes } from "./routes/docs-routes.ts"
import { addTaskRoutes } from "./routes/task-routes.ts"
import type { SchemaTypes } from "./routes/schema-types.ts"
import { STATUS_PAGE } from "./status-page.ts"
import type { Tables } from "./tables.ts"
import { addJsonBody } from "./web/json-body.ts"
import { logRequest } from "./web/logger.ts"
import { addSecurity, SECURITY_HEADERS } from "./web/security.ts"
import { isTrustedProxy } from "./web/proxies.ts"
import { createValidators } from "./web/validators.ts"

/** What the service is made of. */
export interface AppOptions {
  readonly database: Database<Tables>
  readonly logger: FastifyBaseLogger
  /** The port that is open already; without it, Fastify has a server of its own. */
  readonly door?: Door
  /** Of one address. Default: 600. */
  readonly requestsPerMinute?: number
}

/** No task needs more; a body is held in memory while it is read. */
const BODY_LIMIT_BYTES = 64 * 1024

/** Puts the service together. It is ready when this resolves. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { database, logger, door, requestsPerMinute = 600 } = options
  const answerError = createErrorHandler(settingsRedactor(database.settings))
  const app = Fastify({
    loggerInstance: logger,
    trustProxy: isTrustedProxy,
    bodyLimit: BODY_LIMIT_BYTES,
    // One line a request instead of two: see logRequest.
    logController: new LogController({ disableRequestLogging: true }),
    // Paths that cannot be decoded are refused before any hook.
    frameworkErrors(error, request, reply) {
      reply.headers(SECURITY_HEADERS)
      answerError(error, request, reply)
      logRequest(request, reply, () => {})
    },
    ...(door === undefined
      ? {}
      : { serverFactory: door.serverFactory, clientErrorHandler: door.clientErrorHandler }),
  })
  app.setValidatorCompiler(createValidators())
  addJsonBody(app)
  await app.register(understudyPlugin, {
    database,
    statusPage: STATUS_PAGE,
    findings: door?.findings ?? [],
  })
  app.addHook("onResponse", logRequest)
  await addSecurity(app, requestsPerMinute)
  addDocsRoutes(app, answerError)
  addTaskRoutes(app.withTypeProvider<SchemaTypes>())
  await app.ready()
  return app
}
