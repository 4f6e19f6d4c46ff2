import Fastify, { type FastifyInstance } from "fastify"
import { describe, expect, onTestFinished, test } from "vitest"
import { openDatabase } from "understudy-db"
import { silentLogger } from "../../src/base/logger.ts"
import { understudyPlugin, type UnderstudyPluginOptions } from "../../src/fastify/plugin.ts"
import { startPostgres } from "../../src/testing/postgres-server.ts"
import { openParked } from "../support/parked-transactions.ts"

const TOKEN = "canary-canary-canary"
const ADMIN = { authorization: `Bearer ${TOKEN}` }

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>

async function serve(
  url: string,
  options: Partial<UnderstudyPluginOptions> = {},
  prepare: (app: FastifyInstance) => void = () => {},
): Promise<Ask> {
  const database = openDatabase({
    env: { NODE_ENV: "production", DATABASE_URL: url, DATABASE_ENGINE: "postgresql", ADMIN_TOKEN: TOKEN },
    logger: silentLogger,
  })
  const app: FastifyInstance = Fastify({ forceCloseConnections: true })
  onTestFinished(async () => {
    await app.close()
    await database.close()
  })
  prepare(app)
  await app.register(understudyPlugin, { database, ...options })
  const base = await app.listen({ host: "127.0.0.1", port: 0 })
  await database.ready()
  return async (method, path, body, headers = ADMIN) => {
    const json = body === undefined ? {} : { "content-type": "application/json" }
    const response = await fetch(base + path, {
      method,
      headers: { ...headers, ...json },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const parsed = (text === "" ? {} : JSON.parse(text)) as Answer["body"]
    return { status: response.status, headers: response.headers, body: parsed }
  }
}

describe("promise 2: the admin sees and settles what is parked", () => {
  test("lists, shows, applies and dismisses", async () => {
    const parked = await openParked()
    const first = await parked.park({ a: 11 })
    const second = await parked.park({ b: 12 })
    const ask = await serve(parked.url)

    const list = await ask("GET", "/health/conflicts")
    expect(list.status).toBe(200)
    expect(list.headers.get("cache-control")).toBe("no-store")
    expect(list.body).toEqual({
      conflicts: [first, second].map((id) => ({
        id,
        origin: "of-a-test",
        at: "2026-01-02T03:04:05.678Z",
        parkedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        reason: "row-changed",
        table: "account",
        detail: null,
        dependsOn: [],
        state: "open",
        settledAt: null,
        changes: 1,
      })),
    })
    const shown = await ask("GET", `/health/conflicts/${first}`)
    expect(shown.body).toMatchObject({
      id: first,
      changes: [
        { key: { id: "a" }, ours: { balance: "11" }, theirs: { balance: "5" }, now: { balance: "5" } },
      ],
    })

    const remains = await ask("POST", `/health/conflicts/${first}/apply`)
    expect(remains.status).toBe(409)
    expect(remains.headers.get("content-type")).toContain("application/problem+json")
    expect(remains.body).toMatchObject({
      code: "UNDERSTUDY_CONFLICT_REMAINS",
      applied: "no",
      detail: expect.stringContaining("row-changed in account") as string,
      remedy: expect.stringContaining("by force") as string,
    })
    const applied = await ask("POST", `/health/conflicts/${first}/apply`, { force: true })
    expect([applied.status, applied.body]).toEqual([200, { changes: 1, overwritten: 1 }])
    const dismissed = await ask("POST", `/health/conflicts/${second}/dismiss`)
    expect([dismissed.status, dismissed.body]).toEqual([204, {}])
    expect(await parked.balances()).toEqual({ a: 11, b: 5 })

    expect((await ask("GET", "/health/conflicts")).body).toEqual({ conflicts: [] })
    const all = await ask("GET", "/health/conflicts?state=all&limit=1")
    expect(all.body).toMatchObject({ conflicts: [{ id: first, state: "applied" }] })
    expect((await ask("POST", `/health/conflicts/${second}/apply`)).body).toMatchObject({
      code: "UNDERSTUDY_CONFLICT_SETTLED",
    })
    await expect.poll(async () => (await ask("GET", "/health")).body["parked"]).toBe(0)
  })

  test("/health tells how many there are, to anybody", async () => {
    const parked = await openParked()
    await parked.park({ a: 11 })
    const ask = await serve(parked.url)
    await expect
      .poll(async () => (await ask("GET", "/health", undefined, {})).body)
      .toMatchObject({ status: "warn", parked: 1, findings: [{ code: "journal.parked" }] })
  })

  test.each<[method: string, path: string, body: unknown, status: number, code: string]>([
    ["GET", "/1", undefined, 404, "UNDERSTUDY_CONFLICT_UNKNOWN"],
    ["POST", "/1/apply", undefined, 404, "UNDERSTUDY_CONFLICT_UNKNOWN"],
    ["POST", "/no-id/dismiss", undefined, 404, "UNDERSTUDY_CONFLICT_UNKNOWN"],
    ["GET", "?state=closed", undefined, 400, "conflicts.request"],
    ["GET", "?limit=0", undefined, 400, "conflicts.request"],
    ["GET", "?limit=1&limit=2", undefined, 400, "conflicts.request"],
    ["POST", "/1/apply", { force: "yes" }, 400, "conflicts.request"],
    ["POST", "/1/apply", { really: true }, 400, "conflicts.request"],
    ["POST", "/1/apply", [true], 400, "conflicts.request"],
    ["POST", "/1/apply", "{", 400, "FST_ERR_CTP_INVALID_JSON_BODY"],
  ])("%s %s %j is a problem with a code", async (method, path, body, status, code) => {
    const ask = await serve((await openParked()).url)
    const answer = await ask(method, `/health/conflicts${path}`, body)
    expect([answer.status, answer.body["code"]]).toEqual([status, code])
    expect(answer.headers.get("content-type")).toContain("application/problem+json")
  })

  test("while PostgreSQL is away it is 503, to be tried again", async () => {
    await using server = await startPostgres()
    const ask = await serve(server.url)
    await server.stop("immediate")
    await expect
      .poll(async () => (await ask("GET", "/health/conflicts")).status, { timeout: 20_000 })
      .toBe(503)
    const answer = await ask("POST", "/health/conflicts/1/dismiss")
    expect(answer).toMatchObject({ status: 503, body: { code: "UNDERSTUDY_PRIMARY_AWAY", applied: "no" } })
    expect(answer.headers.get("retry-after")).toBe("5")
  })
})

describe("promise 5: to anybody else it is not there", () => {
  const ROUTES: readonly (readonly [method: string, path: string, body?: string, status?: number])[] = [
    ["GET", ""],
    ["HEAD", ""],
    ["GET", "/1"],
    ["POST", "/1/apply", '{"force":true}', 404],
    ["POST", "/1/apply", "{", 400],
    ["POST", "/1/dismiss"],
    ["DELETE", "/1"],
  ]
  const OTHERS: readonly Record<string, string>[] = [{}, { authorization: "Bearer of-somebody-else" }]

  test.each([true, false])("with the answer of any unknown route; problems: %s", async (problems) => {
    const parked = await openParked()
    await parked.park({ a: 11 })
    const ask = await serve(parked.url, { problems })
    for (const headers of OTHERS) {
      for (const [method, path, body, status = 404] of ROUTES) {
        const hidden = await ask(method, `/health/conflicts${path}`, body, headers)
        const unknown = await ask(method, `/health/conflicting${path}`, body, headers)
        expect([hidden.status, unknown.status], `${method} ${path}`).toEqual([status, status])
        const text = JSON.stringify(hidden.body).replaceAll("conflicts", "conflicting")
        expect(text).toBe(JSON.stringify(unknown.body))
        const names = ({ headers: of }: Answer): string[] => [...of.keys()].toSorted()
        expect(names(hidden)).toEqual(names(unknown))
      }
    }
    expect(await parked.balances()).toEqual({ a: 5, b: 5 })
  })

  test("what changes something is under the service's own rate limit, what looks is not", async () => {
    const unlimited: string[] = []
    await serve((await openParked()).url, {}, (app) => {
      app.addHook("onRoute", ({ method, url, config }) => {
        const { rateLimit } = (config ?? {}) as { readonly rateLimit?: unknown }
        if (url.includes("/conflicts") && rateLimit === false) unlimited.push(String(method))
      })
    })
    expect(new Set(unlimited)).toEqual(new Set(["GET", "HEAD"]))
  })

  test("nor is it there where there is no token", async () => {
    const ask = await serve((await openParked()).url, { adminToken: null })
    expect((await ask("GET", "/health/conflicts")).status).toBe(404)
  })
})
