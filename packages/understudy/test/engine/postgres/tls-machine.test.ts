import { execFile } from "node:child_process"
import { chmod, copyFile, mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect, promisify } from "node:util"
import { expect, it, onTestFinished } from "vitest"
import { connectClient, dial } from "../../../src/engine/postgres/dial.ts"
import { destroyClient } from "../../../src/engine/postgres/client.ts"
import { startPostgres } from "../../../src/testing/postgres-server.ts"
import { validateDatabaseUrl } from "../../../src/url/validate.ts"
import { postgresOptions } from "../../support/engines.ts"
import { serverTls, tlsFile } from "../../support/tls-files.ts"

const run = promisify(execFile)

const NOBODY = 65534

async function startTlsServer(): ReturnType<typeof startPostgres> {
  const server = await startPostgres({ tls: serverTls("server") })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

/** What a fresh process with these variables makes of a URL. */
async function outcomeInChild(url: string, env: NodeJS.ProcessEnv, ...rest: string[]): Promise<unknown> {
  const script = join(import.meta.dirname, "tls-in-child.ts")
  const argv = ["--conditions=understudy-source", script, url, ...rest]
  const { stdout } = await run(process.execPath, argv, { env })
  return JSON.parse(stdout)
}

it("promise 1: where the machine has no authorities, sslrootcert=system trusts whom Node trusts", async () => {
  const { url } = await startTlsServer()
  const system = `${url}?sslrootcert=system`
  const none = { SSL_CERT_FILE: "/nonexistent", SSL_CERT_DIR: "/nonexistent" }
  expect(await outcomeInChild(system, none)).toMatchObject({ outcome: "tls.authority-unknown" })
  const extra = { ...none, NODE_EXTRA_CA_CERTS: tlsFile("ca.crt") }
  expect(await outcomeInChild(system, extra)).toMatchObject({ outcome: "TLS" })
  expect(await outcomeInChild(`${url}?sslmode=verify-full`, extra)).toMatchObject({ outcome: "TLS" })
})

it("promise 2: no variable of Node's makes verify-full verify less", async () => {
  const { url } = await startTlsServer()
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: "0" }
  const verified = `${url}?sslmode=verify-full&sslrootcert=${tlsFile("other-ca.crt")}`
  expect(await outcomeInChild(verified, env)).toMatchObject({ outcome: "tls.authority-unknown" })
})

it("promise 3: nothing of a user's own folder is read, where libpq would find an authority", async () => {
  const { url } = await startTlsServer()
  const home = await mkdtemp(join(tmpdir(), "understudy-tls-"))
  onTestFinished(() => rm(home, { recursive: true }))
  await mkdir(join(home, ".postgresql"))
  await copyFile(tlsFile("other-ca.crt"), join(home, ".postgresql", "root.crt"))
  expect(await outcomeInChild(`${url}?sslmode=require`, { HOME: home })).toMatchObject({ outcome: "TLS" })
})

it("promise 2: a file that the process may not read is named as that", async () => {
  const { url } = await startTlsServer()
  const folder = await mkdtemp(join(tmpdir(), "understudy-tls-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  await chmod(folder, 0o755)
  const file = join(folder, "ca.crt")
  await copyFile(tlsFile("ca.crt"), file)
  await chmod(file, 0)
  // Root may read everything.
  const user = process.getuid?.() === 0 ? [String(NOBODY)] : []
  expect(await outcomeInChild(`${url}?sslrootcert=${file}`, {}, ...user)).toEqual({
    outcome: "tls.file-unusable",
    detail: `sslrootcert=${file}: this process may not read it`,
  })
})

it("promise 5: neither the client's key nor its password is in a dump of server or client", async () => {
  const { url } = await startTlsServer()
  const params = `sslcert=${tlsFile("client.crt")}&sslkey=${tlsFile("client-encrypted.key")}&sslpassword=test-passphrase`
  const { parts, dialect } = validateDatabaseUrl(`${url}?sslmode=require&${params}`)
  if (dialect !== "postgresql") throw new Error("the URL was refused")
  const options = postgresOptions(url, { parts })
  const server = await dial(options, AbortSignal.timeout(20_000))
  const client = await connectClient(options, server)
  const dump = inspect([server, client], { depth: 20, showHidden: true, maxStringLength: null })
  destroyClient(client)
  expect(dump).toContain("secureContext")
  expect(dump).not.toContain("PRIVATE KEY")
  expect(dump).not.toContain("test-passphrase")
})
