import type { EventEmitter } from "node:events"
import type { Duplex } from "node:stream"
import { ErrorFrames } from "./error-frames.ts"

/** What came over the connection is not PostgreSQL's protocol, or a damaged piece of it. */
class ProtocolError extends Error {
  override readonly name = "ProtocolError"
  /** A connection exception: what is under way on the connection is lost with it. */
  readonly code = "08000"

  constructor(cause: unknown) {
    super("unexpected message: it cannot be read as PostgreSQL's protocol", { cause })
  }
}

type Listener = (...args: never[]) => void

/** What node-postgres's parser needs of a stream. */
interface Source {
  on(event: string, listener: Listener): unknown
}

/** The part of node-postgres's connection that reads the server's messages. */
export interface ParsingConnection extends EventEmitter {
  attachListeners(stream: Source): void
}

/**
 * Lets a message that cannot be read end its connection. node-postgres reads in an event's listener, where a throw
 * (of an unknown way to log in, of a message that is too short) would end the process, and an error that breaks off
 * would hold it for ever. Errors come with their severity in English, whatever language the server speaks.
 */
export function guardParser(connection: ParsingConnection): void {
  const attach = connection.attachListeners.bind(connection)
  connection.attachListeners = (stream) => {
    const { on } = stream
    const frames = new ErrorFrames()
    connection.prependListener("errorMessage", (error: { severity?: string | undefined }) => {
      error.severity = frames.nextSeverity() ?? error.severity
    })
    attach({
      on: (event, listener) =>
        on.call(stream, event, event === "data" ? guarded(stream as Duplex, frames, listener) : listener),
    })
  }
}

function guarded(stream: Duplex, frames: ErrorFrames, listener: Listener): Listener {
  return (...args) => {
    try {
      frames.push(args[0] as unknown as Buffer)
      listener(...args)
    } catch (error) {
      stream.destroy(new ProtocolError(error))
    }
  }
}
