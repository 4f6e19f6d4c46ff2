import { BlockList, isIPv6 } from "node:net"

const PRIVATE_V4 = [
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "100.64.0.0/10",
]
const PRIVATE_V6 = ["::1/128", "fc00::/7", "fe80::/10"]

const proxies = new BlockList()
for (const [family, subnets] of [
  ["ipv4", PRIVATE_V4],
  ["ipv6", PRIVATE_V6],
] as const) {
  for (const subnet of subnets) {
    const [address = "", bits] = subnet.split("/")
    proxies.addSubnet(address, Number(bits), family)
  }
}

/**
 * May this address tell for whom it asks? The proxies between a host's edge and us have private addresses; the first
 * other one is the client. Node's own list of subnets: Fastify's would parse each address anew, and that is dear.
 */
export function isTrustedProxy(address: string): boolean {
  return proxies.check(address, isIPv6(address) ? "ipv6" : "ipv4")
}
