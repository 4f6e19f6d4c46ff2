import type { FastifyReply, FastifyRequest } from "fastify"
import pino, { type Logger } from "pino"
import { openLogOutput } from "./log-output.ts"

/**
 * The logger of the whole service: JSON lines on standard output. No header of a request is in them, and of an error only
 * what `describe` lets through: texts from elsewhere are masked there. A mask in our own fixed words would show which of
 * them the password is.
 */
export function createLogger(level: string, describe: (error: unknown) => object): Logger {
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
    output,
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
