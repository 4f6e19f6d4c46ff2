import { isIP } from "node:net"
import { Secret } from "../base/secret.ts"
import type { Reading } from "./definition.ts"

/** Shorter ones can be guessed. */
const LEAST_TOKEN = 16

/**
 * Reads the address to listen on: one this machine has, or all of them. A name would have to be resolved first, and
 * shells set HOST to the machine's own: either could keep the port from opening.
 */
export function readListenAddress(text: string, addresses: readonly string[]): Reading<string> {
  const address = text
    .trim()
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase()
  if (address === "localhost") return { value: "127.0.0.1" }
  const family = isIP(address)
  if (family === 0) return { rule: "it is no IP address" }
  const any = address === "0.0.0.0" || address === "::"
  const known =
    addresses.length === 0 ||
    (any && addresses.some((own) => isIP(own) === family)) ||
    address === "0.0.0.0" ||
    address.startsWith("127.") ||
    addresses.some((own) => own.toLowerCase() === address)
  return known ? { value: address } : { rule: "it is no address of this machine" }
}

/** Reads the admin token. It travels in a header, so only visible ASCII will do. */
export function readToken(text: string): Reading<Secret> {
  const token = text.trim()
  if (token.length < LEAST_TOKEN) return { rule: `it is shorter than ${LEAST_TOKEN} characters` }
  if (!/^[\x21-\x7e]+$/.test(token)) return { rule: "it holds characters that cannot travel in a header" }
  return { value: new Secret(token) }
}

/** Reads where snapshots go. It may hold keys, so it is a secret as a whole. */
export function readSnapshotUrl(text: string): Reading<Secret> {
  const url = text.trim()
  if (!/^(file|s3|hf):\/\/\S+$/i.test(url)) return { rule: "it begins with none of file://, s3://, hf://" }
  return { value: new Secret(url) }
}

/** Reads NODE_ENV: one word, in any case; `prod` is meant as `production`. */
export function readNodeEnv(text: string): Reading<string> {
  const word = text.trim().toLowerCase()
  if (!/^[a-z][a-z0-9_-]{0,31}$/.test(word)) return { rule: "it is not one short word" }
  return { value: word === "prod" ? "production" : word }
}
