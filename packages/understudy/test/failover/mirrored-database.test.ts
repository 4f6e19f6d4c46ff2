import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sql, type Generated } from "kysely"
import { Client } from "pg"
import { describe, expect, test } from "vitest"
import type { Database } from "understudy-db"
import type { Migrations } from "../../src/migrate/migrate.ts"
import { codes, untilHeld, useStage } from "./mirrored-program.ts"

interface Tables {
  account: { id: string; balance: number }
  note: { body: string }
  ticket: { id: Generated<number>; account: string }
}

const MIGRATIONS: Migrations = {
  "0001": {
    async up(db) {
      await db.schema
        .createTable("account")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("balance", "integer", (column) => column.notNull())
        .execute()
      await db.schema.createTable("note").addColumn("body", "text").execute()
      await db.schema
        .createTable("ticket")
        .addColumn("id", "integer", (column) => column.primaryKey().generatedAlwaysAsIdentity())
        .addColumn("account", "text", (column) => column.references("account.id").onDelete("cascade"))
        .execute()
    },
  },
}

const stage = useStage<Tables>(MIGRATIONS)

const open = (env: Record<string, string> = {}, migrations = MIGRATIONS): Database<Tables> =>
  stage.open(env, { migrations })

async function untilLive(db: Database<Tables>): Promise<void> {
  await expect.poll(() => db.status().mirror, { timeout: 20_000 }).toMatchObject({ state: "live" })
}

/** Opens, writes two accounts, waits until the copy has them, closes. */
async function mirrorOnce(env: Record<string, string> = {}): Promise<Date> {
  await using db = open(env)
  await db.ready()
  await db.kysely
    .insertInto("account")
    .values([
      { id: "a", balance: 1 },
      { id: "b", balance: 2 },
    ])
    .execute()
  await db.kysely.insertInto("note").values({ body: "nobody copies this" }).execute()
  await untilHeld(db)
  return new Date()
}

describe("a start while the primary is away", () => {
  test("reads come from the copy and say how old it is; where writes are not wanted they are refused (promises 2 and 4)", async () => {
    const before = new Date()
    const after = await mirrorOnce()
    await stage.postgres.stop()
    await using db = open({ DATABASE_FALLBACK: "read-only" })
    await db.ready()
    expect(db.status()).toMatchObject({ state: "fallback", copy: "mirror", writable: false })
    expect(await db.kysely.selectFrom("account").selectAll().orderBy("id").execute()).toEqual([
      { id: "a", balance: 1 },
      { id: "b", balance: 2 },
    ])
    const asOf = await db.read(async (session) => {
      await session.selectFrom("account").select("id").execute()
      return session.asOf
    })
    expect(asOf?.getTime()).toBeGreaterThan(before.getTime())
    expect(asOf?.getTime()).toBeLessThanOrEqual(after.getTime())
    const mirror = db.status().mirror
    expect(mirror).toMatchObject({ state: "stale", holdsNewestWrite: null })
    expect(mirror?.tables).toEqual([
      { name: "account", state: "stale", reason: null, detail: null },
      { name: "note", state: "absent", reason: "no-key", detail: null },
      { name: "ticket", state: "stale", reason: null, detail: null },
    ])
    const write = db.write((session) =>
      session.insertInto("account").values({ id: "c", balance: 3 }).execute(),
    )
    await expect(write).rejects.toMatchObject({
      code: "UNDERSTUDY_READ_ONLY",
      message: /fallback\.read-only/,
    })
    await expect(db.kysely.deleteFrom("account").execute()).rejects.toMatchObject({
      code: "UNDERSTUDY_READ_ONLY",
    })
    expect(codes(db)).toContain("fallback.read-only")
  })

  test("a table without a copy is an error, not an empty list (promise 4)", async () => {
    await mirrorOnce()
    await stage.postgres.stop()
    await using db = open()
    await db.ready()
    const noCopy = { code: "UNDERSTUDY_NO_COPY" }
    await expect(db.kysely.selectFrom("note").selectAll().execute()).rejects.toMatchObject(noCopy)
    await expect(sql`select count(*) from note`.execute(db.kysely)).rejects.toMatchObject(noCopy)
  })

  test("a file that never saw its primary takes writes, says that it has no copy, and hands them back (promises 1, 2 and 4)", async () => {
    await stage.postgres.stop()
    await using db = open()
    await db.write((session) => session.insertInto("account").values({ id: "c", balance: 3 }).execute())
    expect(await db.kysely.selectFrom("account").selectAll().execute()).toHaveLength(1)
    expect(db.status()).toMatchObject({
      state: "fallback",
      copy: "none",
      writable: true,
      mirror: { state: "absent" },
    })
    await db.close()
    await stage.postgres.start()
    await using again = open()
    await again.ready()
    await untilLive(again)
    expect(codes(again)).not.toContain("data.not-returned")
    expect(again.status()).toMatchObject({ state: "primary", pending: null })
    expect(await again.kysely.selectFrom("account").select("id").execute()).toEqual([{ id: "c" }])
  })

  test("a newer program migrates the copy as it will the primary (promise 3)", async () => {
    await mirrorOnce()
    await stage.postgres.stop()
    const newer: Migrations = {
      ...MIGRATIONS,
      "0002": {
        async up(db) {
          await db.schema
            .alterTable("account")
            .addColumn("owner", "text", (c) => c.defaultTo("nobody"))
            .execute()
          await sql`update account set balance = balance * 10`.execute(db)
        },
      },
    }
    await using db = open({}, newer)
    await db.ready()
    const rows = [
      { id: "a", balance: 10, owner: "nobody" },
      { id: "b", balance: 20, owner: "nobody" },
    ]
    const read = (from: Database<Tables>): Promise<unknown> =>
      from.kysely.selectFrom("account").selectAll().orderBy("id").execute()
    expect(await read(db)).toEqual(rows)
    await db.close()
    await stage.postgres.start()
    await using online = open({}, newer)
    await online.ready()
    expect(await read(online)).toEqual(rows)
    await untilHeld(online)
    await online.close()
    await stage.postgres.stop()
    await using offline = open({}, newer)
    await offline.ready()
    expect(await read(offline)).toEqual(rows)
  })

  test("a migration that asks a table without a copy costs the copy, not the start (promises 1 and 4)", async () => {
    await mirrorOnce()
    await stage.postgres.stop()
    const newer: Migrations = {
      ...MIGRATIONS,
      "0002": {
        up: (db) => sql`insert into account select body, 7 from note`.execute(db).then(() => {}),
      },
    }
    await using db = open({}, newer)
    await db.ready()
    await expect(db.kysely.selectFrom("account").selectAll().execute()).rejects.toMatchObject({
      code: "UNDERSTUDY_NO_COPY",
    })
    await db.close()
    await stage.postgres.start()
    await using online = open({}, newer)
    await online.ready()
    await untilHeld(online)
    expect(await online.kysely.selectFrom("account").select("id").orderBy("id").execute()).toEqual([
      { id: "a" },
      { id: "b" },
      { id: "nobody copies this" },
    ])
  })

  test("a migration that the primary had already does not run twice on its rows (promise 4)", async () => {
    await mirrorOnce()
    const newer: Migrations = {
      ...MIGRATIONS,
      "0002": { up: (db) => sql`update account set balance = balance * 10`.execute(db).then(() => {}) },
    }
    // Another instance, of the newer program, and with another folder.
    const other = await mkdtemp(join(tmpdir(), "understudy-other-"))
    await using elsewhere = open({ DATABASE_PATH: other }, newer)
    await elsewhere.ready()
    await elsewhere.close()
    await rm(other, { recursive: true })
    // The older program goes on, and copies what the newer one has made of the rows.
    await using older = open()
    await older.ready()
    await untilHeld(older)
    await older.close()
    await stage.postgres.stop()
    await using db = open({}, newer)
    await db.ready()
    await expect(db.kysely.selectFrom("account").selectAll().execute()).rejects.toMatchObject({
      code: "UNDERSTUDY_NO_COPY",
    })
    expect(codes(db)).toContain("fallback.no-copy")
  })
})

describe("beside the primary that serves", () => {
  test("rows of the migrations in a file that got no copy yet are taken for nobody's writes (promise 4)", async () => {
    const seeded: Migrations = {
      ...MIGRATIONS,
      "0002": { up: (db) => sql`insert into account values ('seed', 0)`.execute(db).then(() => {}) },
    }
    {
      await using first = open({}, seeded)
      await first.ready()
      const holder = new Client(stage.url)
      await holder.connect()
      await holder.query("begin; insert into account values ('held', 1)")
      await expect
        .poll(() => first.status().mirror?.tables.some(({ reason }) => reason === "busy"), {
          timeout: 20_000,
        })
        .toBe(true)
      await holder.query("commit")
      await holder.end()
    }
    await using again = open({}, seeded)
    await again.ready()
    expect(codes(again)).not.toContain("data.not-returned")
    await untilHeld(again)
  })

  test("freshness is never claimed before it is known (promise 4)", async () => {
    await using db = open()
    await db.ready()
    await untilHeld(db)
    for (let round = 0; round < 20; round += 1) {
      await db.kysely
        .insertInto("account")
        .values({ id: `r${round}`, balance: round })
        .execute()
      expect(db.status().mirror?.holdsNewestWrite).toBe(false)
      await untilHeld(db)
    }
  })

  test("limits leave tables out, and it is said (promise 2)", async () => {
    await using db = open({ DATABASE_MIRROR_EXCLUDE: "ticket", DATABASE_MIRROR_MAX_ROWS: "1" })
    await db.ready()
    await db.kysely
      .insertInto("account")
      .values([
        { id: "a", balance: 1 },
        { id: "b", balance: 2 },
      ])
      .execute()
    await expect
      .poll(() => db.status().mirror?.tables, { timeout: 20_000 })
      .toEqual([
        { name: "account", state: "absent", reason: "over-limit", detail: "rows" },
        { name: "note", state: "absent", reason: "no-key", detail: null },
        { name: "ticket", state: "absent", reason: "excluded", detail: null },
      ])
    expect(db.status().findings.find(({ code }) => code === "mirror.tables-left-out")?.message).toMatch(
      /account \(over-limit: rows\), note \(no-key\)\.$/,
    )
  })

  test("a role that may not make a schema has no mirror, and the rest works (promises 1 and 2)", async () => {
    const database = await stage.postgres.createDatabase()
    const admin = new Client(database.adminUrl)
    await admin.connect()
    const role = `weak_${Date.now()}`
    await admin.query(
      `create role ${role} login password 'weak'; grant create, usage on schema public to ${role}`,
    )
    await admin.end()
    const weak = new URL(database.url)
    weak.username = role
    weak.password = "weak"
    await using db = open({ DATABASE_URL: weak.href })
    await db.ready()
    await expect
      .poll(() => db.status().mirror, { timeout: 20_000 })
      .toMatchObject({
        state: "absent",
        reason: "mirror.not-allowed",
      })
    await db.kysely.insertInto("account").values({ id: "a", balance: 1 }).execute()
    expect(db.status()).toMatchObject({ state: "primary", engine: "postgresql" })
    expect(db.status().findings.find(({ code }) => code === "mirror.not-allowed")?.remedy).toContain(
      "GRANT CREATE ON DATABASE",
    )
  })

  test("a move to another primary makes the copy anew (promise 4)", async () => {
    await mirrorOnce()
    const { url } = await stage.postgres.createDatabase()
    await using db = open({ DATABASE_URL: url })
    await db.ready()
    await db.kysely.insertInto("account").values({ id: "other", balance: 9 }).execute()
    await untilHeld(db)
    expect(codes(db)).toContain("primary.changed")
    await db.close()
    await stage.postgres.stop()
    await using offline = open({ DATABASE_URL: url })
    await offline.ready()
    expect(await offline.kysely.selectFrom("account").select("id").execute()).toEqual([{ id: "other" }])
  })

  test("DATABASE_MIRROR=off mirrors nothing, and nothing is made on the primary", async () => {
    await using db = open({ DATABASE_MIRROR: "off" })
    await db.ready()
    expect(db.status().mirror).toBeNull()
    const { rows } = await sql`select 1 from pg_namespace where nspname = 'understudy'`.execute(db.kysely)
    expect(rows).toEqual([])
  })

  test("the primary that is killed and comes back is followed again (promise 4)", async () => {
    await using db = open()
    await db.ready()
    await untilLive(db)
    await stage.postgres.kill()
    await expect.poll(() => db.status().mirror?.state, { timeout: 20_000 }).toBe("stale")
    await stage.postgres.start()
    await untilLive(db)
  })
})
