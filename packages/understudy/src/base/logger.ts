/**
 * What the library needs of a logger: pino's shape, so that a pino or Fastify logger can be given as it is.
 * The first argument holds fields, the second the message.
 */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Drops everything. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

const LEVELS = ["debug", "info", "warn", "error"] as const

/** One level of {@link Logger}. */
export type LogLevel = (typeof LEVELS)[number]

/**
 * Writes one JSON line per entry, for a program that brings no logger of its own.
 * A line that cannot be written (closed pipe) is dropped: logging never ends the process.
 */
export function createLineLogger(write: (line: string) => void, least: LogLevel): Logger {
  const log =
    (level: LogLevel) =>
    (fields: object, message: string): void => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return
      write(`${JSON.stringify({ level, time: new Date().toISOString(), ...fields, msg: message })}\n`)
    }
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") }
}
