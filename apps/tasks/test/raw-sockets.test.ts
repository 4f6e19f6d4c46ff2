import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { startBackend, type Backend } from "../../../test/support/backend.ts"
import { exchange, openRawClient, type RawAnswer, type RawClient } from "../../../test/support/raw-client.ts"

const CANARY = "canary-2c94e07b5fd1"
const HOST = `host: x\r\nauthorization: Bearer ${CANARY}\r\n`
const JSON_TYPE = "content-type: application/json\r\n"

let backend: Backend
beforeAll(async () => {
  backend = await startBackend({ env: { DATABASE_URL: "sqlite::memory:", ADMIN_TOKEN: CANARY } })
  while ((await backend.fetch("/health/ready")).status !== 200);
})
afterAll(() => backend[Symbol.asyncDispose]())

const get = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\n${HOST}${more}\r\n`
const post = (body: string, headers = `content-length: ${Buffer.byteLength(body)}\r\n`): string =>
  `POST /tasks HTTP/1.1\r\n${HOST}${JSON_TYPE}${headers}\r\n${body}`
const task = (title: string): string => JSON.stringify({ title })

async function titlesLike(text: string): Promise<string[]> {
  const response = await backend.fetch(`/tasks?limit=100&q=${encodeURIComponent(text)}`)
  return ((await response.json()) as { items: { title: string }[] }).items.map(({ title }) => title)
}

function expectProblem(answer: RawAnswer | undefined, status: number): void {
  expect(answer).toMatchObject({ status, headers: { "content-type": "application/problem+json" } })
  expect(JSON.parse(answer?.body ?? "")).toMatchObject({
    status,
    code: expect.stringMatching(/^[A-Z0-9_]+$/),
  })
}

describe("promise 4, no lie: bytes that are no request are refused, and none of it is done", () => {
  const inner = `POST /tasks HTTP/1.1\r\n${HOST}${JSON_TYPE}content-length: 20\r\n\r\n{"title":"smuggled"}`
  const chunk = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`
  test.each([
    ["a TLS hello", Buffer.from("16030100c8010000c4030300010203040506070809", "hex")],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["NUL bytes", "\0\0\0\0"],
    ["an unknown method", `BREW /tasks HTTP/1.1\r\n${HOST}\r\n`],
    ["an unknown version", `GET /tasks HTTP/3.0\r\n${HOST}\r\n`],
    ["a space in the path", `GET /ta sks HTTP/1.1\r\n${HOST}\r\n`],
    ["line feeds alone", "GET /tasks HTTP/1.1\nhost: x\n\n"],
    ["a folded header", `GET /tasks HTTP/1.1\r\n${HOST}a: b\r\n c\r\n\r\n`],
    ["a NUL in a header", `GET /tasks HTTP/1.1\r\n${HOST}a: b\0c\r\n\r\n`],
    ["a length and chunks", post(inner, "content-length: 4\r\ntransfer-encoding: chunked\r\n")],
    ["chunks and a length", post(chunk, "transfer-encoding: chunked\r\ncontent-length: 4\r\n")],
    ["two lengths", post(inner, "content-length: 0\r\ncontent-length: 5\r\n")],
    ["a list of lengths", post(inner, "content-length: 0, 5\r\n")],
    ["a negative length", post(inner, "content-length: -1\r\n")],
    ["a length with a plus", post(inner, "content-length: +0\r\n")],
    ["a hexadecimal length", post(inner, "content-length: 0x0\r\n")],
    ["a space before the colon", post(inner, "content-length : 0\r\n")],
    ["a length without bound", post(inner, "content-length: 99999999999999999999999\r\n")],
    ["an expectation and an unknown coding", post(chunk, "expect: tea\r\ntransfer-encoding: gzip\r\n")],
    [
      "a DELETE of unknown length",
      `DELETE /tasks/x HTTP/1.1\r\n${HOST}transfer-encoding: gzip\r\n\r\n${chunk}`,
    ],
    ["an unknown coding", post(chunk, "transfer-encoding: cow\r\n")],
    ["chunked twice, or nearly", post(chunk, "transfer-encoding: chunked, cow\r\n")],
    ["chunked with a vertical tab", post(chunk, "transfer-encoding: \vchunked\r\n")],
    ["a chunk of no size", post(`zz\r\n${inner}`, "transfer-encoding: chunked\r\n")],
    ["a chunk of a huge size", post(`ffffffffffffffffff\r\n${inner}`, "transfer-encoding: chunked\r\n")],
    [
      "a chunk that is longer than told",
      post(`1\r\n${inner}\r\n0\r\n\r\n`, "transfer-encoding: chunked\r\n"),
    ],
    ["chunks ended by line feeds", post(`2\n{}\n0\n\n`, "transfer-encoding: chunked\r\n")],
  ])("%s", async (_name, bytes) => {
    const answers = await exchange(backend.port, bytes)
    expect(answers).toHaveLength(1)
    expectProblem(answers[0], 400)
    expect(await titlesLike("smuggled")).toEqual([])
  })

  test.each([
    ["a header of 20 KB", get("/tasks", `a: ${"b".repeat(20_000)}\r\n`), 431],
    ["200 headers", get("/tasks", "a: b\r\n".repeat(200)), 431],
    ["a path of 20 KB", get(`/${"a".repeat(20_000)}`), 431],
    ["no host", "GET /tasks HTTP/1.1\r\n\r\n", 400],
    ["two hosts", get("/tasks", "host: y\r\n"), 400],
    ["an unknown expectation", get("/tasks", "expect: tea\r\n"), 417],
    ["an id of 2 KB", get(`/tasks/${"a".repeat(2000)}`, "connection: close\r\n"), 414],
    ["a path that cannot be decoded", get("/tasks/%ff", "connection: close\r\n"), 400],
  ])("%s", async (_name, bytes, status) => {
    const answers = await exchange(backend.port, bytes)
    expect(answers).toHaveLength(1)
    expectProblem(answers[0], status)
  })

  test("a tunnel is not made", async () => {
    expect(await exchange(backend.port, `CONNECT x:1 HTTP/1.1\r\n${HOST}\r\n`)).toEqual([])
  })

  test.each([
    ["with a length", post(task("cut off").slice(0, -3), `content-length: ${task("cut off").length}\r\n`)],
    ["in a chunk", post(`14\r\n${task("cut off").slice(0, -3)}`, "transfer-encoding: chunked\r\n")],
    ["in the head", `POST /tasks HTTP/1.1\r\n${HOST}content-le`],
  ])("a request that is cut off %s is not done", async (_name, bytes) => {
    using client = await openRawClient(backend.port, bytes)
    client.socket.end()
    expectProblem((await client.answers(1))[0], 400)
    await client.ended
    expect(await titlesLike("cut off")).toEqual([])
  })

  test("a body that is longer than its length: the request is done, the rest is refused", async () => {
    const body = task("longer")
    const answers = await exchange(backend.port, post(`${body}}}}}`, `content-length: ${body.length}\r\n`))
    expect(answers.map(({ status }) => status)).toEqual([201, 400])
    expect(await titlesLike("longer")).toEqual(["longer"])
  })
})

describe("what is unusual and allowed", () => {
  test("a hundred requests at once are answered in their order", async () => {
    const bodies = Array.from({ length: 100 }, (_, index) => task(`pipelined ${index}`))
    using client = await openRawClient(backend.port, bodies.map((body) => post(body)).join(""))
    const answers = await client.answers(100)
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 201))
    expect(answers.map(({ body }) => (JSON.parse(body) as { title: string }).title)).toEqual(
      bodies.map((body) => (JSON.parse(body) as { title: string }).title),
    )
    expect(await titlesLike("pipelined")).toHaveLength(100)
  })

  test("a client that has said all and reads on gets its answer", async () => {
    using client = await openRawClient(backend.port, post(task("half closed")))
    client.socket.end()
    expect(await client.answers(1)).toMatchObject([{ status: 201 }])
    await client.ended
  })

  test("a body that is announced is asked for", async () => {
    const body = task("expected")
    using client = await openRawClient(
      backend.port,
      post("", `content-length: ${body.length}\r\nexpect: 100-continue\r\n`),
    )
    while (!client.text.startsWith("HTTP/1.1 100 ")) await nextData(client)
    client.socket.write(body)
    expect(await client.answers(1)).toMatchObject([{ status: 201 }])
  })

  test.each([
    ["an upgrade to WebSocket", "connection: upgrade\r\nupgrade: websocket\r\n"],
    [
      "an upgrade to HTTP/2",
      "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n",
    ],
  ])("%s is not taken up, the request is answered", async (_name, headers) => {
    using client = await openRawClient(backend.port, get("/health/live", headers))
    expect(await client.answers(1)).toMatchObject([{ status: 200 }])
  })

  test("a target with a host of its own is answered by its path alone", async () => {
    using client = await openRawClient(backend.port, get("http://elsewhere.example/tasks?limit=1"))
    const [answer] = await client.answers(1)
    expect(answer?.status).toBe(200)
    expect(answer?.body).not.toContain("elsewhere")
  })

  test.each(["OPTIONS *", "OPTIONS /tasks", "TRACE /tasks", "PUT /tasks", "PROPFIND /tasks"])(
    "%s is an unknown route, and echoes nothing",
    async (what) => {
      using client = await openRawClient(
        backend.port,
        `${what} HTTP/1.1\r\n${HOST}origin: https://e.example\r\n\r\n`,
      )
      const [answer] = await client.answers(1)
      expectProblem(answer, 404)
      expect(Object.keys(answer?.headers ?? {}).filter((name) => name.startsWith("access-control-"))).toEqual(
        [],
      )
    },
  )
})

describe("promise 1, it answers: other clients are served meanwhile", () => {
  test("a thousand connections on which nothing comes", async () => {
    const silent = await Promise.all(Array.from({ length: 1000 }, () => openRawClient(backend.port)))
    for (const path of ["/health/live", "/tasks"]) expect((await backend.fetch(path)).status).toBe(200)
    silent.forEach(({ socket }) => void socket.destroy())
  })

  test("a hundred that have sent half a body", async () => {
    const half = post("{", "content-length: 1000\r\n")
    const slow = await Promise.all(Array.from({ length: 100 }, () => openRawClient(backend.port, half)))
    const response = await backend.fetch("/tasks", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: task("meanwhile"),
    })
    expect(response.status).toBe(201)
    slow.forEach(({ socket }) => void socket.destroy())
  })
})

test("promise 5: a token in a query is no proof, and does not reach the log", async () => {
  const answer = await backend.fetch(`/health?token=${CANARY}`)
  expect(await answer.json()).not.toHaveProperty("trace")
  expect((await backend.fetch(`/tasks?token=${CANARY}`)).status).toBe(400)
  using client = await openRawClient(backend.port, get(`/%ff?token=${CANARY}`))
  expectProblem((await client.answers(1))[0], 400)
})

test("promise 5: after all of this it lives, and neither its log nor an answer told a secret or a stack", async () => {
  expect((await backend.fetch("/health/live")).status).toBe(200)
  const exit = await backend.stop()
  expect(exit).toEqual({ code: 0, signal: null })
  expect(backend.stdout).toContain('"Answered."')
  expect(backend.stdout).not.toContain(CANARY)
  expect(backend.stdout).not.toMatch(/"level":[56]0|node_modules|\.ts:\d/)
  expect(backend.stderr).toBe("")
})

function nextData({ socket, ended }: RawClient): Promise<unknown> {
  return Promise.race([ended, new Promise((resolve) => socket.once("data", resolve))])
}
