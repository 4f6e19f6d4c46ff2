import { lookup as dnsLookup } from "node:dns"
import { Socket, type LookupFunction } from "node:net"

/** Resolves names IPv4 first: hosts without IPv6 are common, and dialling there first costs the whole time-out. */
const ipv4First: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, order: "ipv4first" }, callback)
}

/** A socket that dials IPv4 first, given node-postgres's own way to call `connect`. */
class DialSocket extends Socket {
  override connect(...args: unknown[]): this {
    const [port, host] = args
    if (typeof port !== "number" || typeof host !== "string") return super.connect(...(args as [string]))
    return super.connect({ port, host, lookup: ipv4First, autoSelectFamily: true })
  }
}

/** A fresh socket for one connection. */
export function createSocket(): Socket {
  return new DialSocket()
}
