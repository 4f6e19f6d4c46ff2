import { randomUUID } from "node:crypto"
import { sql } from "kysely"
import { Client } from "pg"
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import type { Sessions } from "../../src/session/sessions.ts"
import { startFaultProxy, type FaultProxy } from "../../src/testing/fault-proxy.ts"
import { queryText } from "../../src/testing/postgres-messages.ts"
import { startPostgres, type PostgresServer } from "../../src/testing/postgres-server.ts"
import type { ProxiedConnection } from "../../src/testing/proxy-rules.ts"
import { postgresOptions, sessionsOn } from "../support/engines.ts"

interface Tables {
  note: { id: string }
}

const WAIT = { timeout: 15_000, interval: 20 }
const error = (caught: unknown): { code?: string; applied?: string; message: string } => caught as never

/** Promise 4: of each write it is known whether it was applied, or it is said that it is not known. */
describe("a connection that is lost", { timeout: 60_000 }, () => {
  let server: PostgresServer
  let observer: Client

  beforeAll(async () => {
    server = await startPostgres()
    observer = new Client({ connectionString: server.adminUrl })
    observer.on("error", () => {})
    await observer.connect()
    await observer.query("create table note (id uuid primary key); grant all on note to public")
  })
  afterAll(async () => {
    await observer.end()
    await server[Symbol.asyncDispose]()
  })

  async function through(
    options = {},
    timeoutMs = 20_000,
  ): Promise<{ proxy: FaultProxy; sessions: Sessions<Tables>; engine: PostgresEngine }> {
    const proxy = await startFaultProxy({ target: { host: "127.0.0.1", port: server.port } })
    const engine = await PostgresEngine.open(
      postgresOptions(proxy.url(server.url), { connectTimeoutMs: 1_000, ...options }),
      AbortSignal.timeout(10_000),
    )
    onTestFinished(async () => {
      await engine.close()
      await proxy[Symbol.asyncDispose]()
    })
    return { proxy, engine, sessions: sessionsOn<Tables>(engine, timeoutMs) }
  }

  const sleeping = async (): Promise<number> => {
    const found = await observer.query(
      "select 1 from pg_stat_activity where state = 'active' and query like '%pg_sleep(30)%' and pid <> pg_backend_pid()",
    )
    return found.rowCount ?? 0
  }

  const applied = async (id: string): Promise<boolean> =>
    (await observer.query("select 1 from note where id = $1", [id])).rowCount === 1

  /** Does something to the connection at the message with this text, once. */
  function at(
    proxy: FaultProxy,
    text: RegExp,
    act: (connection: ProxiedConnection) => "pass" | "drop" | "reset" | "close" | "blackHole",
  ): void {
    let done = false
    proxy.onClientMessage((type, payload, connection) => {
      if (done || !text.test(queryText({ type, payload }) ?? "")) return "pass"
      done = true
      return act(connection)
    })
  }

  const write = (sessions: Sessions<Tables>, id: string): Promise<unknown> =>
    sessions.write((db) => db.insertInto("note").values({ id }).execute())

  describe.each(["reset", "close"] as const)("by %s", (kind) => {
    it("at BEGIN: nothing was done yet, and it is begun anew", async () => {
      const { proxy, sessions } = await through()
      const [id, other] = [randomUUID(), randomUUID()]
      at(proxy, /^begin/i, () => kind)
      await write(sessions, id)
      at(proxy, /^begin/i, () => kind)
      await sessions.kysely
        .transaction()
        .execute((db) => db.insertInto("note").values({ id: other }).execute())
      expect([await applied(id), await applied(other)]).toEqual([true, true])
    })

    it("at a statement: not applied, and it says so", async () => {
      const { proxy, sessions } = await through()
      const id = randomUUID()
      at(proxy, /^insert/i, () => kind)
      expect(await write(sessions, id).catch(error)).toMatchObject({
        code: "UNDERSTUDY_CONNECTION_LOST",
        applied: "no",
      })
      expect(await applied(id)).toBe(false)
    })

    it("before COMMIT reached the server: not applied, and it says so", async () => {
      const { proxy, sessions } = await through()
      const id = randomUUID()
      at(proxy, /^commit/i, () => kind)
      expect(await write(sessions, id).catch(error)).toMatchObject({
        code: "UNDERSTUDY_CONNECTION_LOST",
        applied: "no",
      })
      expect(await applied(id)).toBe(false)
    })

    it("after COMMIT was carried out and before the answer: applied, and the session succeeds", async () => {
      const { proxy, sessions } = await through()
      const id = randomUUID()
      cutAnswerToCommit(proxy, (connection) => connection.cut(kind))
      await write(sessions, id)
      expect(await applied(id)).toBe(true)
    })
  })

  /** Lets COMMIT through, then keeps its answer from the client. */
  function cutAnswerToCommit(proxy: FaultProxy, cut: (connection: ProxiedConnection) => void): void {
    const committing = new Set<number>()
    proxy.onClientMessage((type, payload, connection) => {
      if (/^commit/i.test(queryText({ type, payload }) ?? "")) committing.add(connection.id)
      return "pass"
    })
    proxy.onServerMessage((_type, _payload, connection) => {
      if (!committing.delete(connection.id)) return "pass"
      cut(connection)
      return "drop"
    })
  }

  it("after COMMIT was carried out, and who is asked falls silent once: it is asked again, and the session succeeds", async () => {
    const { proxy, sessions } = await through({ connectTimeoutMs: 500 })
    const id = randomUUID()
    const committing = new Set<number>()
    let asked = 0
    proxy.onClientMessage((type, payload, connection) => {
      const text = queryText({ type, payload }) ?? ""
      if (/^commit/i.test(text)) committing.add(connection.id)
      if (!text.includes("pg_xact_status")) return "pass"
      asked += 1
      if (asked > 1) return "pass"
      connection.blackHole("both")
      return "drop"
    })
    proxy.onServerMessage((_type, _payload, connection) => {
      if (!committing.delete(connection.id)) return "pass"
      connection.reset()
      return "drop"
    })
    await write(sessions, id)
    expect(asked).toBe(2)
    expect(await applied(id)).toBe(true)
  })

  it("a COMMIT that vanished without a word: the server is asked, its backend ended, not applied", async () => {
    const { proxy, sessions } = await through({ statementTimeoutMs: 700 })
    const id = randomUUID()
    at(proxy, /^commit/i, (connection) => {
      connection.blackHole("both")
      return "drop"
    })
    expect(await write(sessions, id).catch(error)).toMatchObject({
      code: "UNDERSTUDY_CONNECTION_LOST",
      applied: "no",
    })
    expect(await applied(id)).toBe(false)
  })

  it("no server to ask: unknown once its time is over, and never run again", async () => {
    const { proxy, sessions } = await through({}, 3_000)
    const id = randomUUID()
    let runs = 0
    cutAnswerToCommit(proxy, (connection) => {
      void proxy.refuse()
      connection.reset()
    })
    const caught = await sessions
      .write(
        (db) => {
          runs += 1
          return db.insertInto("note").values({ id }).execute()
        },
        { rerun: "any" },
      )
      .catch(error)
    expect(caught).toMatchObject({ code: "UNDERSTUDY_COMMIT_UNKNOWN", applied: "unknown" })
    expect([runs, await applied(id)]).toEqual([1, true])
  })

  it("rerun: any runs a write again that was cut off before COMMIT", async () => {
    const { proxy, sessions } = await through()
    const id = randomUUID()
    at(proxy, /^insert/i, () => "reset")
    const attempts = await sessions.write(
      async (db) => {
        await db.insertInto("note").values({ id }).execute()
        return db.attempt
      },
      { rerun: "any" },
    )
    expect([attempts, await applied(id)]).toEqual([2, true])
  })

  it("a read is run again, in a session and outside", async () => {
    const { proxy, sessions } = await through()
    at(proxy, /^select/i, () => "reset")
    expect(await sessions.kysely.selectFrom("note").select("id").limit(0).execute()).toEqual([])
    at(proxy, /^select/i, () => "reset")
    expect(await sessions.read((db) => db.selectFrom("note").select("id").limit(0).execute())).toEqual([])
  })

  it("a write in autocommit that was lost after it was sent is unknown", async () => {
    const { proxy, sessions } = await through()
    const id = randomUUID()
    at(proxy, /^insert/i, () => "reset")
    const caught = await sessions.kysely.insertInto("note").values({ id }).execute().catch(error)
    expect(caught).toMatchObject({ code: "UNDERSTUDY_COMMIT_UNKNOWN", applied: "unknown" })
  })

  it("a statement that stalls ends at its time, and the pool is whole again", async () => {
    const { proxy, sessions } = await through({ statementTimeoutMs: 500 })
    await sessions.kysely.selectFrom("note").select("id").limit(0).execute()
    proxy.blackHole("toServer")
    const stalled = sessions.kysely.selectFrom("note").select("id").execute()
    expect(await stalled.catch(error)).toMatchObject({ code: "UNDERSTUDY_TIMEOUT" })
    await proxy.pass()
    expect(await sessions.kysely.selectFrom("note").select("id").limit(0).execute()).toEqual([])
  })

  it("no connection to be had: it is tried until its time is over, nothing was sent, and it says so", async () => {
    const { proxy, sessions } = await through({}, 1_000)
    await proxy.refuse()
    proxy.reset()
    const id = randomUUID()
    const caught = await sessions.kysely.insertInto("note").values({ id }).execute().catch(error)
    expect(caught).toMatchObject({ code: "UNDERSTUDY_UNAVAILABLE", applied: "no" })
    expect(await applied(id)).toBe(false)
  })

  it("an abandoned statement is given up by the server too", async () => {
    const { sessions } = await through()
    const controller = new AbortController()
    const running = sessions.read(
      async (db) => {
        await sql`select pg_sleep(30)`.execute(db)
      },
      { signal: controller.signal },
    )
    await vi.waitFor(async () => expect(await sleeping()).toBe(1), WAIT)
    controller.abort(new Error("enough"))
    await expect(running).rejects.toThrow("enough")
    await vi.waitFor(async () => expect(await sleeping()).toBe(0), WAIT)
  })

  it("an open session that is rolled back for a reason is cut short, one without is waited for", async () => {
    const { sessions } = await through()
    const reason = new Error("the client went away")
    const cut = sessions.openSession("write")
    const running = sql`select pg_sleep(30)`.execute(cut.db)
    await vi.waitFor(async () => expect(await sleeping()).toBe(1), WAIT)
    await Promise.all([expect(running).rejects.toBe(reason), cut.rollback(reason)])
    await vi.waitFor(async () => expect(await sleeping()).toBe(0), WAIT)
    const waited = sessions.openSession("read")
    const short = sql`select pg_sleep(0.05)`.execute(waited.db)
    await waited.rollback()
    expect((await short).rows).toHaveLength(1)
  })

  it("idle connections that the server ends do no harm", async () => {
    const { sessions } = await through()
    await Promise.all(
      Array.from({ length: 4 }, () =>
        sessions.read((db) => db.selectFrom("note").select("id").limit(0).execute()),
      ),
    )
    await observer.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'understudy'",
    )
    expect(await sessions.kysely.selectFrom("note").select("id").limit(0).execute()).toEqual([])
    const id = randomUUID()
    await vi.waitFor(() => write(sessions, id), WAIT)
    expect(await applied(id)).toBe(true)
  })

  it("a busy pool is a time-out of ours, not a lost server", async () => {
    const { sessions } = await through({ poolMax: 3 })
    const gate = Promise.withResolvers<void>()
    const holders = [1, 2].map(() =>
      sessions.read(async (db) => {
        await db.selectFrom("note").select("id").limit(0).execute()
        await gate.promise
      }),
    )
    const waiting = sessions.read((db) => db.selectFrom("note").select("id").execute(), { timeoutMs: 200 })
    expect(await waiting.catch(error)).toMatchObject({ code: "UNDERSTUDY_TIMEOUT" })
    gate.resolve()
    await Promise.all(holders)
  })
})
