import pino, { type Logger, type DestinationStream } from "pino"

/** The logger of the whole service: JSON lines on standard output, no header of a request in them. */
export function createLogger(level: string): Logger {
  const output: DestinationStream & NodeJS.EventEmitter = pino.destination({ fd: 1, sync: true })
  // A reader that went away, or a full disk behind it, costs log lines and not the service.
  output.on("error", () => {})
  return pino(
    {
      level,
      // Names that must never be logged, whoever puts them there.
      redact: ["*.authorization", "*.cookie", "*.password", "*.token", "headers", "*.headers"],
      serializers: {
        req: (request: { method?: string; url?: string; ip?: string }) => ({
          method: request.method,
          // A query may hold what somebody searched for, or a token that was pasted there.
          path: request.url?.split("?", 1)[0],
          ip: request.ip,
        }),
        res: (reply: { statusCode?: number }) => ({ status: reply.statusCode }),
      },
    },
    output,
  )
}
