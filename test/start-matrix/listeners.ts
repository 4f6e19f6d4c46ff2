import type { Socket } from "node:net"
import {
  ASKS_PASSWORD,
  fatal,
  NO_TLS,
  READY,
  serverMessage,
  startScriptedPostgres,
  WELCOME,
  YES_TLS,
  type Script,
} from "../support/scripted-postgres.ts"
import { listenOnLoopback, type TcpListener } from "../support/tcp-listener.ts"

/** Scripts, not servers: each stops, or speaks nonsense, at one step of PostgreSQL's handshake. */
const SCRIPTS = {
  "hangs-after-n": { "ssl-request": NO_TLS },
  "hangs-after-s": { "ssl-request": YES_TLS },
  "hangs-at-password": { "ssl-request": NO_TLS, startup: ASKS_PASSWORD },
  "hangs-after-login": { "ssl-request": NO_TLS, startup: WELCOME },
  "hangs-at-query": { "ssl-request": NO_TLS, startup: Buffer.concat([WELCOME, READY]) },
  "starting-up": { "ssl-request": NO_TLS, startup: fatal("57P03", "the database system is starting up") },
  "asks-unknown-login": { "ssl-request": NO_TLS, startup: serverMessage("R", 999) },
  "breaks-a-message": { "ssl-request": NO_TLS, startup: serverMessage("R") },
  "talks-nonsense": {
    "ssl-request": NO_TLS,
    startup: Buffer.from(
      "220 mail.example.com ESMTP ready for your letters, and here is some more of it\r\n",
    ),
  },
  "breaks-a-row": {
    "ssl-request": NO_TLS,
    startup: Buffer.concat([WELCOME, READY]),
    Q: serverMessage("D", Buffer.from([0, 9, 0, 0])),
  },
} as const satisfies Readonly<Record<string, Script>>

const NOISE = Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 167 + 13) % 256))

/** The names of the listeners that misbehave. */
export type ListenerName = keyof typeof SCRIPTS | "silent" | "http" | "slamming" | "noisy"

const PLAIN: Readonly<Record<Exclude<ListenerName, keyof typeof SCRIPTS>, (socket: Socket) => void>> = {
  silent: () => {},
  http: (socket) =>
    void socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")),
  slamming: (socket) => void socket.end(),
  noisy: (socket) => void socket.write(NOISE),
}

/** Every name that {@link startListener} knows. */
export const LISTENERS: readonly ListenerName[] = [
  ...(Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[]),
  ...(Object.keys(PLAIN) as (keyof typeof PLAIN)[]),
]

/** Starts one of the listeners that misbehave. */
export function startListener(name: ListenerName): Promise<TcpListener> {
  const script = name in SCRIPTS ? SCRIPTS[name as keyof typeof SCRIPTS] : undefined
  return script === undefined
    ? listenOnLoopback(PLAIN[name as keyof typeof PLAIN])
    : startScriptedPostgres(script)
}
