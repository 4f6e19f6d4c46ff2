import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Fastify from "fastify"
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest"
import { openDatabase } from "understudy-db"
import { silentLogger } from "../../src/base/logger.ts"
import { runCommandLine } from "../../src/cli/program.ts"
import { understudyPlugin } from "../../src/fastify/plugin.ts"
import { findFreePort } from "../../src/testing/free-port.ts"
import { openParked } from "../support/parked-transactions.ts"

const CANARY = "canary-canary-canary"

let folder: string
let out: string
let err: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-status-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function run(port: number, env: Record<string, string>, ...args: readonly string[]): Promise<number> {
  out = err = ""
  return runCommandLine(["status", ...args], {
    env: { DATABASE_PATH: folder, PORT: String(port), ADMIN_TOKEN: CANARY, ...env },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  })
}

/** A program that is no instance; tells what was sent to it. */
async function serve(
  headers: Record<string, string>,
  body: string,
): Promise<{ port: number; got: string[] }> {
  const got: string[] = []
  const server = createServer((request, response) => {
    got.push(JSON.stringify(request.headers))
    response.writeHead(200, headers).end(body)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, got }
}

const HEALTH = { "content-type": "application/health+json; charset=utf-8" }

describe("promise 2: understudy status tells what serves", () => {
  test("by the instance that runs: state, pending, parked, findings", async () => {
    const parked = await openParked()
    await parked.park({ a: 11 })
    const env = { DATABASE_URL: parked.url, DATABASE_ENGINE: "postgresql", NODE_ENV: "production" }
    const database = openDatabase({ env, logger: silentLogger })
    const app = Fastify()
    onTestFinished(async () => {
      await app.close()
      await database.close()
    })
    await app.register(understudyPlugin, { database })
    const address = await app.listen({ host: "127.0.0.1", port: 0 })
    await database.ready()
    await expect.poll(() => database.status().parked).toBe(1)
    const port = Number(new URL(address).port)
    expect(await run(port, { DATABASE_URL: parked.url })).toBe(0)
    expect(out).toContain(`The instance at http://127.0.0.1:${port}/health\n`)
    expect(out).toContain("  state:   primary (warn), postgresql serves, since ")
    expect(out).toContain("  pending: nothing\n  parked:  1: `understudy conflicts` lists them\n")
    expect(out).toContain("    code: journal.parked\n")
    await run(port, { DATABASE_URL: parked.url }, "--json")
    expect(JSON.parse(out)).toMatchObject({ instance: { state: "primary", parked: 1 }, journal: null })
  })

  test("where none runs, by the files and PostgreSQL", async () => {
    const parked = await openParked()
    await parked.park({ a: 11 })
    const port = await findFreePort()
    const env = { DATABASE_URL: parked.url, DATABASE_FALLBACK: "read-write" }
    expect(await run(port, env)).toBe(0)
    expect(out).toContain(`No instance answers at http://127.0.0.1:${port}/health.\nFallback: ${folder}`)
    expect(out).toContain("1 parked transaction: ")
    await run(port, env, "--json")
    expect(JSON.parse(out)).toMatchObject({ instance: null, journal: { primary: { parked: 1 } } })
  })

  test("an instance that does not serve is exit code 1", async () => {
    const { port } = await serve(
      HEALTH,
      '{"state":"fallback","status":"fail","pending":{"changes":3,"oldestAgeMs":7200000}}',
    )
    expect(await run(port, {})).toBe(1)
    expect(out).toContain("pending: 3 row changes, the oldest 2 h ago")
  })
})

describe("promise 5: whatever listens there is told nothing, and prints nothing of its own", () => {
  test.each<[what: string, headers: Record<string, string>, body: string]>([
    ["another program", { "content-type": "text/html" }, "<html>"],
    ["a body that is none", HEALTH, "{"],
    ["a body of another form", HEALTH, '{"state":1}'],
    ["an endless body", HEALTH, `{"state":"primary","status":"${"x".repeat(2 ** 20)}"}`],
  ])("%s is no instance", async (_what, headers, body) => {
    const { port, got } = await serve(headers, body)
    expect(await run(port, {})).toBe(0)
    expect(out).toContain("No instance answers at ")
    expect(got).toHaveLength(1)
    expect(got.join("")).not.toContain(CANARY)
  })

  test("control characters are not printed", async () => {
    const body = { state: "a\u001B[2J\nb", status: "pass", findings: [null, { title: "\u001B]0;x" }] }
    const { port } = await serve(HEALTH, JSON.stringify(body))
    await run(port, {})
    expect(out).toContain("state:   a?[2J?b (pass)")
    expect(out).not.toContain("\u001B")
  })

  test("the path is no other address", async () => {
    expect(await run(1, {}, "--path", "@elsewhere/health")).toBe(64)
  })
})
