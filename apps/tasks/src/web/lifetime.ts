import type { Logger } from "pino"
import { UnderstudyError } from "understudy-db/fastify"

/** How long a stop may take in all before the process ends anyway. */
const STOP_LIMIT_MS = 25_000
const EXIT_SIGNAL_TWICE = 128
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const
const EXIT_STOP_FAILED = 1
/** As sysexits has it: a fault of the program itself. */
const EXIT_SOFTWARE = 70

/** What the lifetime of the process hangs on. */
export interface LifetimeOptions {
  readonly logger: Logger
  /** Stops listening, lets what runs finish, closes the database. */
  readonly stop: () => Promise<void>
  /** What of an error may be logged. */
  readonly describe: (error: unknown) => object
}

/** The first SIGTERM or SIGINT stops the service and ends with code 0; a second one ends it at once. */
export function ownProcess(options: LifetimeOptions): void {
  const { logger, stop, describe } = options
  let stopping = false
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (stopping) process.exit(EXIT_SIGNAL_TWICE + number)
      stopping = true
      logger.info({ signal }, "Stopping.")
      setTimeout(() => process.exit(EXIT_STOP_FAILED), STOP_LIMIT_MS).unref()
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: describe(error) }, "The service did not stop as it should.")
          process.exit(EXIT_STOP_FAILED)
        },
      )
    })
  }
  // Node would print these as they are, with whatever a driver put into them.
  process.on("uncaughtException", (error) => {
    logger.fatal({ err: describe(error) }, "The program failed.")
    process.exit(EXIT_SOFTWARE)
  })
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
}

/** The code with which the process ends on this error. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UnderstudyError ? error.exitCode : EXIT_SOFTWARE
}
