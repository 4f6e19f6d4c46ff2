import Fastify from "fastify"
import { createServer, request as httpRequest, type IncomingMessage } from "node:http"
import { connect, type AddressInfo } from "node:net"
import { once } from "node:events"
import { afterEach, describe, expect, test } from "vitest"
import { createDoor, type Door, type DoorOptions } from "../../src/fastify/door.ts"
import { startService } from "./service.ts"
import { startingStatus, type DatabaseStatus } from "../../src/health/status.ts"

const since = new Date()
const at = (port: number) => ({ host: "127.0.0.1", port, fallback: "read-write" as const })
const open: Door[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((door) => door.close({ graceMs: 0 })))
})

async function openDoor(options: Partial<DoorOptions> = {}): Promise<{ door: Door; url: string }> {
  const door = createDoor({ settings: at(0), status: () => undefined, ...options })
  open.push(door)
  await door.listen()
  return { door, url: `http://127.0.0.1:${(door.server.address() as AddressInfo).port}` }
}

/** A request of which only the head has been seen to arrive. */
async function sendAndSee(door: Door, url: string): Promise<{ answered: Promise<IncomingMessage> }> {
  const seen = once(door.server, "request")
  const request = httpRequest(url, { agent: false })
  const answered = once(request, "response").then(([response]) => response as IncomingMessage)
  request.end()
  await seen
  return { answered }
}

describe("promise 1, it starts: the port answers before the service is loaded", () => {
  test.each(["GET", "HEAD"])("%s of the health routes and the page", async (method) => {
    const { url } = await openDoor()
    const statuses: Record<string, number> = {}
    for (const path of ["/", "/?x=1", "/health/live", "/health", "/health/ready"]) {
      const response = await fetch(url + path, { method })
      statuses[path] = response.status
      const body = await response.text()
      expect(body === "").toBe(method === "HEAD")
    }
    expect(statuses).toEqual({
      "/": 200,
      "/?x=1": 200,
      "/health/live": 200,
      "/health": 200,
      "/health/ready": 503,
    })
  })

  test("it is not ready before the service is, even where the database is", async () => {
    const status: DatabaseStatus = {
      ...startingStatus(since, "read-write"),
      state: "embedded",
      engine: "sqlite",
      writable: true,
    }
    const { url } = await openDoor({ status: () => status })
    const ready = await fetch(`${url}/health/ready`)
    expect(ready.status).toBe(503)
    expect(ready.headers.get("retry-after")).not.toBeNull()
  })

  test("other requests wait and are answered by Fastify, with their bodies", async () => {
    const { door, url } = await openDoor()
    const seen = once(door.server, "request")
    const answer = fetch(`${url}/echo`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ a: "b".repeat(20_000) }),
    })
    await seen
    const app = Fastify({ serverFactory: door.serverFactory })
    app.post("/echo", (request) => request.body)
    await app.ready()
    door.handOver()
    expect(await (await answer).json()).toEqual({ a: "b".repeat(20_000) })
    expect((await fetch(`${url}/health/live`)).status).toBe(404)
    await app.close()
  })

  test("no more than a bound may wait", async () => {
    const { door, url } = await openDoor({ maxWaiting: 1 })
    const first = await sendAndSee(door, `${url}/a`)
    const second = await fetch(`${url}/b`)
    expect(second.status).toBe(503)
    expect(await second.json()).toMatchObject({ status: 503, code: "HTTP_503" })
    const app = Fastify({ serverFactory: door.serverFactory })
    app.get("/a", () => "a")
    await app.ready()
    door.handOver()
    expect((await first.answered).statusCode).toBe(200)
    await app.close()
  })

  test("who goes away while waiting frees its place and disturbs nobody", async () => {
    const { door, url } = await openDoor({ maxWaiting: 1 })
    const { port, hostname } = new URL(url)
    const seen = once(door.server, "request")
    const socket = connect(Number(port), hostname)
    socket.write("GET /a HTTP/1.1\r\nhost: x\r\n\r\n")
    const [, response] = (await seen) as [unknown, NodeJS.EventEmitter]
    const gone = once(response, "close")
    socket.destroy()
    await gone
    const next = await sendAndSee(door, `${url}/b`)
    const app = Fastify({ serverFactory: door.serverFactory })
    app.get("/b", () => "b")
    await app.ready()
    door.handOver()
    expect((await next.answered).statusCode).toBe(200)
    await app.close()
  })
})

test("promise 1: a port that cannot be had is told clearly", async () => {
  const holder = createServer()
  holder.listen(0, "127.0.0.1")
  await once(holder, "listening")
  const { port } = holder.address() as AddressInfo
  const door = createDoor({ settings: at(port), status: () => undefined })
  await expect(door.listen()).rejects.toMatchObject({
    code: "UNDERSTUDY_LISTEN",
    message: `Cannot listen on 127.0.0.1:${port}: another process listens there.`,
  })
  holder.close()
})

test("promises 1 and 2: an address that cannot be had is replaced by the default, and told, now and by the plugin", async () => {
  // Of the addresses that RFC 5737 keeps for examples: no machine has it.
  const door = createDoor({
    settings: { host: "192.0.2.1", port: 0, fallback: "read-write" },
    status: () => undefined,
  })
  open.push(door)
  const listening = await door.listen()
  expect(listening).toMatchObject({ host: "0.0.0.0", findings: [{ code: "settings.host-unusable" }] })
  expect(listening.findings[0]?.message).toContain("this machine has no such address")
  const health = async (url: string): Promise<string[]> => {
    const { findings } = (await (await fetch(`${url}/health`)).json()) as { findings: { code: string }[] }
    return findings.map(({ code }) => code)
  }
  expect(await health(`http://127.0.0.1:${listening.port}`)).toEqual(["settings.host-unusable"])

  await using service = await startService("sqlite", () => {}, { findings: door.findings })
  expect(await health(service.url)).toContain("settings.host-unusable")
  expect(await (await fetch(service.url)).text()).toContain("listens on all addresses")
})

describe("stopping", () => {
  test("what waits is told, what runs finishes, idle connections do not hold it up", async () => {
    const { door, url } = await openDoor()
    const waiting = await sendAndSee(door, `${url}/x`)
    const closed = door.close({ graceMs: 60_000 })
    expect((await waiting.answered).statusCode).toBe(503)
    await closed
  })

  test("a request that runs finishes, and its kept-alive connection ends with it", async () => {
    const { door, url } = await openDoor()
    const { promise, resolve } = Promise.withResolvers<string>()
    const app = Fastify({ serverFactory: door.serverFactory })
    app.get("/slow", () => promise)
    await app.ready()
    door.handOver()
    const seen = once(door.server, "request")
    const answer = fetch(`${url}/slow`)
    await seen
    const closed = door.close({ graceMs: 60_000 })
    resolve("done")
    expect(await (await answer).text()).toBe("done")
    await closed
    await app.close()
  })

  test("what does not finish is cut off after the grace", async () => {
    const { door, url } = await openDoor()
    const app = Fastify({ serverFactory: door.serverFactory })
    app.get("/never", () => new Promise(() => {}))
    await app.ready()
    door.handOver()
    const seen = once(door.server, "request")
    const answer = fetch(`${url}/never`)
    await seen
    await Promise.all([door.close({ graceMs: 20 }), expect(answer).rejects.toThrow()])
    await app.close()
  })
})
