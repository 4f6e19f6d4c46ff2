import { Readable } from "node:stream"
import { sql } from "kysely"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import type { FastifyInstance, FastifyReply } from "fastify"
import { onlyOn } from "../../src/engine/portability/only-on.ts"
import { post, startService, until, type Service } from "./service.ts"

/** What a handler and its test tell each other. */
const meeting = {
  arrived: Promise.withResolvers<void>(),
  goOn: Promise.withResolvers<void>(),
  outcome: Promise.withResolvers<unknown>(),
}

function addRoutes(app: FastifyInstance): void {
  const insert = (name: string, extra: { id?: number; parent?: number } = {}) => ({
    id: extra.id ?? 1,
    name,
    parent: extra.parent ?? null,
  })
  app.post("/write", async (request, reply) => {
    await request.db.insertInto("items").values(insert("written")).execute()
    return reply.code(201).header("location", "/items/1").send({ ok: true })
  })
  app.post<{ Params: { status: string } }>("/status/:status", async (request, reply) => {
    await request.db.insertInto("items").values(insert("refused")).execute()
    return reply.code(Number(request.params.status)).send({ ok: false })
  })
  app.post("/response", async (request) => {
    await request.db.insertInto("items").values(insert("refused")).execute()
    return new Response("no", { status: 409 })
  })
  app.post("/throw", async (request) => {
    await request.db.insertInto("items").values(insert("refused")).execute()
    throw new Error("no")
  })
  app.post("/throw-sync", (request) => {
    void request.db
      .insertInto("items")
      .values(insert("refused"))
      .execute()
      .catch(() => {})
    throw new Error("no")
  })
  app.post(
    "/throw-and-be-forgiven",
    { errorHandler: (_error, _request, reply) => void reply.code(200).send("all is well") },
    async (request) => {
      await request.db.insertInto("items").values(insert("refused")).execute()
      throw new Error("no")
    },
  )
  app.post("/deferred", async (request, reply) => {
    await request.db
      .insertInto("items")
      .values(insert("orphan", { parent: 99 }))
      .execute()
    return reply.code(201).header("location", "/items/1").header("etag", '"1"').send({ ok: true })
  })
  app.post("/deferred-stream", async (request, reply) => {
    await request.db
      .insertInto("items")
      .values(insert("orphan", { parent: 99 }))
      .execute()
    const stream = Readable.from(["a", "b"])
    stream.once("close", () => meeting.outcome.resolve("stream closed"))
    return reply.send(stream)
  })
  app.post("/cut-off", async (request) => {
    await request.db.insertInto("items").values(insert("cut off")).execute()
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(
      request.db.withPlugin(onlyOn("postgresql")),
    )
    meeting.outcome.resolve(rows[0]?.pid)
    await meeting.goOn.promise
    return { ok: true }
  })
  app.post<{ Params: { status: string } }>("/nested/:status", async (request, reply) => {
    await request.db.insertInto("items").values(insert("outer")).execute()
    await request.db.savepoint((session) =>
      session
        .insertInto("items")
        .values(insert("inner", { id: 2, parent: 1 }))
        .execute(),
    )
    return reply.code(Number(request.params.status)).send({ ok: true })
  })
  app.post("/beside", async (request) => {
    await request.db.insertInto("items").values(insert("outer")).execute()
    await app.db.kysely.insertInto("items").values(insert("beside")).execute()
  })
  app.post("/beside-in-a-session", async (request) => {
    await request.db.insertInto("items").values(insert("outer")).execute()
    await app.db.write((session) => session.insertInto("items").values(insert("beside")).execute())
  })
  app.post("/wait", async (request) => {
    await request.db.insertInto("items").values(insert("abandoned")).execute()
    meeting.arrived.resolve()
    await meeting.goOn.promise
    const again = request.db.selectFrom("items").selectAll().execute()
    again.then(meeting.outcome.resolve, meeting.outcome.resolve)
    await again
    return { ok: true }
  })
  app.get("/write-by-get", async (request) => {
    await request.db.insertInto("items").values(insert("sneaked in")).execute()
    return { ok: true }
  })
  app.get("/names", async (request) => request.db.selectFrom("items").select("name").execute())
  app.get("/stream", (request, reply) => {
    const rows = request.db.selectFrom("items").select("id").orderBy("id").stream(10)
    return reply.type("text/plain").send(Readable.from(lines(rows)))
  })
  app.get("/late-stream", (request, reply) => {
    // The session is asked for only when the first byte is wanted.
    async function* late(): AsyncGenerator<string> {
      const rows = await request.db.selectFrom("items").select("id").orderBy("id").execute()
      for (const { id } of rows) yield `${id}\n`
    }
    return reply.type("text/plain").send(Readable.from(late()))
  })
  app.get("/endless-stream", async (request, reply) => {
    await sql`select 1`.execute(request.db)
    async function* endless(): AsyncGenerator<string> {
      for (;;) yield "x".repeat(100_000)
    }
    const stream = Readable.from(endless())
    stream.once("close", () => meeting.outcome.resolve("stream closed"))
    return reply.type("text/plain").send(stream)
  })
  app.post("/write-and-stream", async (request, reply) => {
    await request.db.insertInto("items").values(insert("before the stream")).execute()
    async function* seenFromOutside(): AsyncGenerator<string> {
      const rows = await app.db.kysely.selectFrom("items").select("name").execute()
      yield JSON.stringify(rows)
    }
    return reply.send(Readable.from(seenFromOutside()))
  })
  const hijack = (reply: FastifyReply): void => {
    reply.hijack()
    reply.raw.end("hijacked")
  }
  app.post("/hijack", async (request, reply) => {
    await request.db.insertInto("items").values(insert("hijacked")).execute()
    hijack(reply)
  })
  app.get("/hijack", async (request, reply) => {
    await sql`select 1`.execute(request.db)
    hijack(reply)
  })
  app.post("/late", (request, reply) => {
    void reply.send("sent")
    const late = request.db.insertInto("items").values(insert("too late")).execute()
    late.then(meeting.outcome.resolve, meeting.outcome.resolve)
  })
  app.post("/long-after", (request, reply) => {
    reply.raw.once("close", () => {
      setImmediate(() => {
        const late = request.db.insertInto("items").values(insert("too late")).execute()
        late.then(meeting.outcome.resolve, meeting.outcome.resolve)
      })
    })
    return "sent"
  })
}

async function* lines(rows: AsyncIterable<{ id: number }>): AsyncGenerator<string> {
  for await (const { id } of rows) yield `${id}\n`
}

describe.each(["sqlite", "postgresql"] as const)("request.db on %s", (engine) => {
  let service: Service
  beforeAll(async () => {
    service = await startService(engine, addRoutes)
  })
  afterAll(() => service[Symbol.asyncDispose]())
  beforeEach(async () => {
    meeting.arrived = Promise.withResolvers()
    meeting.goOn = Promise.withResolvers()
    meeting.outcome = Promise.withResolvers()
    await service.db.deleteFrom("items").execute()
  })
  const noneLeftOpen = (): Promise<void> => until(async () => (await service.leftOpen()) === 0)

  test("promise 4: what was answered is committed", async () => {
    const response = await post(`${service.url}/write`)
    expect(response.status).toBe(201)
    expect(response.headers.get("location")).toBe("/items/1")
    expect(await service.names()).toEqual(["written"])
  })

  test.each(["/status/400", "/status/404", "/status/500", "/response", "/throw", "/throw-sync"])(
    "promise 4, no lie: %s leaves nothing",
    async (path) => {
      const response = await post(service.url + path)
      expect(response.status).toBeGreaterThanOrEqual(400)
      await noneLeftOpen()
      expect(await service.names()).toEqual([])
    },
  )

  test("promise 4, no lie: a throw leaves nothing, even where an error handler answers with a success", async () => {
    expect((await post(`${service.url}/throw-and-be-forgiven`)).status).toBe(200)
    expect(await service.names()).toEqual([])
  })

  test("promise 4, no lie: a commit that fails replaces the reply, and what spoke of it", async () => {
    const response = await post(`${service.url}/deferred`)
    expect(response.status).toBe(409)
    expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/)
    expect(response.headers.get("location")).toBeNull()
    expect(response.headers.get("etag")).toBeNull()
    expect(await response.json()).toMatchObject({ status: 409, code: "23503" })
    expect(await service.names()).toEqual([])
  })

  test("promise 4, no lie: a failed commit replaces a stream too, which is closed", async () => {
    const response = await post(`${service.url}/deferred-stream`)
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ code: "23503" })
    expect(await meeting.outcome.promise).toBe("stream closed")
  })

  test.skipIf(engine === "sqlite")(
    "promise 4, no lie: a connection killed before the commit (SQLite has none) is told as not applied",
    async () => {
      const posted = post(`${service.url}/cut-off`)
      const pid = await meeting.outcome.promise
      await sql`select pg_terminate_backend(${pid})`.execute(service.db.withPlugin(onlyOn("postgresql")))
      meeting.goOn.resolve()
      const response = await posted
      expect(response.status).toBe(503)
      expect(await response.json()).toMatchObject({ code: "UNDERSTUDY_CONNECTION_LOST", applied: "no" })
      expect(response.headers.get("retry-after")).not.toBeNull()
      expect(await service.names()).toEqual([])
    },
  )

  test("promise 4: a savepoint in a handler belongs to the request's session, with a body or without", async () => {
    for (const body of [undefined, { some: "body" }]) {
      expect((await post(`${service.url}/nested/409`, body)).status).toBe(409)
      expect(await service.names()).toEqual([])
      expect((await post(`${service.url}/nested/200`, body)).status).toBe(200)
      expect(await service.names()).toEqual(["outer", "inner"])
      await service.db.deleteFrom("items").execute()
    }
  })

  test.each(["/beside", "/beside-in-a-session"])(
    "promise 3: a write beside the request's session is refused, and waits for nothing: %s",
    async (path) => {
      const response = await post(service.url + path)
      expect(response.status).toBe(500)
      expect(await response.json()).toMatchObject({ code: "UNDERSTUDY_NESTED_WRITE" })
      expect(await service.names()).toEqual([])
    },
  )

  test("promise 3: a GET reads, and is refused to write", async () => {
    await post(`${service.url}/write`)
    expect(await (await fetch(`${service.url}/names`)).json()).toEqual([{ name: "written" }])
    const head = await fetch(`${service.url}/names`, { method: "HEAD" })
    expect([head.status, await head.text()]).toEqual([200, ""])
    const refused = await fetch(`${service.url}/write-by-get`)
    expect(refused.status).toBe(500)
    expect(await refused.json()).toMatchObject({ code: "UNDERSTUDY_READ_SESSION" })
    expect(await service.names()).toEqual(["written"])
  })

  test("a client that goes away takes its work with it", async () => {
    const controller = new AbortController()
    const gone = fetch(`${service.url}/wait`, { method: "POST", signal: controller.signal })
    await meeting.arrived.promise
    controller.abort()
    await expect(gone).rejects.toThrow()
    await noneLeftOpen()
    meeting.goOn.resolve()
    expect(await meeting.outcome.promise).toBeInstanceOf(Error)
    expect(await service.names()).toEqual([])
  })

  describe("streams", () => {
    const ids = Array.from({ length: 100 }, (_, index) => index)
    beforeEach(() =>
      service.db
        .insertInto("items")
        .values(ids.map((id) => ({ id: id + 1000, name: `item ${id}`, parent: null })))
        .execute(),
    )

    test.each(["/stream", "/late-stream"])("a GET's session lives as long as %s", async (path) => {
      const response = await fetch(service.url + path)
      expect((await response.text()).trim().split("\n").map(Number)).toEqual(ids.map((id) => id + 1000))
      await noneLeftOpen()
    })

    test("a stream that is cut off frees its session", async () => {
      const controller = new AbortController()
      const response = await fetch(`${service.url}/endless-stream`, { signal: controller.signal })
      await response.body?.getReader().read()
      controller.abort()
      expect(await meeting.outcome.promise).toBe("stream closed")
      await noneLeftOpen()
    })
  })

  test("promise 4: a write is committed before the first byte of a stream", async () => {
    const response = await post(`${service.url}/write-and-stream`)
    expect(await response.json()).toEqual([{ name: "before the stream" }])
  })

  test.each(["POST", "GET"])("a hijacked reply to %s frees its session", async (method) => {
    const response = await fetch(`${service.url}/hijack`, { method })
    expect(await response.text()).toBe("hijacked")
    await noneLeftOpen()
    expect(await service.names()).toEqual([])
  })

  test.each(["/late", "/long-after"])(
    "%s: a query after the end is refused, and opens nothing",
    async (path) => {
      expect((await post(service.url + path)).status).toBe(200)
      expect(await meeting.outcome.promise).toMatchObject({ code: "UNDERSTUDY_SESSION_ENDED" })
      await noneLeftOpen()
      expect(await service.names()).toEqual([])
    },
  )

  test("injected requests are served and freed alike", async () => {
    const refused = await service.app.inject({ method: "POST", url: "/throw" })
    expect(refused.statusCode).toBe(500)
    const written = await service.app.inject({ method: "POST", url: "/write" })
    expect(written.statusCode).toBe(201)
    const read = await service.app.inject({ url: "/stream" })
    expect(read.payload).toBe("1\n")
    await noneLeftOpen()
    expect(await service.names()).toEqual(["written"])
  })

  test("many failing requests leave every connection free", async () => {
    const paths = ["/throw", "/status/500", "/deferred", "/hijack", "/write-by-get"]
    for (let round = 0; round < 20; round++) {
      const responses = await Promise.all(
        paths.map((path) =>
          fetch(service.url + path, { method: path === "/write-by-get" ? "GET" : "POST" }).then((response) =>
            response.text(),
          ),
        ),
      )
      expect(responses).toHaveLength(paths.length)
    }
    await noneLeftOpen()
    expect((await post(`${service.url}/write`)).status).toBe(201)
    expect(await service.names()).toEqual(["written"])
  })
})
