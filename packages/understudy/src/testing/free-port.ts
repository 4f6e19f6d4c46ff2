import { randomInt } from "node:crypto"
import { createServer } from "node:net"
import { UnderstudyError } from "../errors/understudy-error.ts"

/**
 * Ports are taken from below the range from which systems draw the local ends of outgoing connections
 * (Linux from 32768, macOS and Windows from 49152). From that range the port of a server that is down could be
 * drawn by the very client that dials it, and the connection would meet itself.
 */
const LOWEST = 15_000
const HIGHEST = 31_999
const ATTEMPTS = 50

function canListen(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.once("error", () => resolve(false))
  server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)))
  return promise
}

/**
 * A TCP port of the loopback interface on which nothing listens. Another process may take it before you do:
 * who listens on it must be ready to try another.
 * @throws `UNDERSTUDY_TEST_SERVER` when none is found.
 */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, HIGHEST + 1)
    if (await canListen(port)) return port
  }
  throw new UnderstudyError("UNDERSTUDY_TEST_SERVER", {
    detail: `no free port was found in ${ATTEMPTS} draws from ${LOWEST} to ${HIGHEST}`,
    instead: "End processes that hold ports.",
  })
}
