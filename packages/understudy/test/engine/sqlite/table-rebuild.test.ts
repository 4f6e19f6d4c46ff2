import { sql } from "kysely"
import { describe, expect, it, onTestFinished } from "vitest"
import type { SqliteEngine } from "../../../src/engine/sqlite/engine.ts"
import { openTestSqlite } from "../../support/engines.ts"

type Tables = Record<string, Record<string, unknown>>

async function open(made: string) {
  const test = await openTestSqlite<Tables>()
  onTestFinished(() => test[Symbol.asyncDispose]())
  const { handle, release } = await (test.engine as SqliteEngine).takeWriter()
  handle.exec(made)
  release()
  const count = async (table: string): Promise<number> =>
    (await test.sessions.kysely.selectFrom(table).selectAll().execute()).length
  return { db: test.sessions.kysely, database: handle.database, count }
}

describe("promise 4: a table that SQLite must rebuild keeps what hangs on it", () => {
  it("triggers", async () => {
    const { db, count } = await open(`create table t (id integer primary key, a integer);
      create table seen (a integer);
      create trigger note after insert on t begin insert into seen values (new.a); end;
      insert into t values (1, 1)`)
    await db.schema
      .alterTable("t")
      .alterColumn("a", (c) => c.setNotNull())
      .execute()
    await db.insertInto("t").values({ id: 2, a: 2 }).execute()
    expect(await count("seen")).toBe(2)
  })

  it("the rows of other tables that refer to it, however they spell its name", async () => {
    const { db, database, count } = await open(`create table t (id integer primary key, a integer);
      create table c (id integer, t integer references "T" on delete cascade);
      create table d (id integer, t integer references t (id) on delete restrict, check (id > 0));
      insert into t values (1, 1), (2, null); insert into c values (1, 1); insert into d values (1, 2)`)
    await db.schema.alterTable("t").dropColumn("a").execute()
    expect([await count("t"), await count("c"), await count("d")]).toEqual([2, 1, 1])
    expect(database.prepare("pragma foreign_key_check").all()).toEqual([])
    expect(database.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" })
    await expect(db.deleteFrom("t").where("id", "=", 2).execute()).rejects.toMatchObject({
      code: "23503",
      constraint: "d_t_fkey",
      table: "d",
      columns: ["id"],
    })
    await db.deleteFrom("t").where("id", "=", 1).execute()
    expect(await count("c")).toBe(0)
  })

  it("two tables that refer to each other", async () => {
    const { db, count } = await open(`create table a (id integer primary key, b integer references b);
      create table b (id integer primary key, a integer references a on delete cascade);
      insert into a values (1, null); insert into b values (1, 1); update a set b = 1`)
    await db.schema
      .alterTable("a")
      .addColumn("more", "integer", (c) => c.notNull().defaultTo(1))
      .execute()
    await db.schema
      .alterTable("b")
      .alterColumn("a", (c) => c.setNotNull())
      .execute()
    expect([await count("a"), await count("b")]).toEqual([1, 1])
  })
})

it("promise 3: a definition that is SQLite's own is refused by name, and left as it is", async () => {
  const { db, database } = await open("create table t (id integer primary key autoincrement, a text)")
  const changed = db.schema.alterTable("t").dropColumn("a").execute()
  await expect(changed).rejects.toMatchObject({ code: "UNDERSTUDY_NOT_PORTABLE" })
  expect(database.isTransaction).toBe(false)
  await db.insertInto("t").values({ a: "x" }).execute()
  expect((await sql<{ a: string }>`select a from t`.execute(db)).rows).toEqual([{ a: "x" }])
})
