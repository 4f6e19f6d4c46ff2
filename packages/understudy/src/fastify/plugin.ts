import type { FastifyInstance, FastifyPluginAsync } from "fastify"
import fp from "fastify-plugin"
import { createRedactor, type Redactor } from "../base/redact.ts"
import type { Secret } from "../base/secret.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import type { Finding } from "../errors/finding.ts"
import { withFindings } from "../health/status.ts"
import type { Database } from "../open.ts"
import type { Session } from "../session/session.ts"
import { createAdminCheck } from "./admin-token.ts"
import { addConflictRoutes } from "./conflict-routes.ts"
import { answerNotFound, createErrorHandler } from "./error-handler.ts"
import { addHealthRoutes } from "./health-routes.ts"
import type { StatusPageOptions } from "./page/status-page.ts"
import type { ServedDatabase } from "./served-database.ts"
import { addSessionHooks } from "./session-hooks.ts"
import { settingsRedactor } from "../settings/redactor.ts"
import { readToken } from "../settings/server-readers.ts"

declare module "fastify" {
  /** The application's tables: `declare module "fastify" { interface UnderstudyTables extends Tables {} }` */
  interface UnderstudyTables {}

  interface FastifyInstance {
    readonly db: Database<UnderstudyTables>
  }

  interface FastifyRequest {
    /**
     * The request's session: reading for GET, HEAD and OPTIONS, one transaction for all others. Nothing is opened
     * before its first query. It is committed before the first byte is sent (a commit that fails replaces the
     * reply) and rolled back on a throw, on 4xx and 5xx, and when the client goes away. Once one that
     * writes is in use, `app.db.write` and writes by `app.db.kysely` are refused in the same handler: they would wait for
     * it on SQLite. `request.db.savepoint()` is what is meant.
     */
    readonly db: Session<UnderstudyTables>
  }
}

/** Options of {@link understudyPlugin}. */
export interface UnderstudyPluginOptions {
  /** What `openDatabase` gave. The plugin does not close it: who opened it does. */
  readonly database: ServedDatabase
  /**
   * Lets its bearer see details in the health routes, and see and settle conflicts; it must have 16 visible characters.
   * Null: nobody may. Default: the setting `ADMIN_TOKEN`.
   */
  readonly adminToken?: string | Secret | null
  /** Where the health routes are. Default: `/health`. */
  readonly healthPrefix?: string
  /** The page at `/`; false: none. Default: a page with a link to the health route. */
  readonly statusPage?: StatusPageOptions | boolean
  /** Findings of the program's own, shown beside the database's: such as the door's. Default: none. */
  readonly findings?: readonly Finding[]
  /** Answer errors and unknown routes as `application/problem+json`. Default: true. */
  readonly problems?: boolean
}

/** `app.db`, `request.db`, the routes for health and conflicts, the status page and the error handler. Register it before your routes. */
export const understudyPlugin: FastifyPluginAsync<UnderstudyPluginOptions> = fp(
  async (app: FastifyInstance, options: UnderstudyPluginOptions) => {
    const { database, findings = [], problems = true } = options
    const prefix = healthPrefixOf(options)
    const adminToken = adminTokenOf(options)
    const redact = redactorOf(database, adminToken)
    // The plugin itself needs no table's type; the application gave its own database.
    app.decorate("db", database as unknown as never)
    addSessionHooks(app, database, redact)
    const isAdmin = createAdminCheck(adminToken)
    addHealthRoutes(app, {
      status: () => withFindings(database.status(), findings),
      isAdmin,
      prefix,
      page: pageOf(options, prefix),
    })
    const { conflicts } = database
    if (conflicts !== undefined) addConflictRoutes(app, { conflicts, isAdmin, prefix, redact })
    if (problems) {
      app.setErrorHandler(createErrorHandler(redact))
      app.setNotFoundHandler(answerNotFound)
    }
  },
  { name: "understudy", fastify: "5.x" },
)

function healthPrefixOf({ healthPrefix = "/health" }: UnderstudyPluginOptions): string {
  if (/^(\/[\w.-]+)+$/.test(healthPrefix)) return healthPrefix
  throw new UnderstudyError("UNDERSTUDY_INVALID_ARGUMENT", {
    argument: "healthPrefix",
    rule: "it must be a path such as /health, without a slash at its end",
  })
}

/** By the same rules as `ADMIN_TOKEN`, wherever it comes from. */
function adminTokenOf({ adminToken, database }: UnderstudyPluginOptions): Secret | null {
  if (adminToken === undefined) return database.settings.adminToken
  if (adminToken === null) return null
  const reading = readToken(typeof adminToken === "string" ? adminToken : adminToken.reveal())
  if ("value" in reading) return reading.value
  throw new UnderstudyError("UNDERSTUDY_INVALID_ARGUMENT", { argument: "adminToken", rule: reading.rule })
}

/** The token of the options is in no setting. */
function redactorOf({ settings }: ServedDatabase, adminToken: Secret | null): Redactor {
  const ofSettings = settingsRedactor(settings)
  const ofToken = createRedactor(adminToken === null ? [] : [adminToken.reveal()])
  return (text) => ofSettings(ofToken(text))
}

function pageOf({ statusPage = true }: UnderstudyPluginOptions, prefix: string): StatusPageOptions | null {
  if (statusPage === false) return null
  const page = statusPage === true ? {} : statusPage
  return { ...page, links: page.links ?? [{ href: prefix, label: "Health" }] }
}
