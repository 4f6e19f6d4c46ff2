import { randomUUID } from "node:crypto"
import { sql } from "kysely"
import { describe, expect, it, vi } from "vitest"
import { openSwitchingPair, type SwitchingPair } from "./switching-pair.ts"

const WAIT = { timeout: 15_000, interval: 20 }
const caught = (error: unknown): { code?: string; applied?: string; message: string } => error as never

/** Lets the primary go at the message with this text: the connection is reset, and no other is taken. */
function breakAt(pair: SwitchingPair, text: RegExp): void {
  pair.at(text, () => {
    void pair.proxy.refuse()
    return "reset"
  })
}

describe("reads across a switch", { timeout: 60_000 }, () => {
  it("see no error, whichever way they come in (promise 4)", async () => {
    const pair = await openSwitchingPair({ notes: 3 })
    const { sessions } = pair
    const count = (rows: readonly unknown[]): number => rows.length
    const ways: (() => Promise<number>)[] = [
      async () => count(await sessions.kysely.selectFrom("note").selectAll().execute()),
      () => sessions.read(async (db) => count(await db.selectFrom("note").selectAll().execute())),
      () =>
        sessions.read(async (db) => count(await db.selectFrom("note").selectAll().execute()), {
          isolation: "repeatable read",
        }),
      async () => {
        const session = sessions.openSession("read")
        const first = await session.db.selectFrom("note").selectAll().execute()
        const second = await session.db.selectFrom("note").selectAll().execute()
        await session.commit()
        return Math.min(first.length, second.length)
      },
      async () => {
        const session = sessions.openSession("read")
        const { rows } = await sql`select * from note`.execute(session.db)
        await session.commit()
        return rows.length
      },
    ]
    const over = new AbortController()
    const counts = new Map<number, number>()
    const readers = ways.map(async (way) => {
      while (!over.signal.aborted) {
        const found = await way()
        counts.set(found, (counts.get(found) ?? 0) + 1)
        // SQLite answers at once: without this, nothing else would ever have its turn.
        await new Promise(setImmediate)
      }
    })
    await vi.waitFor(() => expect(counts.get(3)).toBeGreaterThan(50), WAIT)
    await pair.breakPrimary()
    await vi.waitFor(() => expect(pair.source.current("read")).toBe(pair.fallback), WAIT)
    const before = counts.get(3) ?? 0
    await vi.waitFor(() => expect(counts.get(3)).toBeGreaterThan(before + 50), WAIT)
    over.abort()
    await Promise.all(readers)
    expect([...counts.keys()]).toEqual([3])
  })

  it("that hang on a silent server are freed when the engine is closed, and run on the fallback", async () => {
    const pair = await openSwitchingPair({ notes: 3 })
    const { sessions, proxy, source } = pair
    await sessions.kysely.selectFrom("note").selectAll().execute()
    proxy.blackHole()
    const hanging = [
      sessions.kysely.selectFrom("note").selectAll().execute(),
      sessions.read((db) => db.selectFrom("note").selectAll().execute()),
    ]
    const open = sessions.openSession("read")
    hanging.push(open.db.selectFrom("note").selectAll().execute())
    await source.lose()
    expect((await Promise.all(hanging)).map((rows) => rows.length)).toEqual([3, 3, 3])
    await open.commit()
  })

  it("on a connection alone that was lost run again where they were", async () => {
    const pair = await openSwitchingPair({ notes: 3 })
    pair.at(/^select/i, () => "reset")
    expect(await pair.sessions.kysely.selectFrom("note").selectAll().execute()).toHaveLength(3)
    expect([pair.source.current("read"), pair.source.suspicions]).toEqual([pair.primary, 1])
  })

  it("a session with a function runs again as a whole, so that its answers are of one engine", async () => {
    const pair = await openSwitchingPair({ notes: 3 })
    breakAt(pair, /where/i)
    const attempts: number[] = []
    const texts = await pair.sessions.read(
      async (db) => {
        attempts.push(db.attempt)
        const all = await db.selectFrom("note").select("text").execute()
        const one = await db.selectFrom("note").select("text").where("text", "=", "note 1").execute()
        return [...all, ...one]
      },
      { isolation: "repeatable read" },
    )
    expect([attempts, texts.length]).toEqual([[1, 2], 4])
  })

  it("an open session whose transaction has answered does not go on in another: what was set there is lost", async () => {
    const pair = await openSwitchingPair({ notes: 3 })
    const session = pair.sessions.openSession("read")
    await sql`select 1 as one`.execute(session.db)
    breakAt(pair, /select 2/i)
    expect(await sql`select 2 as two`.execute(session.db).catch(caught)).toMatchObject({
      code: "UNDERSTUDY_UNAVAILABLE",
    })
    await session.rollback()
  })

  it("a stream begins anew before its first row, and fails after it", async () => {
    const pair = await openSwitchingPair({ notes: 300 })
    const { sessions } = pair
    pair.at(/from "note"/i, () => "reset")
    let rows = 0
    for await (const _ of sessions.kysely.selectFrom("note").selectAll().stream(50)) rows += 1
    expect(rows).toBe(300)
    rows = 0
    const reading = async (): Promise<void> => {
      for await (const _ of sessions.kysely.selectFrom("note").selectAll().stream(50)) {
        rows += 1
        if (rows === 50) await pair.breakPrimary()
      }
    }
    expect(await reading().catch(caught)).toMatchObject({
      code: "UNDERSTUDY_UNAVAILABLE",
      message: expect.stringContaining("after some of the rows"),
    })
    expect(rows).toBeLessThan(300)
  })
})

describe("writes across a switch", { timeout: 60_000 }, () => {
  it("of which nothing was sent wait, and are taken by the fallback once (promise 4)", async () => {
    const pair = await openSwitchingPair({ writesAfterMs: 200 })
    const { sessions } = pair
    await pair.breakPrimary()
    const ids = Array.from({ length: 4 }, () => randomUUID())
    const [first = "", second = "", third = "", fourth = ""] = ids
    const note = (id: string) => ({ id, text: "x" })
    const open = sessions.openSession("write")
    await Promise.all([
      pair.add(first),
      sessions.kysely.insertInto("note").values(note(second)).execute(),
      sessions.kysely.transaction().execute((db) => db.insertInto("note").values(note(third)).execute()),
      // It holds the one writer: the others come after it.
      open.db.insertInto("note").values(note(fourth)).execute().then(open.commit),
    ])
    for (const id of ids) expect(await pair.found(id)).toEqual({ primary: 0, fallback: 1 })
  })

  it.each(["a write session", "Kysely's transaction", "an open session"])(
    "a BEGIN that was lost is begun anew elsewhere: %s",
    async (way) => {
      const pair = await openSwitchingPair()
      const { sessions } = pair
      const id = randomUUID()
      const insert = { id, text: "x" }
      breakAt(pair, /^begin/i)
      if (way === "a write session") await pair.add(id)
      else if (way === "an open session") {
        const session = sessions.openSession("write")
        await session.db.insertInto("note").values(insert).execute()
        await session.commit()
      } else {
        await sessions.kysely.transaction().execute((db) => db.insertInto("note").values(insert).execute())
      }
      expect(await pair.found(id)).toEqual({ primary: 0, fallback: 1 })
    },
  )

  it("cut before COMMIT: not applied, and says so; with rerun: any it runs on the fallback", async () => {
    const pair = await openSwitchingPair()
    const { sessions, source } = pair
    const id = randomUUID()
    const insert = { id, text: "x" }
    pair.at(/^insert/i, () => "reset")
    expect(await pair.add(id).catch(caught)).toMatchObject({
      code: "UNDERSTUDY_CONNECTION_LOST",
      applied: "no",
    })
    pair.at(/^insert/i, () => "reset")
    const transaction = sessions.kysely
      .transaction()
      .execute((db) => db.insertInto("note").values(insert).execute())
    expect(await transaction.catch(caught)).toMatchObject({
      code: "UNDERSTUDY_CONNECTION_LOST",
      applied: "no",
    })
    expect(source.suspicions).toBe(2)
    breakAt(pair, /^insert/i)
    const attempt = await sessions.write(
      async (db) => {
        await db.savepoint((inner) => inner.insertInto("note").values(insert).execute())
        return db.attempt
      },
      { rerun: "any" },
    )
    expect([attempt, await pair.found(id)]).toEqual([2, { primary: 0, fallback: 1 }])
  })

  it("an engine closed under a session that has not committed: not applied, and the server is not asked", async () => {
    const pair = await openSwitchingPair()
    const id = randomUUID()
    const session = pair.sessions.openSession("write")
    await session.db.insertInto("note").values({ id, text: "x" }).execute()
    await pair.proxy.refuse()
    await pair.source.lose()
    const start = performance.now()
    expect(await session.commit().catch(caught)).toMatchObject({
      code: "UNDERSTUDY_CONNECTION_LOST",
      applied: "no",
    })
    expect(performance.now() - start).toBeLessThan(2_000)
    expect(await pair.found(id)).toEqual({ primary: 0, fallback: 0 })
  })

  it("a COMMIT whose engine is closed under it is decided by the primary that comes back in time", async () => {
    const pair = await openSwitchingPair()
    const id = randomUUID()
    const { proxy, source } = pair
    const committing = Promise.withResolvers<void>()
    pair.at(/^commit/i, (connection) => {
      // The server commits, and its answer never comes.
      connection.blackHole("toClient")
      committing.resolve()
      return "pass"
    })
    const adding = pair.add(id)
    await committing.promise
    await proxy.refuse()
    await source.lose()
    await proxy.pass()
    expect(await adding).toBe(id)
    expect(await pair.found(id)).toEqual({ primary: 1, fallback: 0 })
  })

  it("a COMMIT whose primary stays away is unknown, and never takes longer than the session may", async () => {
    const pair = await openSwitchingPair({ timeoutMs: 1_500 })
    const id = randomUUID()
    pair.at(/^commit/i, (connection) => {
      connection.blackHole()
      void pair.proxy.refuse()
      return "drop"
    })
    const start = performance.now()
    expect(await pair.add(id).catch(caught)).toMatchObject({
      code: "UNDERSTUDY_COMMIT_UNKNOWN",
      applied: "unknown",
    })
    expect(performance.now() - start).toBeLessThan(7_500)
  })

  it("in autocommit, lost after it was sent, is unknown", async () => {
    const pair = await openSwitchingPair()
    const id = randomUUID()
    breakAt(pair, /^insert/i)
    const writing = pair.sessions.kysely.insertInto("note").values({ id, text: "x" }).execute()
    expect(await writing.catch(caught)).toMatchObject({
      code: "UNDERSTUDY_COMMIT_UNKNOWN",
      applied: "unknown",
    })
    await vi.waitFor(() => expect(pair.source.current("write")).toBe(pair.fallback), WAIT)
    expect(await pair.found(id)).toEqual({ primary: 0, fallback: 0 })
  })

  it("where nothing takes them they wait no longer than they may, by time or by signal", async () => {
    const pair = await openSwitchingPair({ writesAfterMs: Infinity, timeoutMs: 300, notes: 1 })
    const { sessions } = pair
    await pair.breakPrimary()
    const insert = { id: randomUUID(), text: "x" }
    const open = sessions.openSession("write")
    const waits = [
      pair.add(),
      sessions.kysely.insertInto("note").values(insert).execute(),
      sessions.kysely.transaction().execute((db) => db.insertInto("note").values(insert).execute()),
      open.db.insertInto("note").values(insert).execute(),
    ]
    for (const error of await Promise.all(waits.map((wait) => wait.catch(caught)))) {
      expect(["UNDERSTUDY_UNAVAILABLE", "UNDERSTUDY_TIMEOUT"]).toContain((error as { code: string }).code)
      expect(error).toMatchObject({ applied: "no" })
    }
    const controller = new AbortController()
    const aborted = sessions.write((db) => db.insertInto("note").values(insert).execute(), {
      signal: controller.signal,
      timeoutMs: 20_000,
    })
    controller.abort(new Error("enough"))
    await expect(aborted).rejects.toThrow("enough")
    expect(await sessions.read((db) => db.selectFrom("note").selectAll().execute())).toHaveLength(1)
    await vi.waitFor(() => expect(sessions.active).toBe(0), WAIT)
  })

  it("a key that was applied on the primary is recognised there after the return", async () => {
    const pair = await openSwitchingPair()
    const { sessions, source } = pair
    const once = (): Promise<unknown> =>
      sessions.write((db) => db.insertInto("note").values({ id: randomUUID(), text: "x" }).execute(), {
        idempotencyKey: "key",
      })
    await once()
    await source.lose()
    // The fallback knows no key of the primary's: the write is taken, and settled when it is handed back.
    await once()
    expect(await once().catch(caught)).toMatchObject({ code: "UNDERSTUDY_ALREADY_APPLIED" })
    await source.return(await pair.openPrimary(), async () => {})
    expect(await once().catch(caught)).toMatchObject({ code: "UNDERSTUDY_ALREADY_APPLIED", applied: "yes" })
  })
})

describe("the return", { timeout: 60_000 }, () => {
  it("lets the write that runs end, gives those that wait to the primary, and lets reads end (promise 4)", async () => {
    const pair = await openSwitchingPair({ notes: 3 })
    const { sessions, source } = pair
    await source.lose()
    const [running, waiting, alone, reading] = [
      sessions.openSession("write"),
      randomUUID(),
      randomUUID(),
      sessions.openSession("read"),
    ]
    const first = randomUUID()
    await running.db.insertInto("note").values({ id: first, text: "x" }).execute()
    expect(await reading.db.selectFrom("note").selectAll().execute()).toHaveLength(3)
    const queued = [
      pair.add(waiting),
      sessions.kysely.insertInto("note").values({ id: alone, text: "x" }).execute(),
    ]
    const primary = await pair.openPrimary()
    let handed = 0
    const returning = source.return(primary, async () => {
      handed = await pair.fallback.withWriter((database) =>
        Number(database.prepare("select count(*) as n from note where id = ?").get(first)?.["n"]),
      )
    })
    await running.db.insertInto("note").values({ id: randomUUID(), text: "y" }).execute()
    await running.commit()
    await Promise.all(queued)
    expect(handed).toBe(1)
    expect(source.current("read")).toBe(primary)
    expect(await reading.db.selectFrom("note").selectAll().execute()).toHaveLength(5)
    await reading.commit()
    await returning
    const there = (await sessions.kysely.selectFrom("note").select("id").execute()).map(({ id }) => id)
    expect(there).toEqual(expect.arrayContaining([waiting, alone]))
    expect(there).not.toContain(first)
  })
})
