import { Client } from "pg"
import { describe, expect, test } from "vitest"
import type { Database, ParkedTransaction } from "understudy-db"
import { isUnderstudyError } from "../../src/errors/understudy-error.ts"
import { codes, untilHeld, untilState, useStage, type Accounts } from "./mirrored-program.ts"

const stage = useStage()

async function onPrimary<T extends object>(text: string): Promise<T[]> {
  const client = new Client(stage.url)
  await client.connect()
  const { rows } = await client.query<T>(text)
  await client.end()
  return rows
}

function set(db: Database<Accounts>, id: string, balance: number): Promise<unknown> {
  return db.write((session) => session.updateTable("account").set({ balance }).where("id", "=", id).execute())
}

/** Accounts of 1 each, which the fallback changed while the primary was away, and somebody else once it was back. */
async function inConflict(
  db: Database<Accounts>,
  theirs: string,
  ours: readonly (readonly [id: string, balance: number])[] = [["a", 11]],
): Promise<readonly ParkedTransaction[]> {
  await db.kysely
    .insertInto("account")
    .values(["a", "b"].map((id) => ({ id, balance: 1 })))
    .execute()
  await untilHeld(db)
  await stage.postgres.stop("immediate")
  for (const [id, balance] of ours) await set(db, id, balance)
  expect(db.status()).toMatchObject({ state: "fallback", parked: 0 })
  await stage.postgres.start()
  await onPrimary(theirs)
  await untilState(db, "primary")
  await expect.poll(() => db.status().parked, { timeout: 20_000 }).toBe(ours.length)
  return db.conflicts.list()
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return isUnderstudyError(error) ? error.code : String(error)
}

describe("a write of the fallback that met another row", () => {
  test("is parked, said until it is settled, shown, and applied by force (promises 2 and 4)", async () => {
    await using db = stage.open()
    const [parked, ...others] = await inConflict(db, "update account set balance = 5 where id = 'a'")
    expect(others).toEqual([])
    expect(parked).toMatchObject({ reason: "row-changed", table: "account", state: "open", changes: 1 })
    const id = parked?.id ?? ""
    expect(codes(db)).toContain("journal.parked")
    expect((await db.conflicts.show(id)).changes).toEqual([
      {
        seq: expect.any(Number) as number,
        table: "account",
        operation: "update",
        key: { id: "a" },
        before: { id: "a", balance: "1" },
        ours: { id: "a", balance: "11" },
        theirs: { id: "a", balance: "5" },
        now: { id: "a", balance: "5" },
      },
    ])
    expect(await codeOf(db.conflicts.apply(id))).toBe("UNDERSTUDY_CONFLICT_REMAINS")
    expect(await db.conflicts.apply(id, { force: true })).toEqual({ changes: 1, overwritten: 1 })
    expect(await onPrimary("select balance from account where id = 'a'")).toEqual([{ balance: 11 }])
    await expect.poll(() => db.status().parked).toBe(0)
    expect(codes(db)).not.toContain("journal.parked")
    expect(await codeOf(db.conflicts.dismiss(id))).toBe("UNDERSTUDY_CONFLICT_SETTLED")
    expect(await db.conflicts.list()).toEqual([])
    expect(await db.conflicts.list({ state: "applied" })).toMatchObject([{ id, state: "applied" }])
  })

  test("those that go on from it are settled after it (promise 4)", async () => {
    await using db = stage.open()
    const parked = await inConflict(db, "update account set balance = 5 where id = 'a'", [
      ["a", 11],
      ["a", 12],
    ])
    const [first = "", second = ""] = parked.map(({ id }) => id)
    expect(parked.map(({ dependsOn }) => dependsOn)).toEqual([[], [first]])
    expect(await codeOf(db.conflicts.apply(second, { force: true }))).toBe("UNDERSTUDY_CONFLICT_DEPENDS")
    await db.conflicts.dismiss(first)
    await expect.poll(() => db.status().parked).toBe(1)
    expect(codes(db)).toContain("journal.parked")
    await db.conflicts.apply(second, { force: true })
    expect(await onPrimary("select balance from account where id = 'a'")).toEqual([{ balance: 12 }])
  })

  test("is told by a service that starts later (promise 2)", async () => {
    {
      await using db = stage.open()
      await inConflict(db, "update account set balance = 5 where id = 'a'")
    }
    await using db = stage.open()
    await db.ready()
    await expect.poll(() => db.status().parked).toBe(1)
    expect(codes(db)).toContain("journal.parked")
  })

  test("is not parked where the policy of its table has ours win (promise 4)", async () => {
    await using db = stage.open({}, { conflicts: { tables: { account: "fallback" } } })
    await db.kysely.insertInto("account").values({ id: "a", balance: 1 }).execute()
    await untilHeld(db)
    await stage.postgres.stop("immediate")
    await set(db, "a", 11)
    await stage.postgres.start()
    await onPrimary("update account set balance = 5 where id = 'a'")
    await untilState(db, "primary")
    expect(await onPrimary("select balance from account")).toEqual([{ balance: 11 }])
    expect(codes(db)).not.toContain("journal.parked")
    const [kept] = await db.conflicts.list({ state: "applied" })
    expect((await db.conflicts.show(kept?.id ?? "")).changes[0]?.theirs).toEqual({ id: "a", balance: "5" })
  })

  test("what was settled 90 days ago is forgotten when a service starts, and what is open never", async () => {
    {
      await using db = stage.open()
      const parked = await inConflict(db, "update account set balance = 5", [
        ["a", 11],
        ["b", 11],
      ])
      await db.conflicts.dismiss(parked[0]?.id ?? "")
    }
    await onPrimary(`update understudy.parked_transaction set parked_at = now() - interval '91 days',
      settled_at = case when settled_at is not null then now() - interval '91 days' end`)
    await using db = stage.open()
    await db.ready()
    await expect.poll(() => db.conflicts.list({ state: "all" }), { timeout: 20_000 }).toHaveLength(1)
    expect(await db.conflicts.list()).toHaveLength(1)
  })
})

describe("promise 2: where nothing can be settled now, that is said", () => {
  test("the primary is away", async () => {
    await using db = stage.open()
    await db.kysely.insertInto("account").values({ id: "a", balance: 1 }).execute()
    await untilHeld(db)
    await stage.postgres.stop("immediate")
    await expect.poll(() => codeOf(db.conflicts.list()), { timeout: 20_000 }).toBe("UNDERSTUDY_PRIMARY_AWAY")
    await untilState(db, "fallback")
    for (const work of [db.conflicts.show("1"), db.conflicts.apply("1"), db.conflicts.dismiss("1")])
      expect(await codeOf(work)).toBe("UNDERSTUDY_PRIMARY_AWAY")
  })

  test("it is silent while it is asked: the call ends once it is known to be lost", async () => {
    await using db = stage.open()
    await db.ready()
    await stage.postgres.pause()
    try {
      expect(await codeOf(db.conflicts.dismiss("1"))).toMatch(/^UNDERSTUDY_(PRIMARY_AWAY|COMMIT_UNKNOWN)$/)
    } finally {
      await stage.postgres.resume()
    }
  })

  test("somebody holds its row for longer than a statement may take: nothing was done", async () => {
    let id = ""
    {
      await using db = stage.open()
      const [parked] = await inConflict(db, "update account set balance = 5 where id = 'a'")
      id = parked?.id ?? ""
    }
    await using db = stage.open({ DATABASE_STATEMENT_TIMEOUT: "1s" })
    await db.ready()
    await onPrimary("update account set balance = 1 where id = 'a'")
    const other = new Client(stage.url)
    other.on("error", () => {})
    await other.connect()
    await other.query("begin; select from account for update")
    const failure: unknown = await db.conflicts.apply(id).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: "UNDERSTUDY_TIMEOUT", applied: "no" })
    await other.query("commit")
    await other.end()
    await expect
      .poll(() => codeOf(db.conflicts.apply(id)), { timeout: 20_000 })
      .toMatch(/undefined|UNDERSTUDY_CONFLICT_SETTLED/)
    expect(await db.conflicts.list()).toEqual([])
  })

  test("no PostgreSQL is wanted, there is no such id, the database is closed, the call is wrong", async () => {
    await using embedded = stage.open({ DATABASE_URL: "" })
    expect(await embedded.conflicts.list()).toEqual([])
    expect(await codeOf(embedded.conflicts.show("1"))).toBe("UNDERSTUDY_CONFLICT_UNKNOWN")
    expect(await codeOf(embedded.conflicts.apply("1"))).toBe("UNDERSTUDY_CONFLICT_UNKNOWN")
    const db = stage.open()
    await db.ready()
    expect(await db.conflicts.list({ state: "all" })).toEqual([])
    for (const id of ["1", "", "1; drop table account", "999999999999999999999"]) {
      expect(await codeOf(db.conflicts.show(id)), id).toBe("UNDERSTUDY_CONFLICT_UNKNOWN")
      expect(await codeOf(db.conflicts.apply(id)), id).toBe("UNDERSTUDY_CONFLICT_UNKNOWN")
    }
    expect(await codeOf(db.conflicts.list({ limit: 0 }))).toBe("UNDERSTUDY_INVALID_ARGUMENT")
    await db.close()
    expect(await codeOf(db.conflicts.list())).toBe("UNDERSTUDY_CLOSED")
  })
})
