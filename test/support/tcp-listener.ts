import { once } from "node:events"
import { createServer, type AddressInfo, type Socket } from "node:net"

/** A listener on 127.0.0.1. Disposing it cuts its connections. */
export interface TcpListener extends AsyncDisposable {
  readonly port: number
}

/** Listens on a free port, and gives each connection to the function. */
export async function listenOnLoopback(onConnection: (socket: Socket) => void): Promise<TcpListener> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {}).on("close", () => sockets.delete(socket))
    onConnection(socket)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close")
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
