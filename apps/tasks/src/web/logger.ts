import type { FastifyReply, FastifyRequest } from "fastify"
import pino, { type Logger } from "pino"
import { openLogOutput } from "./log-output.ts"

/** What the log may hold. */
export interface LogFilter {
  /** Masks the settings' secrets in a line. */
  readonly redact: (line: string) => string
  /** What of an error is told. */
  readonly describe: (error: unknown) => object
}

/**
 * The logger of the whole service: JSON lines on standard output. No header of a request is in them, no secret of the
 * settings, and of an error only what `describe` lets through.
 */
export function createLogger(level: string, { redact, describe }: LogFilter): Logger {
  const output = openLogOutput()
  return pino(
    {
      level,
      serializers: {
        req: requestFields,
        err: (value: unknown) => (value instanceof Error ? describe(value) : value),
        headers: () => "***",
      },
    },
    { write: (line: string) => output.write(redact(line)) },
  )
}

/** One line a request. Routes that are probed set their level higher. */
export function logRequest(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const { statusCode: status, elapsedTime } = reply
  request.log.info(
    { ...requestFields(request), status, tookMs: Math.round(elapsedTime * 10) / 10 },
    "Answered.",
  )
  done()
}

/** Without the client's address, which is personal. A query may hold what was searched for, or a token. */
function requestFields({ method, url }: { method?: string; url?: string }): object {
  return { method, path: url?.split("?", 1)[0] }
}
