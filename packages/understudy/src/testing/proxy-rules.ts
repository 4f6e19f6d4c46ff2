import type { ProxiedConnection } from "./proxied-connection.ts"

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
  readonly limits: Map<Direction, { readonly bytes: number; readonly then: CutKind }>
  readonly hooks: Map<Direction, MessageHook>
}

/** Rules that let everything through. */
export function openRules(): ProxyRules {
  return { delayMs: 0, swallowed: new Set(), limits: new Map(), hooks: new Map() }
}
