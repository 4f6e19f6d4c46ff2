import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Client } from "pg"
import { describe, expect, onTestFinished, test } from "vitest"
import type { Database } from "understudy-db"
import { stopCapture } from "../../src/journal/local/capture.ts"
import { AWAY, codes, untilHeld, untilState, useStage, type Accounts } from "./mirrored-program.ts"

const stage = useStage()

function insert(db: Database<Accounts>, id: string, balance = 1): Promise<unknown> {
  return db.write((session) => session.insertInto("account").values({ id, balance }).execute())
}

function add(db: Database<Accounts>, id: string, amount: number): Promise<unknown> {
  return db.write((session) =>
    session
      .updateTable("account")
      .set((eb) => ({ balance: eb("balance", "+", amount) }))
      .where("id", "=", id)
      .execute(),
  )
}

/** What PostgreSQL itself has. */
async function onPrimary(): Promise<Record<string, number>> {
  const client = new Client(stage.url)
  await client.connect()
  const { rows } = await client.query<{ id: string; balance: number }>(
    "select id, balance from account order by id",
  )
  await client.end()
  return Object.fromEntries(rows.map(({ id, balance }) => [id, balance]))
}

async function asAdmin(statement: string): Promise<void> {
  const client = new Client(stage.postgres.adminUrl)
  await client.connect()
  await client.query(statement)
  await client.end()
}

describe("a primary that is lost while the service runs", { timeout: 90_000 }, () => {
  test("SQLite steps in, and hands each write back once (promise 4)", async () => {
    await using db = stage.open()
    await insert(db, "a")
    await untilHeld(db)
    await stage.postgres.stop("immediate")
    expect(await db.kysely.selectFrom("account").selectAll().execute()).toEqual([{ id: "a", balance: 1 }])
    expect(db.status()).toMatchObject({ state: "fallback", copy: "mirror" })
    await insert(db, "b")
    await add(db, "a", 10)
    expect(db.status()).toMatchObject({ state: "fallback", writable: true, pending: { changes: 2 } })
    expect(await db.kysely.selectFrom("account").selectAll().orderBy("id").execute()).toEqual([
      { id: "a", balance: 11 },
      { id: "b", balance: 1 },
    ])
    await stage.postgres.start()
    await untilState(db, "primary")
    expect(await onPrimary()).toEqual({ a: 11, b: 1 })
    await insert(db, "c")
    expect(await onPrimary()).toEqual({ a: 11, b: 1, c: 1 })
    await untilHeld(db)
    expect(db.status()).toMatchObject({ engine: "postgresql", pending: null })
    expect(codes(db)).toEqual(["storage.ephemeral"])
  })

  test("and again, and again (promise 4)", async () => {
    await using db = stage.open({ DATABASE_FALLBACK_AFTER: "100ms" })
    await insert(db, "a", 0)
    for (let round = 1; round <= 2; round += 1) {
      await untilHeld(db)
      await stage.postgres.kill()
      await add(db, "a", 1)
      await insert(db, `round ${round}`)
      expect(db.status().state).toBe("fallback")
      await stage.postgres.start()
      await untilState(db, "primary")
      expect((await onPrimary())["a"]).toBe(round)
    }
    expect(Object.keys(await onPrimary())).toEqual(["a", "round 1", "round 2"])
  }, 120_000)

  const policies = ["read-write", "read-only"]
  test.each(policies)(
    "%s: an outage shorter than DATABASE_FALLBACK_AFTER is none: writes wait for PostgreSQL",
    async (policy) => {
      await using db = stage.open({ DATABASE_FALLBACK: policy, DATABASE_FALLBACK_AFTER: "20s" })
      await insert(db, "a")
      await untilHeld(db)
      await stage.postgres.stop("immediate")
      const written = insert(db, "b")
      await untilState(db, "fallback")
      await stage.postgres.start()
      await written
      expect(db.status().state).toBe("primary")
      expect(await onPrimary()).toEqual({ a: 1, b: 1 })
    },
  )

  test("a process that ends meanwhile hands back what it took when it starts again (promise 4)", async () => {
    {
      await using db = stage.open()
      await insert(db, "a")
      await untilHeld(db)
      await stage.postgres.stop("immediate")
      await add(db, "a", 5)
    }
    {
      await using db = stage.open()
      await add(db, "a", 5)
      expect(await db.kysely.selectFrom("account").selectAll().execute()).toEqual([{ id: "a", balance: 11 }])
    }
    await stage.postgres.start()
    await using db = stage.open()
    await db.ready()
    expect(await db.kysely.selectFrom("account").selectAll().execute()).toEqual([{ id: "a", balance: 11 }])
    await untilState(db, "primary")
    expect(await onPrimary()).toEqual({ a: 11 })
  })

  test("writes of a file that never saw its primary are handed to the first one that it meets (promise 4)", async () => {
    await stage.postgres.stop()
    await using db = stage.open()
    await insert(db, "a")
    expect(db.status()).toMatchObject({ state: "fallback", copy: "none", pending: { changes: 1 } })
    await stage.postgres.start()
    await untilState(db, "primary")
    expect(await onPrimary()).toEqual({ a: 1 })
    await untilHeld(db)
  })

  test("what is taken while the URL is refused is handed back once it is right (promise 4)", async () => {
    {
      await using db = stage.open({ DATABASE_URL: "mysql://app@db.example/app" })
      await insert(db, "a")
      expect(db.status()).toMatchObject({ state: "fallback", pending: { changes: 1 } })
    }
    await using db = stage.open()
    await untilState(db, "primary")
    expect(await onPrimary()).toEqual({ a: 1 })
  })

  test("rows of which no journal tells are neither handed back nor taken away (promise 4)", async () => {
    const file = join(stage.folder, "fallback.sqlite")
    {
      await using db = stage.open({ DATABASE_URL: AWAY })
      await insert(db, "a")
    }
    {
      using database = new DatabaseSync(file)
      stopCapture(database)
      for (const table of ["origin", "shape", "change", "capture"])
        database.exec(`drop table understudy_${table}`)
    }
    {
      await using db = stage.open()
      await db.ready()
      await expect.poll(() => codes(db), { timeout: 20_000 }).toContain("data.not-returned")
      await stage.postgres.stop("immediate")
      await expect(insert(db, "b")).rejects.toMatchObject({ code: "UNDERSTUDY_READ_ONLY" })
      await stage.postgres.start()
      await untilState(db, "primary")
      expect(await onPrimary()).toEqual({})
    }
    using database = new DatabaseSync(file)
    expect(database.prepare("select id from account").all()).toEqual([{ id: "a" }])
  })

  test("what is said of an outage is over with it, and a closed database can be asked for its status", async () => {
    const db = stage.open()
    await insert(db, "a")
    await untilHeld(db)
    await stage.postgres.stop("immediate")
    await insert(db, "b")
    await stage.postgres.start()
    await untilState(db, "primary")
    expect(codes(db).filter((code) => code.startsWith("primary."))).toEqual([])
    await stage.postgres.stop("immediate")
    await insert(db, "c")
    const closed = db.close()
    expect(db.status().state).toBe("fallback")
    await closed
    expect(db.status()).toMatchObject({ state: "closed", pending: null })
  })

  test("a write with a key is applied once, on whichever side it was taken first (promise 4)", async () => {
    await using db = stage.open()
    const once = (id: string, idempotencyKey: string): Promise<unknown> =>
      db.write((session) => session.insertInto("account").values({ id, balance: 1 }).execute(), {
        idempotencyKey,
      })
    await once("before", "first")
    await untilHeld(db)
    await stage.postgres.stop("immediate")
    await once("meanwhile", "second")
    await expect(once("again", "second")).rejects.toMatchObject({ code: "UNDERSTUDY_ALREADY_APPLIED" })
    // The fallback does not know the keys of the primary: it is found when it is handed back.
    await once("twice", "first")
    await stage.postgres.start()
    await untilState(db, "primary")
    await expect(once("later", "second")).rejects.toMatchObject({ code: "UNDERSTUDY_ALREADY_APPLIED" })
    expect(await onPrimary()).toEqual({ before: 1, meanwhile: 1 })
    expect(codes(db)).toContain("journal.parked")
  })

  test("a password that is changed meanwhile is an outage, told by its reason (promises 2 and 4)", async () => {
    await using db = stage.open()
    await insert(db, "a")
    await untilHeld(db)
    const { password } = new URL(stage.url)
    await asAdmin("alter role app password 'another'")
    await asAdmin("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'")
    onTestFinished(() => asAdmin(`alter role app password '${decodeURIComponent(password)}'`))
    expect(await db.kysely.selectFrom("account").select("id").execute()).toEqual([{ id: "a" }])
    await insert(db, "b")
    expect(db.status()).toMatchObject({ state: "fallback", reason: "primary.auth-failed" })
    await asAdmin(`alter role app password '${decodeURIComponent(password)}'`)
    await untilState(db, "primary")
    expect(await onPrimary()).toEqual({ a: 1, b: 1 })
  })

  test("no fallback is wanted: who comes waits, and is served when it is back", async () => {
    await using db = stage.open({ DATABASE_FALLBACK: "off" })
    await insert(db, "a")
    await stage.postgres.stop("immediate")
    const read = db.kysely.selectFrom("account").select("id").execute()
    await untilState(db, "fallback")
    expect(db.status().engine).toBeNull()
    await stage.postgres.start()
    expect(await read).toEqual([{ id: "a" }])
    expect(db.status().state).toBe("primary")
    expect(codes(db).filter((code) => code.startsWith("primary."))).toEqual([])
  })

  test("a fallback that only reads refuses writes, and returns (promise 2)", async () => {
    await using db = stage.open({ DATABASE_FALLBACK: "read-only" })
    await insert(db, "a")
    await untilHeld(db)
    await stage.postgres.stop("immediate")
    expect(await db.kysely.selectFrom("account").select("id").execute()).toEqual([{ id: "a" }])
    await expect(insert(db, "b")).rejects.toMatchObject({ code: "UNDERSTUDY_READ_ONLY", applied: "no" })
    expect(codes(db)).toContain("fallback.read-only")
    await stage.postgres.start()
    await untilState(db, "primary")
    await insert(db, "b")
  })
})
