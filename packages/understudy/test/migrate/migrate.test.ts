import { readFile } from "node:fs/promises"
import type { Migration } from "kysely/migration"
import { Client } from "pg"
import { describe, expect, it, onTestFinished } from "vitest"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import type { SqliteEngine } from "../../src/engine/sqlite/engine.ts"
import { migrate, type Migrations } from "../../src/migrate/migrate.ts"
import { OPENERS, postgresOptions } from "../support/engines.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"

interface Tables {
  a: { id: number }
  b: { id: number }
  kysely_migration: { name: string }
}

const table = (name: string): Migration => ({
  up: (db) =>
    db.schema
      .createTable(name)
      .addColumn("id", "integer", (c) => c.primaryKey())
      .execute(),
})
const broken: Migration = {
  up: async (db) => {
    await db.schema.createTable("half").addColumn("id", "integer").execute()
    await db.schema.createTable("half").addColumn("id", "integer").execute()
  },
}

describe.each(["sqlite", "postgresql"] as const)("migrations on %s", (dialect) => {
  async function open() {
    const test = await OPENERS[dialect]<Tables>()
    onTestFinished(() => test[Symbol.asyncDispose]())
    const names = async (): Promise<string[]> =>
      (await test.sessions.kysely.introspection.getTables())
        .map(({ name }) => name)
        .filter((name) => /^(a|b|half)$/.test(name))
        .sort()
    return { ...test, names }
  }

  it("run once, in the order of their names", async () => {
    const { engine, names } = await open()
    const migrations: Migrations = { "002_b": table("b"), "001_a": table("a") }
    expect(await migrate(engine, migrations)).toEqual({ applied: ["001_a", "002_b"], ahead: [] })
    expect(await migrate(engine, migrations)).toEqual({ applied: [], ahead: [] })
    expect(await names()).toEqual(["a", "b"])
  })

  it("a failure leaves nothing half done, not even what ran before it (promise 4)", async () => {
    const { engine, names } = await open()
    const failing = migrate(engine, { "001_a": table("a"), "002_broken": broken })
    await expect(failing).rejects.toMatchObject({ code: "UNDERSTUDY_MIGRATION_FAILED", applied: "no" })
    await expect(failing).rejects.toThrow("002_broken")
    expect(await names()).toEqual([])
    expect((await migrate(engine, { "001_a": table("a") })).applied).toEqual(["001_a"])
  })

  it("what a migration meets elsewhere is its own failure, and no lost database (promise 2)", async () => {
    const { engine } = await open()
    const seeding: Migration = { up: () => readFile("/nowhere/seed.json").then(() => {}) }
    await expect(migrate(engine, { "001_seed": seeding })).rejects.toMatchObject({
      code: "UNDERSTUDY_MIGRATION_FAILED",
      cause: { code: "ENOENT" },
    })
  })

  it("a database that is ahead is served on; one that has gone another way is not", async () => {
    const { engine } = await open()
    await migrate(engine, { "001_a": table("a"), "002_b": table("b") })
    expect(await migrate(engine, { "001_a": table("a") })).toEqual({ applied: [], ahead: ["002_b"] })
    const diverged = migrate(engine, { "001_a": table("a"), "003_c": table("c") })
    await expect(diverged).rejects.toMatchObject({ code: "UNDERSTUDY_MIGRATION_FAILED" })
  })
})

it("promise 1: a SQLite file that has no room for them is the file's fault, not the migration's", async () => {
  await using test = await OPENERS.sqlite<Tables>()
  const engine = test.engine as SqliteEngine
  const writer = await engine.takeWriter()
  writer.handle.exec("pragma max_page_count = 2")
  writer.release()
  const failing = migrate(engine, { "001_a": table("a"), "002_b": table("b") })
  await expect(failing).rejects.toMatchObject({ name: "DatabaseError", code: "53100" })
})

it("promise 2: a role that may make no tables is told so, and not of what failed thereafter", async () => {
  await using database = await (await workerPostgres()).createDatabase()
  const admin = new Client({ connectionString: database.adminUrl })
  await admin.connect()
  // As PostgreSQL 15 and later have it for everybody but the database's owner.
  await admin.query("ALTER SCHEMA public OWNER TO CURRENT_USER; REVOKE CREATE ON SCHEMA public FROM PUBLIC")
  await admin.end()
  const engine = await PostgresEngine.open(postgresOptions(database.url), AbortSignal.timeout(10_000))
  onTestFinished(() => engine.close())
  await expect(migrate(engine, { "001_a": table("a") })).rejects.toThrow(
    "permission denied for schema public",
  )
})

describe("two instances that start at once on PostgreSQL", () => {
  it("migrate once, in turn", async () => {
    const database = await (await workerPostgres()).createDatabase()
    const engines = await Promise.all(
      [1, 2, 3].map(() => PostgresEngine.open(postgresOptions(database.url), AbortSignal.timeout(10_000))),
    )
    onTestFinished(async () => {
      await Promise.all(engines.map((engine) => engine.close()))
      await database[Symbol.asyncDispose]()
    })
    const outcomes = await Promise.all(
      engines.map((engine) => migrate(engine, { "001_a": table("a"), "002_b": table("b") })),
    )
    expect(outcomes.map(({ applied }) => applied.length).sort()).toEqual([0, 0, 2])
  })
})
