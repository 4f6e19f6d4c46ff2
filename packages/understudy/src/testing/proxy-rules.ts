/** One way through the proxy. */
export type Direction = "toServer" | "toClient"

/** One way, or both. */
export type Directions = Direction | "both"

/**
 * How a connection ends. `reset`: both sides get a RST. `close`: both get a FIN after what was forwarded.
 * `blackHole`: nothing is told; the sockets stay, and nothing goes through any more.
 */
export type CutKind = "reset" | "close" | "blackHole"

/**
 * What becomes of one message. `pass`: it goes on. `drop`: it does not. `hold`: it and all that follow it in this
 * direction wait for `release()`. The others end the connection before the message, which is not forwarded.
 */
export type MessageVerdict = "pass" | "drop" | "hold" | CutKind

/** One client's connection through the proxy, and the one that the proxy has to the server for it. */
export interface ProxiedConnection {
  /** Counts the proxy's connections from 1, in the order in which they were accepted. */
  readonly id: number
  /** Ends this connection, or lets it hang. */
  cut(kind: CutKind): void
  /** Sends a RST both ways; what was not yet delivered may be lost. */
  reset(): void
  /** Sends a FIN both ways, after what was forwarded already. */
  close(): void
  /** Forwards nothing more, without a word to either side. {@link ProxiedConnection.release} lets it flow again. */
  blackHole(directions?: Directions): void
  /** Ends what was said of this connection alone: hold, black hole, limit. What waited goes on. */
  release(): void
}

/**
 * Looks at one whole message and decides. Types are PostgreSQL's type bytes (`Q`, `P`, `C`, …), or `startup`,
 * `ssl-request`, `gss-request`, `cancel`, `negotiation` for the messages that have none. Not called for
 * encrypted connections: nothing can be told there.
 */
export type MessageHook = (type: string, payload: Buffer, connection: ProxiedConnection) => MessageVerdict

/** Which directions a word means. */
export function directionsOf(directions: Directions): readonly Direction[] {
  return directions === "both" ? ["toServer", "toClient"] : [directions]
}

/** What holds for every connection of one proxy, now. */
export interface ProxyRules {
  delayMs: number
  readonly swallowed: Set<Direction>
  readonly limits: Map<Direction, { readonly bytes: number; readonly kind: CutKind }>
  readonly hooks: Map<Direction, MessageHook>
}

/** Rules that let everything through. */
export function openRules(): ProxyRules {
  return { delayMs: 0, swallowed: new Set(), limits: new Map(), hooks: new Map() }
}
