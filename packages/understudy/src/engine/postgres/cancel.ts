import type { Readable } from "node:stream"
import type { PoolClient } from "pg"
import { loadDriver } from "./driver.ts"
import type { Server } from "./options.ts"
import { createSocket } from "./socket.ts"

/** What node-postgres knows of its session, and the types do not tell. */
interface CancelKey {
  readonly processID: number
  readonly secretKey: number
}

/** What the driver's low-level connection can do. */
interface RawConnection {
  attachListeners: (stream: Readable) => void
  connect(port: number | string, host?: string): void
  requestSsl(): void
  cancel(processID: number, secretKey: number): void
  on(event: string, listener: () => void): void
}

const GIVE_UP_MS = 1_000

/**
 * Asks the server to give up what a client runs, by PostgreSQL's own cancel request: it goes through poolers, and
 * hits no one else. Best effort: the client is given up anyway.
 */
export async function cancelQuery(client: PoolClient, server: Server): Promise<void> {
  const { Connection } = await loadDriver()
  const { processID, secretKey } = client as unknown as CancelKey
  const socket = createSocket()
  // Nobody waits for it: it keeps no process alive, and a server that is silent does not keep it.
  socket.unref()
  setTimeout(() => socket.destroy(), GIVE_UP_MS).unref()
  const connection = new Connection({ ssl: server.tls, stream: socket }) as RawConnection
  const send = (): void => connection.cancel(processID, secretKey)
  // The server closes without a word; whatever else comes is not read.
  connection.attachListeners = (stream) => stream.resume()
  connection.on("error", () => {})
  connection.on("connect", server.tls === false ? send : () => connection.requestSsl())
  connection.on("sslconnect", send)
  if (server.host.startsWith("/")) connection.connect(`${server.host}/.s.PGSQL.${server.port}`)
  else connection.connect(server.port, server.host)
}
