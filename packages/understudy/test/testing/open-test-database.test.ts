import { spawn } from "node:child_process"
import { once } from "node:events"
import type { Kysely } from "kysely"
import type { Migration } from "kysely/migration"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openTestDatabase, type TestDatabase } from "../../src/testing/open-test-database.ts"
import { startPostgres, type PostgresServer } from "../../src/testing/postgres-server.ts"

interface Tables {
  author: { id: string; name: string }
  book: { id: string; author_id: string; title: string }
}

const ID = "0198c6c8-5a4b-7000-8000-00000000000"

const migrations: Record<string, Migration> = {
  "001_books": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("author")
        .addColumn("id", "uuid", (column) => column.primaryKey())
        .addColumn("name", "text", (column) => column.notNull())
        .execute()
      await db.schema
        .createTable("book")
        .addColumn("id", "uuid", (column) => column.primaryKey())
        .addColumn("author_id", "uuid", (column) => column.notNull().references("author.id"))
        .addColumn("title", "text", (column) => column.notNull())
        .execute()
      await (db as Kysely<Tables>)
        .insertInto("author")
        .values({ id: `${ID}1`, name: "First" })
        .execute()
    },
  },
}

describe.each(["sqlite", "postgresql"] as const)("openTestDatabase on %s (serves promise 3)", (engine) => {
  let server: PostgresServer | undefined
  let test: TestDatabase<Tables>

  const titles = async (): Promise<string[]> => {
    const rows = await test.kysely.selectFrom("book").select("title").orderBy("title").execute()
    return rows.map(({ title }) => title)
  }
  const names = async (): Promise<string[]> => {
    const rows = await test.kysely.selectFrom("author").select("name").orderBy("name").execute()
    return rows.map(({ name }) => name)
  }

  beforeAll(async () => {
    if (engine === "postgresql") server = await startPostgres()
    test = await openTestDatabase<Tables>({ engine, migrations, ...(server === undefined ? {} : { server }) })
  })
  afterAll(async () => {
    await test[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  it("serves by the engine asked for, migrated", async () => {
    expect(test.database.status().engine).toBe(engine)
    expect(test.kysely).toBe(test.database.kysely)
    expect(await names()).toEqual(["First"])
  })

  it.each([1, 2])("undoes what was committed, round %i", async () => {
    expect([await names(), await titles()]).toEqual([["First"], []])
    await test.database.write(async (session) => {
      await session
        .insertInto("author")
        .values({ id: `${ID}2`, name: "Second" })
        .execute()
      await session
        .insertInto("book")
        .values({ id: `${ID}3`, author_id: `${ID}2`, title: "B" })
        .execute()
      await session.updateTable("author").set({ name: "Changed" }).where("id", "=", `${ID}1`).execute()
    })
    await test.kysely
      .insertInto("book")
      .values({ id: `${ID}4`, author_id: `${ID}1`, title: "A" })
      .execute()
    expect([await names(), await titles()]).toEqual([
      ["Changed", "Second"],
      ["A", "B"],
    ])
    await test.rollback()
    expect([await names(), await titles()]).toEqual([["First"], []])
  })

  it("shares nothing with another", async () => {
    await using other = await openTestDatabase<Tables>({
      engine,
      migrations,
      ...(server === undefined ? {} : { server }),
    })
    await other.kysely
      .insertInto("author")
      .values({ id: `${ID}5`, name: "Elsewhere" })
      .execute()
    expect(await names()).toEqual(["First"])
  })

  it("says which migration failed, and leaves nothing open", async () => {
    const broken: Record<string, Migration> = {
      "001_broken": { up: (db: Kysely<unknown>) => db.schema.dropTable("nowhere").execute() },
    }
    const opened = openTestDatabase({
      engine,
      migrations: broken,
      ...(server === undefined ? {} : { server }),
    })
    await expect(opened).rejects.toMatchObject({ code: "UNDERSTUDY_MIGRATION_FAILED" })
  })
})

it("starts a PostgreSQL server of its own where none is given, and the process can end (serves promise 3)", async () => {
  const module = new URL("../../src/testing/open-test-database.ts", import.meta.url).href
  const program = `
    const { openTestDatabase } = await import(${JSON.stringify(module)})
    const test = await openTestDatabase({ engine: "postgresql" })
    console.log(test.database.status().engine)
    await test[Symbol.asyncDispose]()`
  const child = spawn(process.execPath, [
    "--conditions=understudy-source",
    "--input-type=module",
    "-e",
    program,
  ])
  let output = ""
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, "close")) as [number | null]
  expect([output, code]).toEqual(["postgresql\n", 0])
})
