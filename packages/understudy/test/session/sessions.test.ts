import { sql, type Generated } from "kysely"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { EngineDialect } from "../../src/engine/contract.ts"
import { isUnderstudyError } from "../../src/errors/understudy-error.ts"
import type { Session } from "../../src/session/session.ts"
import { OPENERS, type TestEngine } from "../support/engines.ts"

interface Tables {
  account: { id: number; balance: number }
  note: { id: Generated<number>; text: string }
}

const code = (error: unknown): string => (error as { code: string }).code

describe.each(["sqlite", "postgresql"] as const)("sessions on %s", (dialect: EngineDialect) => {
  let test: TestEngine<Tables>

  beforeAll(async () => {
    test = await OPENERS[dialect]<Tables>()
    const { kysely } = test.sessions
    await kysely.schema
      .createTable("account")
      .addColumn("id", "integer", (c) => c.primaryKey())
      .addColumn("balance", "integer", (c) => c.notNull())
      .execute()
    await kysely.schema
      .createTable("note")
      .addColumn("id", "integer", (c) => c.generatedByDefaultAsIdentity().primaryKey())
      .addColumn("text", "text", (c) => c.notNull().unique())
      .execute()
  })
  afterAll(() => test[Symbol.asyncDispose]())
  beforeEach(async () => {
    await test.sessions.kysely.deleteFrom("account").execute()
    await test.sessions.kysely.deleteFrom("note").execute()
  })

  const texts = async (): Promise<string[]> =>
    (await test.sessions.kysely.selectFrom("note").select("text").orderBy("id").execute()).map(
      ({ text }) => text,
    )
  const add = (db: Session<Tables>, text: string): Promise<unknown> =>
    db.insertInto("note").values({ text }).execute()

  it("commits what a write session wrote, and nothing of one that throws (promise 4)", async () => {
    const result = await test.sessions.write(async (db) => {
      await add(db, "kept")
      return 5
    })
    const failed = test.sessions.write(async (db) => {
      await add(db, "lost")
      throw new Error("no")
    })
    await expect(failed).rejects.toThrow("no")
    expect([result, await texts()]).toEqual([5, ["kept"]])
  })

  it("nests by savepoints, through write and through kysely's own calls", async () => {
    await test.sessions.write(async (db) => {
      await add(db, "outer")
      await test.sessions.write((inner) => add(inner, "inner"))
      await test.sessions
        .write(async (inner) => {
          await add(inner, "undone")
          await add(inner, "outer")
        })
        .catch(() => {})
      expect(
        await test.sessions.read((inner) => inner.selectFrom("note").select("text").execute()),
      ).toHaveLength(2)
    })
    expect(await texts()).toEqual(["outer", "inner"])
  })

  it("refuses a write outside the session inside it, by name", async () => {
    const nested = test.sessions.write(async () => {
      await test.sessions.kysely.insertInto("note").values({ text: "x" }).execute()
    })
    await expect(nested).rejects.toMatchObject({ code: "UNDERSTUDY_NESTED_WRITE" })
    const begun = test.sessions.write(() => test.sessions.kysely.transaction().execute(async () => {}))
    await expect(begun).rejects.toMatchObject({ code: "UNDERSTUDY_NESTED_WRITE" })
  })

  it("promise 4: a query beside a savepoint that is undone is not undone with it", async () => {
    await test.sessions.write(async (db) => {
      const begun = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const undone = db.savepoint(async (inner) => {
        await add(inner, "undone")
        // The session itself, used inside, is of the savepoint too.
        await add(db, "also undone")
        begun.resolve()
        await goOn.promise
        throw new Error("no")
      })
      await begun.promise
      const beside = add(db, "kept")
      goOn.resolve()
      await expect(undone).rejects.toThrow("no")
      await beside
    })
    expect(await texts()).toEqual(["kept"])
  })

  it.each(["read", "write"] as const)(
    "what a %s session has left behind is outside once it has ended",
    async (access) => {
      const ended = Promise.withResolvers<void>()
      let left: Promise<unknown> | undefined
      await test.sessions[access](async (db) => {
        await db.selectFrom("note").selectAll().execute()
        left = ended.promise.then(async () => {
          await test.sessions.write((own) => add(own, "by itself"))
          await test.sessions.kysely.insertInto("note").values({ text: "alone" }).execute()
          return test.sessions.read((own) => own.selectFrom("note").select("text").execute())
        })
      })
      ended.resolve()
      expect(await left).toHaveLength(2)
    },
  )

  it("a read session refuses writes: by the tree, and raw ones by the database", async () => {
    const { sessions } = test
    await expect(sessions.read((db) => add(db, "x"))).rejects.toMatchObject({
      code: "UNDERSTUDY_READ_SESSION",
    })
    const raw = sessions.read((db) => sql`insert into note (text) values ('x')`.execute(db))
    await expect(raw).rejects.toMatchObject({ code: "25006" })
    const write = sessions.read(() => sessions.write((db) => add(db, "x")))
    await expect(write).rejects.toMatchObject({ code: "UNDERSTUDY_READ_SESSION" })
    expect(await texts()).toEqual([])
  })

  it("repeatable read sees one moment", async () => {
    const seen = await test.sessions.read(
      async (db) => {
        const before = await db.selectFrom("note").selectAll().execute()
        const writer = test.sessions.openSession("write")
        await add(writer.db, "later")
        await writer.commit()
        return [before.length, (await db.selectFrom("note").selectAll().execute()).length]
      },
      { isolation: "repeatable read" },
    )
    expect(seen).toEqual([0, 0])
    expect(await texts()).toEqual(["later"])
  })

  it("the session dies with its function", async () => {
    let leaked: Session<Tables> | undefined
    await test.sessions.write(async (db) => {
      leaked = db
      await add(db, "x")
    })
    await expect(leaked?.selectFrom("note").selectAll().execute()).rejects.toMatchObject({
      code: "UNDERSTUDY_SESSION_ENDED",
    })
  })

  it("commits queries that were started and not awaited, before the end", async () => {
    await test.sessions.write(async (db) => {
      void add(db, "a")
      void add(db, "b")
    })
    expect(await texts()).toEqual(["a", "b"])
  })

  it("promise 4: nothing is acknowledged while a nested write is under way: all of it is rolled back", async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let nested: Promise<unknown> = Promise.resolve()
    const outer = test.sessions.write(async (db) => {
      await add(db, "outer")
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
      nested = test.sessions.write(async (inner) => {
        await add(inner, "nested")
        begin()
        await promise
        await add(inner, "late")
      })
      nested.catch(() => {})
      await begun
    })
    await expect(outer).rejects.toMatchObject({ code: "UNDERSTUDY_SESSION_ENDED", applied: "no" })
    resolve()
    await expect(nested).rejects.toMatchObject({ code: "UNDERSTUDY_SESSION_ENDED" })
    expect(await texts()).toEqual([])
  })

  it("kysely.transaction() is a write session", async () => {
    const { kysely } = test.sessions
    await kysely.transaction().execute((trx) => trx.insertInto("note").values({ text: "x" }).execute())
    const failed = kysely.transaction().execute(async (trx) => {
      await trx.insertInto("note").values({ text: "y" }).execute()
      throw new Error("no")
    })
    await expect(failed).rejects.toThrow("no")
    expect(await texts()).toEqual(["x"])
  })

  it("an open session writes nothing before its first query, and ends once", async () => {
    const idle = test.sessions.openSession("write")
    await idle.commit()
    const session = test.sessions.openSession("write")
    await add(session.db, "x")
    await session.commit()
    await session.rollback()
    expect([await texts(), test.sessions.active]).toEqual([["x"], 0])
  })

  it("a failed statement fails the commit, as PostgreSQL has it (promise 3)", async () => {
    const swallowed = test.sessions.write(async (db) => {
      await add(db, "x")
      await add(db, "x").catch(() => {})
    })
    expect(await swallowed.catch(code)).toBe("25P02")
    expect(await texts()).toEqual([])
  })

  it("counters under contention lose nothing: read-modify-write with serializable isolation", async () => {
    await test.sessions.kysely.insertInto("account").values({ id: 1, balance: 0 }).execute()
    let attempts = 0
    let readers = 0
    const met = Promise.withResolvers<void>()
    const increment = (): Promise<void> =>
      test.sessions.write(
        async (db) => {
          attempts = Math.max(attempts, db.attempt)
          const { balance } = await db
            .selectFrom("account")
            .select("balance")
            .where("id", "=", 1)
            .executeTakeFirstOrThrow()
          // Two at least have read before one writes; on SQLite the second cannot begin before.
          readers += 1
          if (readers === 2) met.resolve()
          if (dialect === "postgresql") await met.promise
          await db
            .updateTable("account")
            .set({ balance: balance + 1 })
            .where("id", "=", 1)
            .execute()
        },
        { isolation: "serializable", maxAttempts: 50 },
      )
    await Promise.all(Array.from({ length: 20 }, increment))
    const row = await test.sessions.kysely.selectFrom("account").select("balance").executeTakeFirstOrThrow()
    expect(row.balance).toBe(20)
    // PostgreSQL refuses some of them with 40001, which is how we know that they were run again.
    if (dialect === "postgresql") expect(attempts).toBeGreaterThan(1)
  })

  it("10,000 failing sessions leak nothing", { timeout: 120_000 }, async () => {
    const fail = (kind: number): Promise<unknown> => {
      if (kind === 0) return test.sessions.write((db) => add(db, null as never))
      if (kind === 1) return test.sessions.write(() => Promise.reject(new Error("no")))
      if (kind === 2) return test.sessions.read((db) => add(db, "x"))
      return test.sessions.read((db) =>
        db
          .selectFrom("missing" as "note")
          .selectAll()
          .execute(),
      )
    }
    let failed = 0
    for (let round = 0; round < 100; round += 1) {
      const outcomes = await Promise.allSettled(Array.from({ length: 100 }, (_, index) => fail(index % 4)))
      failed += outcomes.filter(({ status }) => status === "rejected").length
    }
    expect(failed).toBe(10_000)
    expect(test.sessions.active).toBe(0)
    await test.sessions.write((db) => add(db, "still works"))
    expect(await texts()).toEqual(["still works"])
    if (dialect === "postgresql") {
      const { rows } = await sql<{
        idle: number
      }>`select cast(count(*) as integer) as idle from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'`.execute(
        test.sessions.kysely,
      )
      expect(rows[0]?.idle).toBe(0)
    }
  })

  it("an idempotency key lets a write be applied once (promise 4)", async () => {
    const { sessions } = test
    const write = (text: string, idempotencyKey: string): Promise<unknown> =>
      sessions.write((db) => add(db, text), { idempotencyKey })
    const failed = sessions.write(() => Promise.reject(new Error("no")), { idempotencyKey: "k1" })
    await expect(failed).rejects.toThrow("no")
    await write("once", "k1")
    await expect(write("twice", "k1")).rejects.toMatchObject({
      code: "UNDERSTUDY_ALREADY_APPLIED",
      applied: "yes",
    })
    const both = await Promise.allSettled([write("a", "k2"), write("b", "k2")])
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"])
    await expect(write("x", "")).rejects.toMatchObject({ code: "UNDERSTUDY_INVALID_ARGUMENT" })
    expect(await texts()).toHaveLength(2)
  })

  it("streams", async () => {
    await test.sessions.kysely
      .insertInto("account")
      .values(Array.from({ length: 250 }, (_, id) => ({ id, balance: id })))
      .execute()
    const seen: number[] = []
    for await (const { id } of test.sessions.kysely
      .selectFrom("account")
      .select("id")
      .orderBy("id")
      .stream(100))
      seen.push(id)
    expect(seen).toEqual(Array.from({ length: 250 }, (_, id) => id))
    for await (const { id } of test.sessions.kysely
      .selectFrom("account")
      .select("id")
      .orderBy("id")
      .stream(100)) {
      if (id === 5) break
    }
    await test.sessions.write((db) => add(db, "after an unfinished stream"))
  })

  it("a stream that stands still keeps nobody else at its moment, and ends with its session", async () => {
    await test.sessions.kysely
      .insertInto("account")
      .values([1, 2, 3].map((id) => ({ id, balance: id })))
      .execute()
    const rows = test.sessions.kysely.selectFrom("account").select("id").stream(1)[Symbol.asyncIterator]()
    await rows.next()
    await test.sessions.write((db) => add(db, "later"))
    expect(await texts()).toEqual(["later"])
    await rows.return?.()
    let abandoned: AsyncIterator<unknown> | undefined
    await test.sessions.write(async (db) => {
      abandoned = db.selectFrom("account").select("id").stream(1)[Symbol.asyncIterator]()
      await abandoned.next()
    })
    await expect(abandoned?.next()).rejects.toMatchObject({ code: "UNDERSTUDY_SESSION_ENDED" })
    await test.sessions.write((db) => add(db, "after"))
  })

  it("readers see tables that the writer has changed", async () => {
    const { kysely } = test.sessions
    const columns = async (): Promise<string[]> =>
      Object.keys(
        (
          await kysely
            .selectFrom("changing" as "note")
            .selectAll()
            .execute()
        )[0] ?? {},
      )
    await kysely.schema.createTable("changing").addColumn("a", "integer").execute()
    await sql`insert into changing (a) values (1)`.execute(kysely)
    expect(await columns()).toEqual(["a"])
    await kysely.schema.alterTable("changing").addColumn("b", "text").execute()
    expect(await columns()).toEqual(["a", "b"])
    await kysely.schema.dropTable("changing").execute()
    await kysely.schema.createTable("changing").addColumn("c", "text").addColumn("a", "integer").execute()
    await sql`insert into changing (c) values ('x')`.execute(kysely)
    expect(await columns()).toEqual(["c", "a"])
    await kysely.schema.dropTable("changing").execute()
  })

  it("savepoints may come first, side by side, and in a read session", async () => {
    const { sessions } = test
    await sessions.write(async () => {
      await Promise.all([sessions.write((db) => add(db, "a")), sessions.write((db) => add(db, "b"))])
    })
    expect((await texts()).sort()).toEqual(["a", "b"])
    await sessions.read((db) => db.savepoint((inner) => inner.selectFrom("note").selectAll().execute()))
    await sessions.write((db) => add(db, "c"))
    expect(await texts()).toHaveLength(3)
  })

  it("raw transaction control is refused: a connection in an unknown transaction would lose what others write", async () => {
    const { kysely } = test.sessions
    for (const text of [
      "begin",
      " -- x\n commit",
      "select 1; rollback",
      "savepoint s",
      "start transaction",
    ]) {
      const refused = sql.raw(text).execute(kysely)
      await expect(refused).rejects.toMatchObject({ code: "UNDERSTUDY_INVALID_ARGUMENT" })
    }
    expect((await sql`select 'begin' as word`.execute(kysely)).rows).toEqual([{ word: "begin" }])
  })

  it("draining refuses new sessions", async () => {
    const { Sessions } = await import("../../src/session/sessions.ts")
    const { constantSource } = await import("../../src/engine/constant-source.ts")
    const sessions = new Sessions<Tables>({
      source: constantSource(test.engine),
      defaultTimeoutMs: () => 5_000,
    })
    const release = Promise.withResolvers<void>()
    const running = sessions.write(async (db) => {
      await release.promise
      await add(db, "finished")
    })
    const drained = sessions.drain(5_000)
    const refused = await sessions
      .read((db) => db.selectFrom("note").selectAll().execute())
      .catch((error: unknown) => error)
    release.resolve()
    await Promise.all([running, drained])
    expect(isUnderstudyError(refused, "UNDERSTUDY_CLOSED")).toBe(true)
    expect(await texts()).toEqual(["finished"])
  })
})
