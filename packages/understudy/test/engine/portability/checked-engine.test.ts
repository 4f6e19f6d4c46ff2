import { readFileSync } from "node:fs"
import { CamelCasePlugin, CompiledQuery, sql, type Kysely } from "kysely"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { silentLogger } from "../../../src/base/logger.ts"
import { onlyOn } from "../../../src/engine/portability/only-on.ts"
import { openDatabase, type Database } from "../../../src/open.ts"
import { workerPostgres } from "../../../../../test/support/worker-postgres.ts"
import { notes, open, openFor, refusalOf, wide, type Tables } from "./checked-database.ts"

/** The line of this file on which the text stands, which must be one. */
function lineOf(text: string): number {
  return (
    readFileSync(import.meta.filename, "utf8")
      .split("\n")
      .findIndex((line) => line.includes(text)) + 1
  )
}

const REFUSED: readonly (readonly [
  what: string,
  construct: RegExp,
  instead: RegExp,
  run: (db: Database<Tables>) => Promise<unknown>,
])[] = [
  [
    "DISTINCT ON",
    /^DISTINCT ON \(at /,
    /row_number/,
    (db) => db.kysely.selectFrom("notes").distinctOn("text").selectAll().execute(),
  ],
  [
    "an unknown function in a builder",
    /^The function pg_backend_pid \(at /,
    /both engines have/,
    (db) => db.kysely.selectNoFrom((eb) => eb.fn("pg_backend_pid", []).as("pid")).execute(),
  ],
  [
    "an unknown function in a raw fragment, in a session",
    /^The function regexp_replace \(at /,
    /both engines have/,
    (db) =>
      db.read((session) =>
        session
          .selectFrom("notes")
          .select(sql`regexp_replace(text, 'a', 'b')`.as("replaced"))
          .execute(),
      ),
  ],
  [
    "syntax in raw SQL, in a write",
    /^The syntax near "\w+" \(at /,
    /builder/,
    (db) => db.write((session) => sql`truncate table notes`.execute(session)),
  ],
  [
    "a ::type cast",
    /^A ::type cast \(at /,
    /cast\(/,
    (db) =>
      db.kysely
        .selectFrom("notes")
        .select(sql`id::text`.as("id"))
        .execute(),
  ],
  [
    "a column type",
    /^The column type text\[\] \(at /,
    /portable types/,
    (db) =>
      db.kysely.schema
        .createTable("other")
        .addColumn("tags", sql`text[]`)
        .execute(),
  ],
  [
    "a stream",
    /^The function md5 \(at |^The function md5 has/,
    /both engines have/,
    async (db) => {
      const rows = db.kysely
        .selectFrom("notes")
        .select(sql`md5(text)`.as("hash"))
        .stream()
      for await (const row of rows) void row
    },
  ],
]

describe("on PostgreSQL, in tests, what SQLite could not run is refused before it runs (promise 3)", () => {
  let opened: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    opened = await open("postgresql")
  })
  afterAll(() => opened.end())

  test.each(REFUSED)("%s", async (_, construct, instead, run) => {
    // The second time from what is remembered of the text.
    for (const where of ["asked", "remembered"]) {
      const error = await refusalOf(() => run(opened.db))
      expect(error.message, where).toMatch(construct)
      expect(error.message, where).toMatch(/ has no equal on SQLite\.$/)
      expect(error.remedy).toMatch(instead)
    }
  })

  test("long texts and long quotations are kept short, and judged alike", async () => {
    const { db } = opened
    const rows = Array.from({ length: 300 }, (_, index) => ({ id: 1000 + index, text: "x" }))
    for (const _ of ["asked", "remembered"]) {
      const error = await refusalOf(() =>
        db.kysely
          .insertInto("notes")
          .values(rows)
          .returning(sql`md5(text)`.as("hash"))
          .execute(),
      )
      expect(error.message).toContain("The function md5")
    }
    const unread = await refusalOf(() => sql.raw(`select '${"x".repeat(5000)}`).execute(db.kysely))
    expect(unread.message.length).toBeLessThan(300)
  })

  test("it does not run: a truncate leaves the rows", async () => {
    const { db } = opened
    await db.kysely.insertInto("notes").values({ id: 1, text: "kept" }).execute()
    await refusalOf(() => sql`truncate notes`.execute(db.kysely))
    expect(await db.kysely.selectFrom("notes").select("text").execute()).toEqual([{ text: "kept" }])
  })

  test("the place is that of the program's own line", async () => {
    const distinct = opened.db.kysely.selectFrom("notes").distinctOn("id").selectAll()
    const error = await refusalOf(() => distinct.execute())
    expect(error.message).toContain(`(at ${import.meta.filename}:${lineOf("distinct.execute()")}:`)
  })

  test("what both have passes, tables that no migration made included", async () => {
    const { db } = opened
    await db.kysely.schema.createTable("later").addColumn("id", "integer").execute()
    await sql`insert into later values (${1})`.execute(db.kysely)
    const { rows } = await sql<{ id: number }>`select max(id) as id from later`.execute(db.kysely)
    expect(rows).toEqual([{ id: 1 }])
    expect((await db.kysely.introspection.getTables()).map(({ name }) => name)).toContain("later")
    await db.write((session) => session.insertInto("notes").values({ id: 7, text: "a" }).execute(), {
      idempotencyKey: "once",
    })
  })

  test("a plugin that renames columns is heeded, and the place is told", async () => {
    const camel = opened.db.kysely.withPlugin(new CamelCasePlugin()) as unknown as Kysely<{
      notes: { id: number; theText: string }
    }>
    const { kysely } = opened.db
    await kysely.schema.createTable("camel").addColumn("the_text", "text").execute()
    expect(
      await camel
        .selectFrom("camel" as "notes")
        .select("theText")
        .execute(),
    ).toEqual([])
    const error = await refusalOf(() => camel.selectFrom("notes").distinctOn("id").select("id").execute())
    expect(error.message).toContain(`(at ${import.meta.filename}:`)
  })

  test("queries that are marked, and texts as they are given, are left alone", async () => {
    const { db } = opened
    const marked = db.kysely.withPlugin(onlyOn("postgresql"))
    expect(await marked.selectFrom("notes").distinctOn("text").select("text").execute()).toBeDefined()
    expect((await sql`select pg_backend_pid() as pid`.execute(marked)).rows).toHaveLength(1)
    await db.write((session) =>
      sql`select pg_backend_pid()`.execute(session.withPlugin(onlyOn("postgresql"))),
    )
    const given = CompiledQuery.raw("select pg_backend_pid() as pid where $1", [true])
    expect((await db.kysely.executeQuery(given)).rows).toHaveLength(1)
  })
})

describe("a query that is refused in a transaction has not run, and the transaction goes on (promise 4)", () => {
  test.each(["postgresql", "sqlite"] as const)("on %s", async (dialect) => {
    const db = await openFor(dialect, { migrations: { "0001-notes": notes, "0002-wide": wide } })
    await db.write(async (session) => {
      await session.insertInto("notes").values({ id: 1, text: "before" }).execute()
      await refusalOf(() => session.selectFrom("notes").distinctOn("id").selectAll().execute())
      await refusalOf(() => session.selectFrom("wide").select("amount").orderBy("amount").execute())
      await refusalOf(() => sql`delete from notes; delete from wide`.execute(session))
      await session.insertInto("notes").values({ id: 2, text: "after" }).execute()
    })
    expect(await db.kysely.selectFrom("notes").select("id").orderBy("id").execute()).toEqual([
      { id: 1 },
      { id: 2 },
    ])
  })
})

describe("what is compiled before an engine serves is compiled anew by the one that runs it (promise 3)", () => {
  async function opening(nodeEnv: string): Promise<Database<Tables>> {
    const made = await (await workerPostgres()).createDatabase()
    const db = openDatabase<Tables>({
      logger: silentLogger,
      env: { NODE_ENV: nodeEnv, DATABASE_URL: made.url },
    })
    onTestFinished(async () => {
      await db.close()
      await made[Symbol.asyncDispose]()
    })
    return db
  }

  test("it is refused too, with its place", async () => {
    const db = await opening("test")
    const error = await refusalOf(async () => {
      // The stack of what was waited for holds those who await.
      await sql`select pg_backend_pid()`.execute(db.kysely)
    })
    expect(error.message).toContain(`The function pg_backend_pid (at ${import.meta.filename}:`)
  })

  test("a mark is heeded", async () => {
    const db = await opening("production")
    const marked = db.kysely.withPlugin(onlyOn("sqlite"))
    const error = await refusalOf(() => sql`select 1`.execute(marked))
    expect(error.message).toMatch(/^A query that is marked as meant for SQLite/)
  })

  test("a table's texts are ordered as SQLite orders them", async () => {
    const db = await opening("production")
    await db.kysely.schema.createTable("early").addColumn("text", "text").execute()
    const { rows } = await sql<{ collation: string }>`
      select collation_name as collation from information_schema.columns where table_name = 'early'`.execute(
      db.kysely,
    )
    expect(rows).toEqual([{ collation: "C" }])
  })
})

describe("on SQLite, in tests, what only SQLite has is refused as far as it can be known (promise 3)", () => {
  test.each([
    ["insert or replace", "insert or replace into notes values (1, 'a')", /^OR as a conflict's answer/],
    ["an operator", "select 'a' glob '*'", /^GLOB/],
    ["a function", "select ifnull(null, 1)", /^The function ifnull/],
    ["a date function", "select strftime('%Y', 'now')", /^The function strftime/],
    ["a pragma", "pragma user_version", /^PRAGMA/],
  ])("%s", async (_, text, construct) => {
    const db = await openFor("sqlite")
    const error = await refusalOf(() => sql.raw(text).execute(db.kysely))
    expect(error.message).toMatch(construct)
    expect(error.message).toContain(`${import.meta.filename}:`)
    expect(error.message).toMatch(/ has no equal on PostgreSQL\.$/)
    await sql.raw(text).execute(db.kysely.withPlugin(onlyOn("sqlite")))
  })

  test("what SQLite itself refuses tells its place; words in texts and names do not count", async () => {
    const db = await openFor("sqlite")
    const error = await refusalOf(() => db.kysely.selectFrom("notes").distinctOn("id").selectAll().execute())
    expect(error.message).toMatch(
      /^DISTINCT ON \(at .*checked-engine\.test\.ts:\d+:\d+\) has no equal on SQLite\.$/,
    )
    const { rows } = await sql`select 'glob(typeof)' as "rowid" -- pragma`.execute(db.kysely)
    expect(rows).toEqual([{ rowid: "glob(typeof)" }])
  })

  test("a query that is marked as meant for PostgreSQL is refused by that", async () => {
    const db = await openFor("sqlite")
    const error = await refusalOf(() => sql`select 1`.execute(db.kysely.withPlugin(onlyOn("postgresql"))))
    expect(error.message).toMatch(/^A query that is marked as meant for PostgreSQL .*has no equal on SQLite/)
  })
})

test("promise 3: what SQLite has under another name is not refused while PostgreSQL serves", async () => {
  const { kysely } = await openFor("postgresql")
  const row = await kysely
    .selectFrom("notes")
    .select((eb) => [
      eb.fn("btrim", ["text"]).as("a"),
      eb.fn<number>("greatest", ["id", sql.lit(1)]).as("b"),
      eb.fn("date_trunc", [sql.lit("day"), sql`now()`]).as("c"),
      sql`extract(year from ${sql`now()`})`.as("d"),
    ])
    .execute()
  expect(row).toEqual([])
  const unknown = (): Promise<unknown> =>
    kysely
      .selectFrom("notes")
      .select((eb) => eb.fn("num_nulls", ["text"]).as("a"))
      .execute()
  expect((await refusalOf(unknown)).message).toContain("The function num_nulls")
})
