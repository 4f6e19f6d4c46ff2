import Fastify, { type FastifyInstance } from "fastify"
import { afterAll, beforeAll, expect, test } from "vitest"
import { silentLogger } from "../../src/base/logger.ts"
import type { SqliteEngine } from "../../src/engine/sqlite/engine.ts"
import { understudyPlugin } from "../../src/fastify/plugin.ts"
import { openDatabase } from "../../src/open.ts"
import { openTestSqlite, type TestEngine } from "../support/engines.ts"
import { post, type Items } from "./service.ts"

let opened: TestEngine<Items>
let app: FastifyInstance
let url: string
const database = openDatabase({ env: { DATABASE_URL: "sqlite::memory:" }, logger: silentLogger })

beforeAll(async () => {
  opened = await openTestSqlite<Items>()
  const { engine, sessions } = opened
  await sessions.kysely.schema
    .createTable("items")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("name", "text")
    .addColumn("parent", "integer")
    .execute()
  const { settings } = database
  app = Fastify()
  await app.register(understudyPlugin, {
    database: {
      settings,
      status: () => database.status(),
      createScope: () => sessions.createScope(),
      openSession: (access, options) => sessions.openSession(access, options),
    },
  })
  app.get("/items", (request) => request.db.selectFrom("items").selectAll().execute())
  app.post("/items/rename", async (request) => {
    await request.db.insertInto("items").values({ id: 1, name: "a", parent: null }).execute()
    return request.db.updateTable("items").set({ name: "b" }).returningAll().execute()
  })
  url = await app.listen({ host: "127.0.0.1", port: 0 })
  ;(engine as SqliteEngine).withhold(new Map([["items", "no-key"]]))
})

afterAll(async () => {
  await app.close()
  await opened[Symbol.asyncDispose]()
  await database.close()
})

test.each([
  ["a read", () => fetch(`${url}/items`)],
  ["a write", () => post(`${url}/items/rename`)],
])("promise 4, no copy, no lie: %s is answered with 503, and when to come again", async (_name, ask) => {
  const response = await ask()
  expect(response.status).toBe(503)
  expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/)
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0)
  const problem = await response.json()
  expect(problem).toMatchObject({ code: "UNDERSTUDY_NO_COPY", status: 503, applied: "no" })
  // Promise 5: which tables there are is nobody's business.
  expect(JSON.stringify(problem)).not.toMatch(/items|no-key/)
})

test("promise 4: what the route did before is undone, and served again once there is a copy", async () => {
  const engine = opened.engine as SqliteEngine
  engine.withhold(new Map())
  const response = await fetch(`${url}/items`)
  expect([response.status, await response.json()]).toEqual([200, []])
})
