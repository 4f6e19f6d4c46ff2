import { readFileSync } from "node:fs"
import { stat } from "node:fs/promises"
import { join } from "node:path"
import { Client } from "pg"
import { expect, it, onTestFinished } from "vitest"
import { startPostgres, type PostgresServerOptions } from "../../src/testing/postgres-server.ts"
import { serverTls, tlsFile } from "../support/tls-files.ts"

async function isEncrypted(url: string, ssl?: object): Promise<boolean> {
  const client = new Client({ connectionString: url, ...(ssl === undefined ? {} : { ssl }) })
  client.on("error", () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ ssl: boolean }>(
      "select ssl from pg_stat_ssl where pid = pg_backend_pid()",
    )
    return rows[0]?.ssl === true
  } finally {
    await client.end()
  }
}

const ca = readFileSync(tlsFile("ca.crt"))

async function start(options: PostgresServerOptions): ReturnType<typeof startPostgres> {
  const server = await startPostgres(options)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

it("a server offers TLS with the certificate that it is given (serves promise 1: what TLS is tested on)", async () => {
  const server = await start({ tls: serverTls("server") })
  expect(await isEncrypted(server.url)).toBe(false)
  expect(await isEncrypted(server.url, { ca })).toBe(true)
  expect((await stat(join(server.dataFolder, "server.key"))).mode & 0o777).toBe(0o600)
  await server.stop()
  await server.start()
  expect(await isEncrypted(server.url, { ca })).toBe(true)
})

it("a server's rules decide who gets in, but for who makes databases (serves promise 1)", async () => {
  const tls = { ...serverTls("server"), clientCa: ca.toString() }
  const server = await start({ tls, hba: ["hostssl all app all scram-sha-256 clientcert=verify-ca"] })
  await using database = await server.createDatabase()
  await expect(isEncrypted(database.url)).rejects.toThrow("no encryption")
  await expect(isEncrypted(database.url, { ca })).rejects.toThrow(
    "connection requires a valid client certificate",
  )
  const cert = readFileSync(tlsFile("client.crt"))
  const key = readFileSync(tlsFile("client.key"))
  expect(await isEncrypted(database.url, { ca, cert, key })).toBe(true)
})
