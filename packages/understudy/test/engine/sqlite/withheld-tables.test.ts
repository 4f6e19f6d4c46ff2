import { sql, type Kysely } from "kysely"
import { describe, expect, it, onTestFinished } from "vitest"
import type { SqliteEngine } from "../../../src/engine/sqlite/engine.ts"
import type { Sessions } from "../../../src/session/sessions.ts"
import { openTestSqlite } from "../../support/engines.ts"
import { MADE, raw, READS, WRITES, type Tables, type Way } from "./withheld-cases.ts"

interface Opened {
  readonly engine: SqliteEngine
  readonly sessions: Sessions<Tables>
  readonly db: Kysely<Tables>
  /** Runs SQL behind the engine's back. */
  make(text: string): Promise<void>
}

async function open(withheld: Record<string, string> = { secret: "no-key" }, more = ""): Promise<Opened> {
  const test = await openTestSqlite<Tables>()
  onTestFinished(() => test[Symbol.asyncDispose]())
  const engine = test.engine as SqliteEngine
  const make = async (text: string): Promise<void> => {
    const { handle, release } = await engine.takeWriter()
    handle.database.exec(text)
    release()
  }
  await make(`${MADE}; ${more}`)
  engine.withhold(new Map(Object.entries(withheld)))
  return { engine, sessions: test.sessions, db: test.sessions.kysely, make }
}

const REFUSED = {
  code: "UNDERSTUDY_NO_COPY",
  httpStatus: 503,
  applied: "no",
  message: "The fallback has no copy of the table secret (no-key).",
}

describe("promise 4, no copy, no lie: what would read a table without a copy is refused", () => {
  it.each(READS)("%s", async (_name, run) => {
    const { db, sessions } = await open()
    await expect(run(db)).rejects.toMatchObject(REFUSED)
    await expect(sessions.read(run as never)).rejects.toMatchObject(REFUSED)
    await expect(sessions.write(run as never)).rejects.toMatchObject(REFUSED)
  })
})

describe("promise 4, no copy, no lie: what would change rows that are not known is refused, and nothing of it done", () => {
  it.each(WRITES)("%s", async (_name, run) => {
    const { engine, db, sessions } = await open()
    await expect(run(db)).rejects.toMatchObject(REFUSED)
    await expect(sessions.write(run as never)).rejects.toMatchObject(REFUSED)
    engine.withhold(new Map())
    expect(await db.selectFrom("secret").selectAll().execute()).toEqual([])
    expect(await db.selectFrom("log").selectAll().execute()).toEqual([{ id: 1 }])
    expect(await db.selectFrom("shown").select("name").execute()).toEqual([{ name: "a" }, { name: "b" }])
  })
})

describe("promise 4, no copy, no lie: what a statement does besides what it says", () => {
  it.each([
    ["a trigger that reads", "select raise(ignore) from secret"],
    ["a trigger that joins by the names of columns", "select 1 from shown natural join secret"],
    ["a trigger that updates", "update secret set size = 2"],
    ["a trigger that deletes", "delete from secret"],
    ["a trigger that inserts", "insert or ignore into secret (id, name) values (new.id, 'x')"],
  ])("%s", async (_name, body) => {
    const { db } = await open(undefined, `create trigger t after insert on log begin ${body}; end`)
    await expect(db.insertInto("log").values({ id: 2 }).execute()).rejects.toMatchObject(REFUSED)
    expect(await db.selectFrom("log").select("id").execute()).toEqual([{ id: 1 }])
  })

  it.each([
    ["a delete of a parent", (db: Kysely<Tables>) => db.deleteFrom("shown").where("id", "=", 1).execute()],
    ["a change of its key", (db: Kysely<Tables>) => db.updateTable("shown").set({ id: 9 }).execute()],
  ])("a foreign key: %s whose children are not known", async (_name, run) => {
    const { db } = await open({ kept: "too-large" })
    const message = "The fallback has no copy of the table kept (too-large)."
    await expect(run(db)).rejects.toMatchObject({ code: "UNDERSTUDY_NO_COPY", message })
    expect(await db.selectFrom("shown").select("id").execute()).toEqual([{ id: 1 }, { id: 2 }])
  })

  it("a foreign key: an insert whose parent is not known, where SQLite would say that there is none", async () => {
    const { engine, db, make } = await open()
    const inserted = db.insertInto("part").values({ id: 1, secret: 1 }).execute()
    await expect(inserted).rejects.toMatchObject(REFUSED)
    await make(`create table tree (id integer primary key, above integer references tree (id))`)
    engine.withhold(new Map([["tree", "no-key"]]))
    const own = sql`insert into tree values (1, 2)`.execute(db)
    await expect(own).rejects.toMatchObject({ code: "UNDERSTUDY_NO_COPY" })
  })
})

describe("promise 4: what needs no copy goes on", () => {
  it.each<readonly [string, (db: Kysely<Tables>) => Promise<unknown>, unknown]>([
    ["an insert", (db) => db.insertInto("secret").values({ id: 1, name: "x" }).execute(), expect.anything()],
    [
      "an insert that gives its row back",
      (db) => db.insertInto("secret").values({ id: 1, name: "x" }).returningAll().execute(),
      [{ id: 1, name: "x", size: 1 }],
    ],
    [
      "an insert of several rows",
      (db) =>
        db
          .insertInto("secret")
          .values([
            { id: 1, name: "x" },
            { id: 2, name: "x", size: 2 },
          ])
          .returning(["id", "size as s"])
          .execute(),
      [
        { id: 1, s: 1 },
        { id: 2, s: 2 },
      ],
    ],
    [
      "an insert of rows of other tables",
      (db) =>
        db
          .insertInto("secret")
          .columns(["id", "name"])
          .expression((e) => e.selectFrom("shown").select(["id", "name"]))
          .execute(),
      expect.anything(),
    ],
    [
      "an insert in plain SQL",
      async (db) =>
        (
          await sql`insert into main."Secret" (id, name) values (1, 'select in conflict') returning id`.execute(
            db,
          )
        ).rows,
      [{ id: 1 }],
    ],
    [
      "an insert into the parent of a table without a copy",
      (db) =>
        db
          .insertInto("shown")
          .values([
            { id: 8, name: "c" },
            { id: 9, name: "d" },
          ])
          .returning("id")
          .execute(),
      [{ id: 8 }, { id: 9 }],
    ],
    [
      "an insert into its child whose parent is served",
      (db) => db.insertInto("kept").values({ id: 1, shown: 2 }).returningAll().execute(),
      [{ id: 1, shown: 2 }],
    ],
    [
      "a read of another table",
      (db) => db.selectFrom("shown").select("id").execute(),
      [{ id: 1 }, { id: 2 }],
    ],
    [
      "another table under its name",
      (db) => db.selectFrom("shown as secret").select("secret.name").where("id", "=", 1).execute(),
      [{ name: "a" }],
    ],
  ])("%s", async (_name, run, expected) => {
    const { db } = await open({ secret: "no-key", kept: "too-large" })
    expect(await run(db)).toEqual(expected)
  })

  it.each<Way>([
    ["an index", (db) => db.schema.createIndex("i").on("secret").column("name").execute()],
    ["another column", (db) => db.schema.alterTable("secret").addColumn("more", "text").execute()],
    [
      "a column that must be filled",
      (db) =>
        db.schema
          .alterTable("secret")
          .addColumn("more", "integer", (c) => c.notNull().defaultTo(1))
          .execute(),
    ],
    ["its removal", (db) => db.schema.dropTable("secret").cascade().execute()],
    raw("create unique index i on secret (name)"),
  ])("a change of its definition: %s", async (_name, run) => {
    const { db } = await open(
      undefined,
      "drop table part; drop view names; drop view count_of; drop view joined",
    )
    await run(db)
    const there = await sql`select 1 from pragma_table_list where name = 'secret'`.execute(db)
    const code = there.rows.length === 0 ? "42P01" : "UNDERSTUDY_NO_COPY"
    await expect(db.selectFrom("secret").selectAll().execute()).rejects.toMatchObject({ code })
  })

  it("finding out which foreign key was broken, though it looks at tables without a copy", async () => {
    const made = `create table two (a integer references shown (id), b integer references log (id));
      insert into two values (1, 1)`
    const { db } = await open({ part: "no-key", kept: "no-key" }, made)
    const changed = (db as unknown as Kysely<{ two: { b: number } }>).updateTable("two").set({ b: 7 })
    const named = { code: "23503", constraint: "two_b_fkey", table: "two" }
    await expect(changed.execute()).rejects.toMatchObject(named)
  })

  it("a change of a table that refers to one without a copy, be it by a new key", async () => {
    const { db } = await open(
      undefined,
      "pragma foreign_keys = off; insert into part values (1, 7); pragma foreign_keys = on",
    )
    await db.schema
      .alterTable("part")
      .addColumn("more", "integer", (c) => c.notNull().defaultTo(1))
      .execute()
    await db.schema
      .alterTable("part")
      .addForeignKeyConstraint("again", ["secret"], "secret", ["id"])
      .execute()
    const wrong = db.schema.alterTable("part").addForeignKeyConstraint("other", ["secret"], "shown", ["id"])
    await expect(wrong.execute()).rejects.toMatchObject({ code: "23503", constraint: "other" })
    expect(await db.selectFrom("part").selectAll().execute()).toEqual([{ id: 1, secret: 7, more: 1 }])
  })

  it("the name of the key that is broken, and not of one whose parent is not known", async () => {
    const made = `create table two (a integer references secret (id),
        b integer constraint b_shown references shown (id) deferrable initially deferred);
      pragma foreign_keys = off; insert into two values (7, 1); pragma foreign_keys = on`
    const { db, sessions } = await open(undefined, made)
    const broken = { code: "23503", constraint: "b_shown" }
    const change = sessions.write((session) => sql`update two set b = 9`.execute(session))
    await expect(change).rejects.toMatchObject(broken)
    expect((await sql`select b from two`.execute(db)).rows).toEqual([{ b: 1 }])
  })
})

describe("promise 4, no copy, no lie: when it begins and ends", () => {
  it("at once, for statements that are prepared, on every connection", async () => {
    const { engine, db, sessions } = await open({})
    const read = (on: Kysely<Tables>): Promise<unknown> => on.selectFrom("secret").select("id").execute()
    const everywhere = [
      () => read(db),
      () => sessions.read(read as never),
      () => sessions.read(read as never, { isolation: "repeatable read" }),
      () => sessions.write(read as never),
      async () => {
        const rows = []
        for await (const row of db.selectFrom("secret").select("id").stream()) rows.push(row)
        return rows
      },
    ]
    for (const way of everywhere) expect(await way()).toEqual([])
    engine.withhold(new Map([["SECRET", "no-key"]]))
    for (const way of everywhere) await expect(way()).rejects.toMatchObject({ code: "UNDERSTUDY_NO_COPY" })
    engine.withhold(new Map([["shown", "excluded"]]))
    for (const way of everywhere) expect(await way()).toEqual([])
    await expect(db.selectFrom("shown").selectAll().execute()).rejects.toMatchObject({
      message: "The fallback has no copy of the table shown (excluded).",
    })
    engine.withhold(new Map())
    expect(await db.selectFrom("shown").select("id").execute()).toEqual([{ id: 1 }, { id: 2 }])
  })

  it("for statements that are prepared and of which SQLite itself is not asked again", async () => {
    const { engine, db } = await open({})
    const joined = sql`select * from shown natural join secret`
    const insert = (id: number): Promise<unknown> =>
      db.insertInto("secret").values({ id, name: "a" }).returning("id").execute()
    await insert(1)
    expect((await joined.execute(db)).rows).toHaveLength(1)
    engine.withhold(new Map([["secret", "no-key"]]))
    await expect(joined.execute(db)).rejects.toMatchObject(REFUSED)
    expect(await insert(2)).toEqual([{ id: 2 }])
  })

  it("in the middle of a transaction, whose statement before it is undone with it", async () => {
    const { engine, db, sessions } = await open({})
    const written = sessions.write(async (session) => {
      await session.insertInto("log").values({ id: 5 }).execute()
      engine.withhold(new Map([["secret", "no-key"]]))
      await session.selectFrom("secret").selectAll().execute()
    })
    await expect(written).rejects.toMatchObject(REFUSED)
    expect(await db.selectFrom("log").select("id").execute()).toEqual([{ id: 1 }])
  })

  it("for a view and a table that are made later", async () => {
    const { db, make } = await open()
    await make("create view later as select 1 as name from secret")
    await db.schema.createTable("other").addColumn("id", "integer").execute()
    await expect(sql`select * from later`.execute(db)).rejects.toMatchObject(REFUSED)
    expect((await sql`select * from other`.execute(db)).rows).toEqual([])
  })
})
