import type { FastifyInstance } from "fastify"
import type { Database } from "understudy-db"
import { createDoor, loggedError, settingsRedactor } from "understudy-db/fastify"
import { readSettings } from "understudy-db/settings"
import { STATUS_PAGE } from "./status-page.ts"
import type { Tables } from "./tables.ts"
import { exitCodeOf, ownProcess } from "./web/lifetime.ts"
import { loadInTurns } from "./web/load-in-turns.ts"
import { createLogger } from "./web/logger.ts"

/** How long requests that run may take to finish when the service stops. */
const GRACE_MS = 10_000

const settings = readSettings()
const redact = settingsRedactor(settings)
const describe = (error: unknown): object => loggedError(error, redact)
const logger = createLogger(settings.logLevel, describe)

let database: Database<Tables> | undefined
let app: FastifyInstance | undefined
const door = createDoor({ settings, status: () => database?.status(), statusPage: STATUS_PAGE })

ownProcess({
  logger,
  describe,
  async stop() {
    await door.close({ graceMs: GRACE_MS })
    await app?.close()
    await database?.close()
  },
})

async function start(): Promise<void> {
  const { host, port, findings } = await door.listen()
  for (const { code, message, remedy } of findings) logger.warn({ code, remedy }, message)
  logger.info({ host, port }, "Listening.")
  // All that is large is loaded only now: the port answers meanwhile.
  await loadInTurns()
  const { openDatabase } = await import("understudy-db")
  const { migrations } = await import("./migrations/migrations.ts")
  database = openDatabase<Tables>({ migrations, logger })
  const { createApp } = await import("./app.ts")
  app = await createApp({ database, logger, door })
  door.handOver()
}

/** Resolves when the service is loaded. */
export const loaded: Promise<void> = start().catch((error: unknown) => {
  logger.fatal({ err: describe(error) }, "The service cannot start.")
  process.exit(exitCodeOf(error))
})
