import { sql } from "kysely"
import type { Migration } from "kysely/migration"
import { describe, expect, onTestFinished, test } from "vitest"
import { silentLogger } from "../../../src/base/logger.ts"
import { openDatabase, type Database, type OpenOptions } from "../../../src/open.ts"
import { workerPostgres } from "../../../../../test/support/worker-postgres.ts"
import { keeping, notes, openFor, refusalOf, wide, type Tables } from "./checked-database.ts"

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
      /^DISTINCT ON \(at .*unchecked\.test\.ts:/,
      (db) => db.kysely.selectFrom("notes").distinctOn("id").selectAll().execute(),
    ],
    [
      "by the types of columns",
      /numeric.*\(at .*unchecked\.test\.ts:/,
      async (db) => {
        await db.write((session) => session.selectFrom("wide").select("amount").orderBy("amount").execute())
      },
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
