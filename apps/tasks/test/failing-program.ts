// Run as a process of its own: fails with a text that holds a secret of the settings.
import { loggedError, settingsRedactor } from "understudy-db/fastify"
import { readSettings } from "understudy-db/settings"
import { ownProcess } from "../src/web/lifetime.ts"
import { createLogger } from "../src/web/logger.ts"

const secret = "canary-5b0d7e21c9f4"
const redact = settingsRedactor(readSettings({ DATABASE_URL: `postgresql://u:${secret}@h/d` }))
const describe = (error: unknown): object => loggedError(error, redact)
ownProcess({ logger: createLogger("info", describe), describe, stop: () => Promise.resolve() })

const failure = new Error(`could not reach postgresql://u:${secret}@h/d`)
if (process.argv[2] === "reject") void Promise.reject(failure)
else
  setImmediate(() => {
    throw failure
  })
