import type { FastifyReply, FastifyRequest } from "fastify"
import pino, { type Logger, type DestinationStream } from "pino"

/**
 * The logger of the whole service: JSON lines on standard output. No header of a request is in them, and of an error
 * only what `describe` lets through.
 */
export function createLogger(level: string, describe: (error: unknown) => object): Logger {
  const output: DestinationStream & NodeJS.EventEmitter = pino.destination({ fd: 1, sync: true })
  // A reader that went away, or a full disk behind it, costs log lines and not the service.
  output.on("error", () => {})
  return pino(
    {
      level,
      // Names that must never be logged, whoever puts them there.
      redact: ["*.authorization", "*.cookie", "*.password", "*.token", "headers", "*.headers"],
      serializers: {
        req: requestFields,
        err: (value: unknown) => (value instanceof Error ? describe(value) : value),
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

function requestFields({ method, url, ip }: { method?: string; url?: string; ip?: string }): object {
  // A query may hold what somebody searched for, or a token that was pasted there.
  return { method, path: url?.split("?", 1)[0], ip }
}
