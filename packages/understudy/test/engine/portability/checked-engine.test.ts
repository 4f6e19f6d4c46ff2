import { readFileSync } from "node:fs"
import { CamelCasePlugin, CompiledQuery, sql, type Kysely } from "kysely"
import type { Migration } from "kysely/migration"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import type { Logger } from "../../../src/base/logger.ts"
import { silentLogger } from "../../../src/base/logger.ts"
import { isUnderstudyError, type UnderstudyError } from "../../../src/errors/understudy-error.ts"
import type { EngineDialect } from "../../../src/engine/contract.ts"
import { onlyOn } from "../../../src/engine/portability/only-on.ts"
import { openDatabase, type Database, type OpenOptions } from "../../../src/open.ts"
import { workerPostgres } from "../../../../../test/support/worker-postgres.ts"

interface Tables {
  notes: { id: number; text: string; tags?: string }
  wide: { amount: string }
}

const notes: Migration = {
  up: (db) =>
    db.schema
      .createTable("notes")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("text", "text", (column) => column.notNull())
      .execute(),
}

/** A table whose order only PostgreSQL knows. */
const wide: Migration = {
  up: (db) => db.schema.createTable("wide").addColumn("amount", "numeric(38, 10)").execute(),
}

/** Opens a database on this engine. What the function gives closes it and removes it. */
async function open(
  dialect: EngineDialect,
  options: OpenOptions & { readonly nodeEnv?: string } = {},
): Promise<{ db: Database<Tables>; end: () => Promise<void> }> {
  const { nodeEnv = "test", ...rest } = options
  const made = dialect === "postgresql" ? await (await workerPostgres()).createDatabase() : undefined
  const db = openDatabase<Tables>({
    migrations: { "0001-notes": notes },
    logger: silentLogger,
    env: { NODE_ENV: nodeEnv, DATABASE_URL: made?.url ?? "sqlite:///:memory:" },
    ...rest,
  })
  const end = async (): Promise<void> => {
    await db.close()
    await made?.[Symbol.asyncDispose]()
  }
  await db.ready()
  expect(db.status().engine).toBe(dialect)
  return { db, end }
}

async function openFor(...args: Parameters<typeof open>): Promise<Database<Tables>> {
  const { db, end } = await open(...args)
  onTestFinished(end)
  return db
}

async function refusalOf(run: () => Promise<unknown>): Promise<UnderstudyError> {
  try {
    await run()
  } catch (error) {
    if (isUnderstudyError(error, "UNDERSTUDY_NOT_PORTABLE")) return error
    throw error
  }
  throw new Error("it was not refused")
}

/** The line of this file on which the text stands, which must be one. */
function lineOf(text: string): number {
  return (
    readFileSync(import.meta.filename, "utf8")
      .split("\n")
      .findIndex((line) => line.includes(text)) + 1
  )
}

/** A logger that keeps what it is told at `warn`. */
function keeping(): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  return {
    logger: { ...silentLogger, warn: (_fields: unknown, line?: string) => void lines.push(line ?? "") },
    lines,
  }
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
    const error = await refusalOf(() => sql`select pg_backend_pid()`.execute(db.kysely))
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

describe("who is not checked", () => {
  const RUNS: readonly (readonly [string, OpenOptions & { nodeEnv?: string }])[] = [
    ["production", { nodeEnv: "production" }],
    ["portability: off", { portability: "off" }],
  ]
  test.each(RUNS)("%s: PostgreSQL runs what SQLite could not", async (_, options) => {
    const db = await openFor("postgresql", options)
    expect((await sql`select pg_backend_pid() as pid`.execute(db.kysely)).rows).toHaveLength(1)
  })

  test("portability: check checks in production too", async () => {
    const db = await openFor("postgresql", { nodeEnv: "production", portability: "check" })
    await refusalOf(() => sql`select pg_backend_pid()`.execute(db.kysely))
  })

  const BY_SQLITE: readonly (readonly [string, RegExp, (db: Database<Tables>) => Promise<unknown>])[] = [
    [
      "of a tree",
      /^DISTINCT ON \(at .*checked-engine\.test\.ts:/,
      (db) => db.kysely.selectFrom("notes").distinctOn("id").selectAll().execute(),
    ],
    [
      "by the types of columns",
      /numeric.*\(at .*checked-engine\.test\.ts:/,
      (db) => db.write((session) => session.selectFrom("wide").select("amount").orderBy("amount").execute()),
    ],
  ]
  test.each(BY_SQLITE)(
    "in production a refusal by the serving engine is logged once: %s (promise 2)",
    async (_, construct, ask) => {
      const { logger, lines } = keeping()
      const migrations = { "0001-notes": notes, "0002-wide": wide }
      const db = await openFor("sqlite", { nodeEnv: "production", logger, migrations })
      expect((await refusalOf(() => ask(db))).message).toMatch(construct)
      await refusalOf(() => ask(db))
      expect(lines.filter((line) => construct.test(line))).toHaveLength(1)
    },
  )

  test("migrations that do not run on SQLite are told, and the texts are checked all the same (promise 2)", async () => {
    const { logger, lines } = keeping()
    const array: Migration = {
      up: (db) =>
        db.schema
          .createTable("array")
          .addColumn("tags", sql`text[]`)
          .execute(),
    }
    const db = await openFor("postgresql", { logger, migrations: { "0001-array": array } })
    expect(lines).toEqual([
      expect.stringContaining("The migration 0001-array failed: The column type text[]"),
    ])
    await refusalOf(() => db.kysely.selectFrom("notes").distinctOn("id").selectAll().execute())
  })

  test("a migration that never ends in memory holds up nobody for longer than its limit (promise 1)", async () => {
    const made = await (await workerPostgres()).createDatabase()
    onTestFinished(() => made[Symbol.asyncDispose]())
    let runs = 0
    const once: Migration = {
      async up(db) {
        runs += 1
        if (runs > 1) await new Promise(() => {})
        await notes.up(db)
      },
    }
    const db = openDatabase<Tables>({
      migrations: { "0001-once": once },
      logger: silentLogger,
      env: { NODE_ENV: "test", DATABASE_URL: made.url },
    })
    await expect.poll(() => db.status().engine, { timeout: 20_000 }).toBe("postgresql")
    await expect(db.ready({ timeoutMs: 200 })).rejects.toMatchObject({ code: "UNDERSTUDY_NOT_READY" })
    expect(runs).toBe(2)
    await db.close()
  })

  test("another value of the option throws", () => {
    expect(() => openDatabase({ portability: "on" as "off" })).toThrow("must be check or off")
  })
})
