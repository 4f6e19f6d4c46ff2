import { Readable } from "node:stream"
import Fastify, { type FastifyInstance } from "fastify"
import { sql, type Kysely } from "kysely"
import { expect, test } from "vitest"
import type { Database } from "understudy-db"
import { understudyPlugin } from "../../src/fastify/plugin.ts"
import { listenOnLoopback } from "../../../../test/support/tcp-listener.ts"
import { AWAY, mirrorOnce, useStage, type Accounts } from "../failover/mirrored-program.ts"

const stage = useStage()

async function serve(database: Database<Accounts>): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(understudyPlugin, { database })
  const ask = (db: Kysely<Accounts>): Promise<unknown> => db.selectFrom("account").select("id").execute()
  app.get("/request", (request) => ask(request.db as unknown as Kysely<Accounts>))
  app.get("/app", () => ask(database.kysely))
  app.get("/read", () => database.read(ask))
  app.get("/refused", async (request, reply) => {
    await ask(request.db as unknown as Kysely<Accounts>)
    return reply.code(404).send({})
  })
  app.get("/failed", async (request) => {
    await ask(request.db as unknown as Kysely<Accounts>)
    throw new Error("no")
  })
  app.get("/stream", (request, reply) => {
    const db = request.db as unknown as Kysely<Accounts>
    async function* rows(): AsyncGenerator<string> {
      for await (const { id } of db.selectFrom("account").select("id").stream()) yield id
    }
    return reply.send(Readable.from(rows()))
  })
  app.post("/raw", () => sql`insert into account values ('b', 2)`.execute(database.kysely))
  app.post("/raw-returning", () =>
    sql`with x as (select 'b' as id) insert into account select id, 2 from x returning id`.execute(
      database.kysely,
    ),
  )
  return app
}

test.each([{}, { DATABASE_MIRROR: "off" }])(
  "every answer that may come from the copy says how old it is (promises 2 and 4): %j",
  async (env) => {
    await mirrorOnce(stage, ["a"])
    await using database = stage.open({ ...env, DATABASE_URL: AWAY })
    await using app = await serve(database)
    await database.ready()
    const asOf = database.status().mirror?.asOf?.toISOString()
    expect(asOf).toBeDefined()
    for (const path of ["/request", "/app", "/read", "/refused", "/failed", "/stream"]) {
      for (const method of ["GET", "HEAD"] as const) {
        const { headers } = await app.inject({ method, url: path })
        expect([method, path, headers["understudy-as-of"]]).toEqual([method, path, asOf])
      }
    }
  },
)

test("an answer that had to wait for the start says how old it is (promises 2 and 4)", async () => {
  await mirrorOnce(stage, ["a"])
  await using silent = await listenOnLoopback(() => {})
  await using database = stage.open({
    DATABASE_URL: `postgresql://app:secret@127.0.0.1:${silent.port}/app`,
    DATABASE_CONNECT_TIMEOUT: "500ms",
  })
  await using app = await serve(database)
  const { body, headers } = await app.inject("/request")
  expect(JSON.parse(body)).toEqual([{ id: "a" }])
  expect(headers["understudy-as-of"]).toBe(database.status().mirror?.asOf?.toISOString())
})

test.each(["/raw", "/raw-returning"])(
  "a write as raw text is refused like any other, by name and with the time to come again (promise 3): %s",
  async (url) => {
    await mirrorOnce(stage, ["a"])
    await using database = stage.open({ DATABASE_URL: AWAY, DATABASE_FALLBACK: "read-only" })
    await using app = await serve(database)
    const { statusCode, headers, body } = await app.inject({ method: "POST", url })
    expect([statusCode, headers["retry-after"]]).toEqual([503, "5"])
    expect(JSON.parse(body)).toMatchObject({ code: "UNDERSTUDY_READ_ONLY", applied: "no" })
    expect(await database.kysely.selectFrom("account").select("id").execute()).toEqual([{ id: "a" }])
  },
)
