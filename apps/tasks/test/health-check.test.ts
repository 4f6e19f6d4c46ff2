import { execFile } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import { createServer as createSocketServer, type AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { findFreePort } from "understudy-db/testing"
import { describe, expect, onTestFinished, test } from "vitest"
import { startBackend, type Backend } from "../../../test/support/backend.ts"

const CHECK = fileURLToPath(new URL("../health-check.js", import.meta.url))

/** Runs the image's health check with this environment alone; its exit code. */
async function check(env: Record<string, string>): Promise<number | null> {
  const child = execFile(process.execPath, [CHECK], { env })
  const [code] = (await once(child, "exit")) as [number | null]
  return code
}

describe("promise 2: the image's health check tells what is so", () => {
  test("0 while the service answers, 1 once it does not", async () => {
    await using backend = await startBackend()
    const port = String(backend.port)
    expect(await check({ PORT: port })).toBe(0)
    expect(await check({ PORT: ` ${port} `, HOST: "no address" })).toBe(0)
    await backend.stop()
    expect(await check({ PORT: port })).toBe(1)
  })

  test("a service that listens on one address only is found there", async () => {
    await using backend = await startBackend({ env: { HOST: "127.0.0.1" } })
    expect(await check({ PORT: String(backend.port), HOST: "127.0.0.1" })).toBe(0)
    const elsewhere = await findFreePort()
    const server = createServer((_request, response) => response.end()).listen(elsewhere, "127.0.0.2")
    onTestFinished(() => void server.close())
    await once(server, "listening")
    expect(await check({ PORT: String(elsewhere) })).toBe(1)
    expect(await check({ PORT: String(elsewhere), HOST: "127.0.0.2" })).toBe(0)
  })

  test("a service that may not have its port is found at the default one", async ({ skip }) => {
    const started = await startBackend({ port: null }).catch(() => null)
    if (started === null) skip("the default port, 7860, is taken on this machine")
    await using backend = started as Backend
    expect((await backend.fetch("/health/live")).status).toBe(200)
    expect(await check({ PORT: "80" })).toBe(0)
  })

  test("1 for another answer than 200, and for one that never comes", async () => {
    const refusing = createServer((_request, response) => response.writeHead(503).end())
    const silent = createSocketServer()
    for (const server of [refusing, silent]) {
      server.listen(0, "127.0.0.1")
      onTestFinished(() => void server.close())
      await once(server, "listening")
      expect(await check({ PORT: String((server.address() as AddressInfo).port) })).toBe(1)
    }
  })
})
