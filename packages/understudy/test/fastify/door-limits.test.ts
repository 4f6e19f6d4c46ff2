import { once } from "node:events"
import { connect, type AddressInfo } from "node:net"
import { PassThrough } from "node:stream"
import Fastify, { type FastifyInstance } from "fastify"
import { afterEach, describe, expect, test } from "vitest"
import { openRawClient, type RawClient } from "../../../../test/support/raw-client.ts"
import type { ConnectionLimits } from "../../src/fastify/connection-limits.ts"
import { createDoor, type Door } from "../../src/fastify/door.ts"

/** Short, so that nobody waits; the defaults are a minute and less. */
const SHORT: ConnectionLimits = { headMs: 300, requestMs: 600, idleMs: 300, unreadMs: 300 }
/** More than the buffers of both ends of a connection hold. */
const LARGE = Buffer.alloc(32 * 1024 * 1024, "a")

interface Served {
  readonly door: Door
  readonly app: FastifyInstance
  readonly port: number
}

const open: Served[] = []
afterEach(async () => {
  for (const { door, app } of open.splice(0)) {
    await door.close({ graceMs: 0 })
    await app.close()
  }
})

async function serve(
  limits: ConnectionLimits,
  routes: (app: FastifyInstance) => void = () => {},
): Promise<Served> {
  const door = createDoor({
    settings: { host: "127.0.0.1", port: 0, fallback: "read-write" },
    status: () => undefined,
    limits,
  })
  await door.listen()
  const { serverFactory, clientErrorHandler } = door
  const app = Fastify({ serverFactory, clientErrorHandler })
  app.get("/", () => "home")
  app.post("/", () => "taken")
  app.get("/large", (_request, reply) => reply.send(LARGE))
  routes(app)
  await app.ready()
  door.handOver()
  const served = { door, app, port: (door.server.address() as AddressInfo).port }
  open.push(served)
  return served
}

/** Sends a text byte by byte for as long as the connection lasts. */
function trickle({ socket }: RawClient, text: string): void {
  let sent = 0
  const timer = setInterval(() => socket.write(text[sent++ % text.length] ?? ""), 20)
  socket.once("close", () => clearInterval(timer))
  socket.once("end", () => clearInterval(timer))
}

async function othersAreServed(port: number): Promise<void> {
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("home")
}

test("promise 1: the defaults are a minute and less, whatever Node's are", () => {
  const { server } = createDoor({
    settings: { host: "127.0.0.1", port: 0, fallback: "off" },
    status: () => undefined,
  })
  const { headersTimeout, requestTimeout, keepAliveTimeout, timeout } = server
  expect({ headersTimeout, requestTimeout, keepAliveTimeout, timeout }).toEqual({
    headersTimeout: 20_000,
    requestTimeout: 60_000,
    keepAliveTimeout: 72_000,
    timeout: 60_000,
  })
})

describe("promise 1, it answers: no client holds a connection past its limit", () => {
  test("headers that come a byte at a time", async () => {
    const { port } = await serve(SHORT)
    using client = await openRawClient(port, "GET / HTTP/1.1\r\nhost: x\r\n")
    trickle(client, "x-slow: 1\r\n")
    await othersAreServed(port)
    const [answer] = await client.answers(1)
    expect(answer).toMatchObject({ status: 408, headers: { "content-type": "application/problem+json" } })
    await client.ended
    await othersAreServed(port)
  })

  test("a body that trickles", async () => {
    const { port } = await serve(SHORT)
    const head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 100000\r\n\r\n"
    using client = await openRawClient(port, head)
    trickle(client, "a")
    await othersAreServed(port)
    const [answer] = await client.answers(1)
    expect(answer).toMatchObject({ status: 408 })
    await client.ended
  })

  test("a connection on which nothing comes, at first and after an answer", async () => {
    const { port } = await serve(SHORT)
    using silent = await openRawClient(port)
    using idle = await openRawClient(port, "GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    await idle.answers(1)
    await Promise.all([silent.ended, idle.ended])
  })

  test("a client that never reads its answer", async () => {
    const { door, port } = await serve(SHORT)
    const accepted = once(door.server, "connection")
    using client = await openRawClient(port)
    client.socket.pause()
    const [connection] = (await accepted) as [NodeJS.EventEmitter]
    const cut = once(connection, "close")
    client.socket.write("GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
    await othersAreServed(port)
    await cut
  })

  test("a client that asks on and on and never reads", async () => {
    const { door, port } = await serve(SHORT)
    const accepted = once(door.server, "connection")
    using client = await openRawClient(port)
    client.socket.pause()
    const [connection] = (await accepted) as [NodeJS.EventEmitter]
    const cut = once(connection, "close")
    client.socket.write("GET /large HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100))
    await cut
  })

  test("a client that reads slowly, for longer than the limit, gets all of it", async () => {
    const { port } = await serve({ ...SHORT, unreadMs: 1000 })
    const socket = connect(port, "127.0.0.1")
    socket.pause()
    socket.write("GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    let bytes = 0
    const timer = setInterval(() => (bytes += (socket.read() as Buffer | null)?.length ?? 0), 5)
    await once(socket, "end")
    clearInterval(timer)
    socket.destroy()
    expect(bytes).toBeGreaterThan(LARGE.length)
  })
})

describe("what is no fault of the client is not cut off", () => {
  test("a request whose answer takes longer than any limit", async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const { door, port } = await serve(SHORT, (app) => app.get("/slow", () => promise))
    using client = await openRawClient(port, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
    await once(door.server, "timeout")
    resolve("late")
    expect(await client.answers(1)).toMatchObject([{ status: 200, body: "late" }])
  })

  test("a stream that pauses", async () => {
    const stream = new PassThrough()
    const { door, port } = await serve(SHORT, (app) =>
      app.get("/stream", (_request, reply) => reply.send(stream)),
    )
    stream.write("first")
    using client = await openRawClient(port, "GET /stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    await once(door.server, "timeout")
    stream.end("second")
    await client.ended
    expect(client.text).toMatch(/first[^]*second/)
  })
})

describe("promise 4, no lie: what follows a request does not decide its answer", () => {
  test.each(["GET", "POST"])(
    "a %s that came whole is answered before what came after is refused",
    async (method) => {
      const { promise, resolve } = Promise.withResolvers<string>()
      const { door, port } = await serve({}, (app) =>
        app.route({ method, url: "/slow", handler: () => promise }),
      )
      const wrong = once(door.server, "clientError")
      const request = `${method} /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`
      using client = await openRawClient(port, `${request}\0\0\0`)
      await wrong
      client.socket.write("\0\0\0")
      resolve("done")
      const answers = await client.answers(2)
      expect(answers).toMatchObject([
        { status: 200, body: "done" },
        { status: 400, headers: { "content-type": "application/problem+json" } },
      ])
      await client.ended
    },
  )

  test("a body that is cut off is refused, and its handler never runs", async () => {
    let ran = false
    const { port } = await serve({}, (app) => app.post("/run", () => (ran = true)))
    const head = "POST /run HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\n"
    using client = await openRawClient(port, `${head}half`)
    client.socket.end()
    expect(await client.answers(1)).toMatchObject([{ status: 400 }])
    await client.ended
    expect(ran).toBe(false)
  })
})

describe("a head that two servers could read differently is refused", () => {
  test.each([
    ["no host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["two hosts", "GET / HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\n", 400],
    ["an expectation", "POST / HTTP/1.1\r\nhost: a\r\nexpect: more\r\ncontent-length: 0\r\n\r\n", 417],
    ["too many headers", `GET / HTTP/1.1\r\nhost: a\r\n${"a: b\r\n".repeat(100)}\r\n`, 431],
    ["too large headers", `GET / HTTP/1.1\r\nhost: a\r\na: ${"b".repeat(20_000)}\r\n\r\n`, 431],
  ])("%s", async (_name, bytes, status) => {
    const { port } = await serve({})
    using client = await openRawClient(port, bytes)
    const [answer] = await client.answers(1)
    expect(answer).toMatchObject({
      status,
      headers: { "content-type": "application/problem+json", connection: "close" },
    })
    expect(JSON.parse(answer?.body ?? "")).toMatchObject({ status, code: `HTTP_${status}` })
    await client.ended
  })

  test("HTTP/1.0 needs no host", async () => {
    const { port } = await serve({})
    using client = await openRawClient(port, "GET / HTTP/1.0\r\n\r\n")
    expect(await client.answers(1)).toMatchObject([{ status: 200, body: "home" }])
  })

  test("before the service is loaded too", async () => {
    const door = createDoor({
      settings: { host: "127.0.0.1", port: 0, fallback: "off" },
      status: () => undefined,
    })
    await door.listen()
    const { port } = door.server.address() as AddressInfo
    for (const bytes of ["GET /tasks HTTP/1.1\r\n\r\n", "\0\0\0\0"]) {
      using client = await openRawClient(port, bytes)
      const [answer] = await client.answers(1)
      expect(answer).toMatchObject({ status: 400, headers: { "content-type": "application/problem+json" } })
      await client.ended
    }
    await door.close({ graceMs: 0 })
  })
})

test.each([
  "transfer-encoding: gzip",
  "transfer-encoding: chunked, gzip",
  "transfer-encoding: chunked\r\ncontent-length: 4",
  "content-length: 4\r\ntransfer-encoding: chunked",
])(
  "promise 4: a request whose length is not clear (%s) is refused before its handler runs",
  async (header) => {
    let ran = false
    const { port } = await serve({}, (app) => app.get("/run", () => (ran = true)))
    using client = await openRawClient(port, `GET /run HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n0\r\n\r\n`)
    await client.ended
    expect(await client.nextAnswer(false)).toMatchObject({ status: 400 })
    expect(ran).toBe(false)
  },
)
