import { connect, type NetConnectOpts, type Socket } from "node:net"
import type { Negotiation } from "./postgres-messages.ts"
import { ProxyLane, type LaneOwner } from "./proxy-lane.ts"
import {
  directionsOf,
  type CutKind,
  type Direction,
  type Directions,
  type MessageHook,
  type MessageVerdict,
  type ProxiedConnection,
  type ProxyRules,
} from "./proxy-rules.ts"

/** Sends a RST; a Unix socket has none, and one that is still connecting has nobody to tell. */
function resetSocket(socket: Socket): void {
  if (socket.remotePort === undefined || socket.connecting) socket.destroy()
  else socket.resetAndDestroy()
}

/** A connection through the proxy, with its two sockets. */
export class RelayedConnection implements ProxiedConnection {
  readonly id: number
  readonly #client: Socket
  readonly #target: NetConnectOpts
  readonly #rules: ProxyRules
  readonly #swallowed = new Set<Direction>()
  readonly #negotiation: Negotiation = { pending: false, started: false, opaque: false }
  readonly #lanes = new Map<Direction, ProxyLane>()
  readonly #owner: LaneOwner
  readonly #onClosed: (connection: RelayedConnection) => void
  #server: Socket | undefined
  #openSockets = 1
  #finishing = false

  constructor(
    id: number,
    client: Socket,
    target: NetConnectOpts,
    rules: ProxyRules,
    onClosed: (connection: RelayedConnection) => void,
  ) {
    this.id = id
    this.#client = client
    this.#target = target
    this.#rules = rules
    this.#onClosed = onClosed
    this.#owner = {
      hook: (direction) => rules.hooks.get(direction),
      delayMs: () => rules.delayMs,
      isSwallowed: (direction) => rules.swallowed.has(direction) || this.#swallowed.has(direction),
      ask: (hook: MessageHook, type: string, payload: Buffer): MessageVerdict => hook(type, payload, this),
      cut: (kind) => this.cut(kind),
    }
    this.#watch(client)
    this.#addLane("toServer", client)
    this.update()
  }

  cut(kind: CutKind): void {
    if (kind === "reset") this.reset()
    else if (kind === "close") this.close()
    else this.blackHole()
  }

  reset(): void {
    this.#stop()
    resetSocket(this.#client)
    if (this.#server !== undefined) resetSocket(this.#server)
  }

  close(): void {
    this.#stop()
    this.#finishing = true
    for (const socket of [this.#client, this.#server]) {
      if (socket === undefined) continue
      // What the peer still sends is read and dropped, so that its FIN is seen and no RST overtakes ours.
      socket.removeAllListeners("data").resume()
      socket.end()
    }
  }

  blackHole(directions: Directions = "both"): void {
    for (const direction of directionsOf(directions)) this.#swallowed.add(direction)
    this.update()
  }

  release(): void {
    this.#swallowed.clear()
    for (const lane of this.#lanes.values()) lane.release()
    this.update()
  }

  /** Cuts after this many more bytes. */
  limit(direction: Direction, bytes: number, kind: CutKind): void {
    this.#lanes.get(direction)?.limit(bytes, kind)
  }

  /** Looks at the rules anew. */
  update(): void {
    const deaf = this.#owner.isSwallowed("toServer") && this.#owner.isSwallowed("toClient")
    // A black hole tells nothing, so not even that the server is down: it is dialled when the hole is gone.
    if (this.#server === undefined && !deaf && !this.#client.destroyed) this.#dial()
    for (const lane of this.#lanes.values()) lane.update()
  }

  #dial(): void {
    const server = connect(this.#target)
    this.#server = server
    this.#openSockets += 1
    this.#watch(server)
    server.setNoDelay(true)
    server.once("connect", () => this.#lanes.get("toServer")?.attach(server))
    this.#addLane("toClient", server).attach(this.#client)
  }

  #addLane(direction: Direction, source: Socket): ProxyLane {
    const lane = new ProxyLane(direction, source, this.#negotiation, this.#owner)
    this.#lanes.set(direction, lane)
    const limit = this.#rules.limits.get(direction)
    if (limit !== undefined) lane.limit(limit.bytes, limit.kind)
    return lane
  }

  #watch(socket: Socket): void {
    // Errors are the purpose of this proxy; "close" follows each.
    socket.on("error", () => {})
    socket.on("close", (hadError) => {
      this.#openSockets -= 1
      // One side is gone hard: so is the other, unless it is being finished in order.
      if (hadError && !this.#finishing) this.reset()
      if (this.#openSockets === 0) this.#onClosed(this)
    })
  }

  #stop(): void {
    for (const lane of this.#lanes.values()) lane.stop()
  }
}
