import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { ServerTls } from "../../src/testing/postgres-access.ts"

/** The path of a test certificate or key. */
export function tlsFile(name: string): string {
  return fileURLToPath(new URL(`tls/${name}`, import.meta.url))
}

/** A server's certificate of the test certificates, with its key. */
export function serverTls(name: "server" | "wrong-host" | "expired" | "self-signed" | "client"): ServerTls {
  return {
    cert: readFileSync(tlsFile(`${name}.crt`), "utf8"),
    key: readFileSync(tlsFile(`${name}.key`), "utf8"),
  }
}
