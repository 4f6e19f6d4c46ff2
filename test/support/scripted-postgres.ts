import { MessageFramer, type Negotiation } from "../../packages/understudy/src/testing/postgres-messages.ts"
import { listenOnLoopback, type TcpListener } from "./tcp-listener.ts"

/** What a client sends before it has a result: see `PostgresMessage.type`; `p` is a password, `Q` a query. */
type ClientStep = "ssl-request" | "startup" | "p" | "Q"

/**
 * What is answered to each step, in one piece or in several. A step that is left out is met with silence, the connection
 * kept open.
 */
export type Script = Readonly<Partial<Record<ClientStep, Buffer | readonly Buffer[]>>>

/** One message of the server's: its type, its length, its content. */
export function serverMessage(type: string, ...content: readonly (string | number | Buffer)[]): Buffer {
  const parts = content.map((part) => {
    if (typeof part !== "number") return Buffer.from(part)
    const number = Buffer.alloc(4)
    number.writeInt32BE(part)
    return number
  })
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(5, type, "latin1")
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** "No", to the request for TLS. */
export const NO_TLS: Buffer = Buffer.from("N")
export const YES_TLS: Buffer = Buffer.from("S")
export const ASKS_PASSWORD: Buffer = serverMessage("R", 3)
export const WELCOME: Buffer = serverMessage("R", 0)
export const READY: Buffer = serverMessage("Z", "I")

/** An error as the server sends it when it takes no connection. */
export function fatal(sqlstate: string, text: string): Buffer {
  return serverMessage("E", `SFATAL\0VFATAL\0C${sqlstate}\0M${text}\0\0`)
}

/**
 * Not PostgreSQL but a script that speaks a few words of its protocol: for servers that stop in the middle of the
 * handshake or send nonsense there, which no real one can be made to do.
 */
export function startScriptedPostgres(script: Script): Promise<TcpListener> {
  return listenOnLoopback((socket) => {
    const negotiation: Negotiation = { pending: false, started: false, opaque: false }
    const framer = new MessageFramer("client", negotiation)
    socket.on("data", (chunk) => {
      for (const { type } of framer.push(chunk)) {
        const answer = script[type as ClientStep]
        for (const piece of answer === undefined ? [] : [answer].flat()) socket.write(piece)
      }
    })
  })
}
