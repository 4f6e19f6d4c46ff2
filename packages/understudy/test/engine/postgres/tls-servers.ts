import { readFileSync } from "node:fs"
import { afterAll, beforeAll } from "vitest"
import {
  startPostgres,
  type PostgresServer,
  type PostgresServerOptions,
} from "../../../src/testing/postgres-server.ts"
import { serverTls, tlsFile } from "../../support/tls-files.ts"

const clientCa = readFileSync(tlsFile("ca.crt"), "utf8")

/** The servers that each mode meets. */
const SERVERS = {
  "no TLS": {},
  "self-signed": { tls: serverTls("self-signed") },
  "signed by the CA": { tls: serverTls("server") },
  "another host's": { tls: serverTls("wrong-host") },
  expired: { tls: serverTls("expired") },
  "a client's": { tls: serverTls("client") },
  "TLS only": { tls: serverTls("server"), hba: ["hostssl all all all scram-sha-256"] },
  "never TLS": { tls: serverTls("server"), hba: ["hostnossl all all all scram-sha-256"] },
  "an old TLS": {
    tls: serverTls("server"),
    settings: { ssl_min_protocol_version: "TLSv1", ssl_max_protocol_version: "TLSv1.1" },
  },
  "asks for a client certificate": {
    tls: { ...serverTls("server"), clientCa },
    hba: ["hostssl all app all scram-sha-256 clientcert=verify-ca", "hostssl all postgres all cert"],
  },
} as const satisfies Readonly<Record<string, PostgresServerOptions>>

/** A server's name. */
export type ServerName = keyof typeof SERVERS

/** Starts one of each for a file's tests. */
export function tlsServers(): (name: ServerName) => PostgresServer {
  const servers = new Map<string, PostgresServer>()
  beforeAll(async () => {
    const starting = Object.entries<PostgresServerOptions>(SERVERS).map(async ([name, options]) =>
      servers.set(name, await startPostgres(options)),
    )
    await Promise.all(starting)
  })
  afterAll(async () => {
    await Promise.all([...servers.values()].map((server) => server[Symbol.asyncDispose]()))
  })
  return (name) => {
    const server = servers.get(name)
    if (server === undefined) throw new Error(`${name} was not started`)
    return server
  }
}
