import { createServer, type NetConnectOpts, type Socket } from "node:net"
import { once } from "node:events"
import { findFreePort } from "./free-port.ts"
import { directionsOf, openRules, type CutKind, type Directions, type MessageHook } from "./proxy-rules.ts"
import { RelayedConnection } from "./relayed-connection.ts"

const LISTEN_ATTEMPTS = 5

/** Where the server is that the proxy stands before. */
export type ProxyTarget = { readonly host: string; readonly port: number } | { readonly path: string }

/** What {@link startFaultProxy} takes. */
export interface FaultProxyOptions {
  readonly target: ProxyTarget
  /** The port to listen on; default: a free one. */
  readonly port?: number
}

/**
 * A TCP proxy on 127.0.0.1 that breaks connections on demand. Faults are switched while it runs and hold for
 * open and for new connections alike, until {@link FaultProxy.pass}.
 */
export interface FaultProxy extends AsyncDisposable {
  readonly host: "127.0.0.1"
  readonly port: number
  /** How many connections are open now. */
  readonly connections: number
  /** How many were accepted so far. */
  readonly accepted: number
  /** A URL with its host and port replaced by the proxy's. */
  url(base: string): string
  /** Ends every fault: listens, lets flow what was held or swallowed, forgets limits, delay and hooks. */
  pass(): Promise<void>
  /**
   * Takes no new connection; open ones go on. `closed-port` (default): nothing listens, as when the server is
   * down. `reset`: a connection is accepted and reset at once.
   */
  refuse(how?: "closed-port" | "reset"): Promise<void>
  /** Resets (RST) every open connection. */
  reset(): void
  /** Closes (FIN) every open connection. */
  close(): void
  /**
   * Accepts and keeps connections and forwards nothing, both ways or one way. Nothing is read either, so after
   * {@link pass} the bytes that waited go on, as after a healed partition.
   */
  blackHole(directions?: Directions): void
  /** Forwards each message this many milliseconds later, each way; 0 ends it. */
  delay(ms: number): void
  /** Cuts each connection once this many bytes were forwarded in that direction, counted from now. */
  limitBytes(directions: Directions, bytes: number, kind: CutKind): void
  /** Asks for each whole message that a client sends what shall become of it; undefined ends it. */
  onClientMessage(hook: MessageHook | undefined): void
  /** Asks for each whole message that the server sends what shall become of it; undefined ends it. */
  onServerMessage(hook: MessageHook | undefined): void
}

/**
 * Starts a fault proxy before a server, to break connections exactly where a test wants them broken.
 * Disposing it resets what is open and frees the port.
 * @throws the system's error when the port cannot be listened on.
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const target: NetConnectOpts = { ...options.target, allowHalfOpen: true }
  const rules = openRules()
  const open = new Set<RelayedConnection>()
  let port = options.port ?? (await findFreePort())
  let accepted = 0
  let resetsNew = false

  const accept = (client: Socket): void => {
    accepted += 1
    if (resetsNew) {
      client.on("error", () => {}).resetAndDestroy()
      return
    }
    client.setNoDelay(true)
    open.add(new RelayedConnection(accepted, client, target, rules, (connection) => open.delete(connection)))
  }
  const server = createServer({ allowHalfOpen: true }, accept)

  const listen = async (): Promise<void> => {
    if (server.listening) return
    server.listen({ port, host: "127.0.0.1", exclusive: true })
    await once(server, "listening")
  }
  const updateAll = (): void => open.forEach((connection) => connection.update())

  const proxy: FaultProxy = {
    host: "127.0.0.1",
    get port() {
      return port
    },
    get connections() {
      return open.size
    },
    get accepted() {
      return accepted
    },
    url(base) {
      const url = new URL(base)
      url.hostname = "127.0.0.1"
      url.port = String(port)
      return url.href
    },
    async pass() {
      rules.delayMs = 0
      rules.swallowed.clear()
      rules.limits.clear()
      rules.hooks.clear()
      resetsNew = false
      open.forEach((connection) => connection.release())
      await listen()
    },
    async refuse(how = "closed-port") {
      resetsNew = how === "reset"
      if (how === "reset") await listen()
      // The callback would wait for the connections that are open; listening itself ends at once.
      else server.close()
    },
    reset: () => open.forEach((connection) => connection.reset()),
    close: () => open.forEach((connection) => connection.close()),
    blackHole(directions = "both") {
      directionsOf(directions).forEach((direction) => rules.swallowed.add(direction))
      updateAll()
    },
    delay(ms) {
      rules.delayMs = ms
    },
    limitBytes(directions, bytes, kind) {
      for (const direction of directionsOf(directions)) {
        rules.limits.set(direction, { bytes, kind })
        open.forEach((connection) => connection.limit(direction, bytes, kind))
      }
    },
    onClientMessage(hook) {
      if (hook === undefined) rules.hooks.delete("toServer")
      else rules.hooks.set("toServer", hook)
    },
    onServerMessage(hook) {
      if (hook === undefined) rules.hooks.delete("toClient")
      else rules.hooks.set("toClient", hook)
    },
    async [Symbol.asyncDispose]() {
      const closed = server.listening ? once(server, "close") : undefined
      server.close()
      proxy.reset()
      await closed
    },
  }
  for (let attempt = 1; ; attempt++) {
    try {
      await listen()
      return proxy
    } catch (error) {
      // A free port may be gone by the time it is used.
      if (options.port !== undefined || attempt === LISTEN_ATTEMPTS) throw error
      port = await findFreePort()
    }
  }
}
