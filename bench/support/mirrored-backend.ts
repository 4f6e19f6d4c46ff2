// The reference backend with one more table, which is a large one; by the variables of its environment.
import { openDatabase } from "understudy-db"
import { loggedError, settingsRedactor } from "understudy-db/fastify"
import { readSettings } from "understudy-db/settings"
import { createApp } from "../../apps/tasks/src/app.ts"
import { migrations } from "../../apps/tasks/src/migrations/migrations.ts"
import type { Tables } from "../../apps/tasks/src/tables.ts"
import { createLogger } from "../../apps/tasks/src/web/logger.ts"
import { createItems } from "./items.ts"

const settings = readSettings()
const redact = settingsRedactor(settings)
const logger = createLogger("warn", (error) => loggedError(error, redact))
const database = openDatabase<Tables>({ migrations: { ...migrations, "9000-items": createItems }, logger })
const app = await createApp({ database, logger })
await app.listen({ host: settings.host, port: settings.port })
process.once("SIGTERM", () => {
  void app.close().then(() => database.close())
})
