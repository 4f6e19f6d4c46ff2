import Fastify from "fastify"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { silentLogger } from "../../src/base/logger.ts"
import { Secret } from "../../src/base/secret.ts"
import { UnderstudyError } from "../../src/errors/understudy-error.ts"
import { HttpProblem } from "../../src/fastify/http-problem.ts"
import { understudyPlugin } from "../../src/fastify/plugin.ts"
import type { ServedDatabase } from "../../src/fastify/served-database.ts"
import { openDatabase, type Database } from "../../src/open.ts"
import { post, startService, type Service } from "./service.ts"

const token = "an-admin-token-of-tests"

describe("the health routes", () => {
  let service: Service
  beforeAll(async () => {
    service = await startService("sqlite", () => {}, { adminToken: token })
  })
  afterAll(() => service[Symbol.asyncDispose]())

  test.each([
    ["/health/live", 200, "application/health+json; charset=utf-8"],
    ["/health/ready", 200, "application/health+json; charset=utf-8"],
    ["/health", 200, "application/health+json; charset=utf-8"],
    ["/", 200, "text/html; charset=utf-8"],
  ])("promise 2: GET and HEAD %s", async (path, status, type) => {
    for (const method of ["GET", "HEAD"]) {
      const response = await fetch(service.url + path, { method })
      expect(response.status).toBe(status)
      expect(response.headers.get("content-type")).toBe(type)
      expect(response.headers.get("cache-control")).toBe("no-store")
      expect((await response.text()) === "").toBe(method === "HEAD")
    }
  })

  test("promise 2: /health tells what serves", async () => {
    expect(await (await fetch(`${service.url}/health`)).json()).toMatchObject({
      state: "embedded",
      engine: "sqlite",
      writable: true,
    })
  })

  test.each(["/health", "/health/ready"])(
    "promise 5: %s has details for the admin's token alone",
    async (path) => {
      const read = async (authorization?: string): Promise<object> => {
        const headers = authorization === undefined ? {} : { authorization }
        return (await (await fetch(service.url + path, { headers })).json()) as object
      }
      expect(await read(`Bearer ${token}`)).toHaveProperty("trace")
      expect(await read(`bearer  ${token} `)).toHaveProperty("trace")
      for (const wrong of [
        undefined,
        "",
        "Bearer",
        `Bearer ${token}x`,
        `Bearer ${token.slice(1)}`,
        `Basic ${token}`,
      ])
        expect(await read(wrong)).not.toHaveProperty("trace")
      for (const elsewhere of [`?token=${token}`, `?authorization=Bearer%20${token}`])
        expect(await (await fetch(service.url + path + elsewhere)).json()).not.toHaveProperty("trace")
    },
  )
})

describe("promise 1, it starts: without a database that could be asked", () => {
  test("live and the page's route touch no database, and a request that never asks opens no session", async () => {
    await using database: Database<unknown> = openDatabase({
      env: { NODE_ENV: "test", DATABASE_URL: "sqlite::memory:" },
      logger: silentLogger,
    })
    let opened = 0
    const counted: ServedDatabase = {
      settings: database.settings,
      status: () => database.status(),
      createScope: () => database.createScope(),
      openSession: (access, options) => {
        opened++
        return database.openSession(access, options)
      },
    }
    const app = Fastify()
    await app.register(understudyPlugin, { database: counted })
    app.get("/plain", () => "plain")
    for (const url of ["/health/live", "/health", "/health/ready", "/", "/plain", "/nowhere"])
      await app.inject({ url })
    expect(opened).toBe(0)
    await app.close()
  })

  test("the page answers 200 before the database is open, and says that it starts", async () => {
    const database = openDatabase({
      env: { NODE_ENV: "test", DATABASE_URL: "sqlite::memory:" },
      logger: silentLogger,
    })
    const app = Fastify()
    void app.register(understudyPlugin, { database, statusPage: { title: "Mine" } })
    const answered = app.inject({ url: "/" })
    const response = await answered
    expect(response.statusCode).toBe(200)
    expect(response.payload).toContain("Mine")
    await app.close()
    await database.close()
    const closed = openDatabase({
      env: { NODE_ENV: "test", DATABASE_URL: "sqlite::memory:" },
      logger: silentLogger,
    })
    expect(closed.status().state).toBe("starting")
    await closed.close()
  })
})

describe("options", () => {
  const database = openDatabase({
    env: { NODE_ENV: "test", DATABASE_URL: "sqlite::memory:" },
    logger: silentLogger,
  })
  afterAll(() => database.close())

  test.each([
    { healthPrefix: "health" },
    { healthPrefix: "/health/" },
    { healthPrefix: "/:id" },
    { adminToken: "" },
    { adminToken: "fifteen-letters" },
    { adminToken: "a token of many words" },
    { adminToken: new Secret("short") },
  ])("%o is refused", async (options) => {
    const app = Fastify()
    void app.register(understudyPlugin, { database, ...options })
    await expect(app.ready()).rejects.toMatchObject({ code: "UNDERSTUDY_INVALID_ARGUMENT" })
  })

  test("a token with a line break around it is the one that was meant (promise 2)", async () => {
    const app = Fastify()
    await app.register(understudyPlugin, { database, adminToken: `${token}\n` })
    const { body } = await app.inject({ url: "/health", headers: { authorization: `Bearer ${token}` } })
    expect(JSON.parse(body)).toHaveProperty("trace")
    await app.close()
  })

  test("another prefix, no page, and the service's own error handling", async () => {
    const app = Fastify()
    await app.register(understudyPlugin, {
      database,
      healthPrefix: "/internal/hc",
      statusPage: false,
      problems: false,
    })
    expect((await app.inject({ url: "/internal/hc/live" })).statusCode).toBe(200)
    expect((await app.inject({ url: "/health/live" })).statusCode).toBe(404)
    const root = await app.inject({ url: "/" })
    expect(root.headers["content-type"]).toMatch(/^application\/json/)
    await app.close()
  })
})

describe("promise 5, it leaks nothing: problems", () => {
  const password = "canary-8d1f0c5e7a92"
  const lines: string[] = []
  let service: Service
  beforeAll(async () => {
    service = await startService(
      "sqlite",
      (app) => {
        app.post("/unknown", () => {
          throw new Error(`could not reach postgresql://u:${password}@h/d`)
        })
        app.post("/closed", () => {
          throw new UnderstudyError("UNDERSTUDY_CLOSED")
        })
        app.post("/own", () => {
          throw new HttpProblem(410, "thing.gone", "It is gone.")
        })
        app.post("/twice", async (request) => {
          await request.db.insertInto("items").values({ id: 1, name: password, parent: null }).execute()
          await request.db.insertInto("items").values({ id: 2, name: password, parent: null }).execute()
        })
        app.post("/too-long", (request) =>
          request.db
            .insertInto("items")
            .values({ id: 1, name: password.repeat(3), parent: null })
            .execute(),
        )
        app.post("/checked", { schema: { body: { type: "object", required: ["a"] } } }, () => "ok")
        app.post(
          "/narrow",
          { schema: { response: { 410: { type: "object", properties: { nothing: { type: "string" } } } } } },
          () => {
            throw new HttpProblem(410, "thing.gone", "It is gone.")
          },
        )
      },
      { adminToken: password },
      { logger: { stream: { write: (line: string) => void lines.push(line) } } },
    )
  })
  afterAll(() => service[Symbol.asyncDispose]())

  test.each([
    ["/unknown", 500, "INTERNAL"],
    ["/closed", 503, "UNDERSTUDY_CLOSED"],
    ["/own", 410, "thing.gone"],
    ["/narrow", 410, "thing.gone"],
    ["/twice", 409, "23505"],
    ["/too-long", 400, "22001"],
    ["/checked", 400, "FST_ERR_VALIDATION"],
    ["/nowhere", 404, "NOT_FOUND"],
  ])("%s is %i %s, without a value", async (path, status, code) => {
    const response = await post(service.url + path, {})
    const text = await response.text()
    expect(response.status).toBe(status)
    expect(response.headers.get("content-type")).toBe("application/problem+json")
    expect(JSON.parse(text)).toMatchObject({
      status,
      code,
      title: expect.any(String),
      type: expect.any(String),
    })
    expect(text).not.toContain(password)
    expect(response.headers.has("retry-after")).toBe(status === 503)
  })

  test.each([
    ["settings", { ADMIN_TOKEN: password }, {}],
    ["options", {}, { adminToken: password }],
  ])("the log tells of an unknown error, without the secrets of the %s", async (_where, env, options) => {
    lines.length = 0
    const own = Fastify({ logger: { stream: { write: (line: string) => void lines.push(line) } } })
    const database = openDatabase({
      env: { NODE_ENV: "test", DATABASE_URL: "sqlite::memory:", ...env },
      logger: silentLogger,
    })
    await own.register(understudyPlugin, { database, ...options })
    own.get("/x", () => {
      throw new Error(`the token was ${password}`)
    })
    expect((await own.inject({ url: "/x" })).statusCode).toBe(500)
    expect(lines.join("")).toContain("the token was ***")
    expect(lines.join("")).not.toContain(password)
    await own.close()
    await database.close()
  })

  test("broken JSON, a wrong type and an oversized body are problems too", async () => {
    const send = (body: string, type: string): Promise<Response> =>
      fetch(`${service.url}/own`, { method: "POST", headers: { "content-type": type }, body })
    for (const [body, type, status] of [
      ["{", "application/json", 400],
      ["a", "text/strange", 415],
      [`"${"a".repeat(2_000_000)}"`, "application/json", 413],
    ] as const) {
      const response = await send(body, type)
      expect(response.status).toBe(status)
      expect(response.headers.get("content-type")).toBe("application/problem+json")
      expect(await response.json()).toMatchObject({ status, code: expect.stringMatching(/^FST_/) })
    }
  })
})
