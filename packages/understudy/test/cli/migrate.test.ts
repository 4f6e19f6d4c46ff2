import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import Fastify from "fastify"
import { Client } from "pg"
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest"
import { codeBlocks } from "../../../../scripts/readme/code-blocks.ts"
import { silentLogger } from "../../src/base/logger.ts"
import { findFreePort } from "../../src/testing/free-port.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"
import { runCommandLine } from "../../src/cli/program.ts"
import type { MigrateReport } from "../../src/cli/migrate/report.ts"
import type { EngineDialect } from "../../src/engine/contract.ts"
import { openDatabase } from "../../src/open.ts"
import { spawnCommand } from "./spawn-command.ts"

const CANARY = "canary-canary-canary"
const ROOT = resolve(import.meta.dirname, "../../../..")
const PAGE = readFileSync(join(ROOT, "docs/migrate.md"), "utf8")

let folder: string
let data: string
let out: string
let err: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-cli-"))
  data = join(folder, "data")
  mkdirSync(data)
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"))
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }`)
  out = err = ""
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function run(args: string[], env: Record<string, string> = {}): Promise<number> {
  out = err = ""
  return runCommandLine(["migrate", ...args], {
    env: { DATABASE_PATH: data, DATABASE_CONNECT_TIMEOUT: "20s", ...env },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  })
}

async function report(args: string[], env: Record<string, string> = {}): Promise<MigrateReport> {
  await run([...args, "--json"], env)
  return JSON.parse(out) as MigrateReport
}

/** Writes a module of migrations, each the body of its `up`. A module is loaded once, so each has a name of its own. */
function moduleOf(file: string, migrations: Record<string, string>): string {
  const path = join(folder, file)
  const entries = Object.entries(migrations).map(
    ([name, body]) => `${JSON.stringify(name)}: { async up(db) { ${body} } }`,
  )
  writeFileSync(path, `import { sql } from "kysely"\nexport const migrations = { ${entries.join(", ")} }\n`)
  return path
}

const table = (name: string): string =>
  `await db.schema.createTable("${name}").addColumn("id", "integer", (c) => c.primaryKey()).execute()`

/** The environment that leads to a database of the test's own on this engine. */
async function environmentOf(dialect: EngineDialect): Promise<Record<string, string>> {
  if (dialect === "sqlite") return {}
  const database = await (await workerPostgres()).createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  return { DATABASE_URL: database.url, DATABASE_FALLBACK: "read-write" }
}

/** The tables that are there, without Understudy's own, by a look from outside. */
async function tablesOf(env: Record<string, string>): Promise<string[]> {
  if (env["DATABASE_URL"] === undefined) {
    await using db = openDatabase<Record<string, never>>({
      env: { DATABASE_PATH: data },
      logger: silentLogger,
    })
    return (await db.kysely.introspection.getTables())
      .map(({ name }) => name)
      .filter((name) => !name.startsWith("understudy_"))
      .sort()
  }
  const client = new Client({ connectionString: env["DATABASE_URL"] })
  await client.connect()
  const { rows } = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' order by 1",
  )
  await client.end()
  return rows.map(({ name }) => name)
}

describe.each(["sqlite", "postgresql"] as const)("understudy migrate on %s", (dialect) => {
  test("runs what is pending, once, and says so (promise 2)", async () => {
    const env = await environmentOf(dialect)
    const from = moduleOf("two.ts", { "002": table("b"), "001": table("a") })
    expect(await run(["--from", from], env)).toBe(0)
    expect(out).toContain(`Database: ${dialect === "sqlite" ? "SQLite" : "PostgreSQL"} at `)
    expect(out).toContain("Ran before: none\nRan now: 001, 002\nPending: none\n")
    expect(await tablesOf(env)).toEqual(expect.arrayContaining(["a", "b"]))
    expect(await run(["--from", from], env)).toBe(0)
    expect(out).toContain("Ran before: 001, 002\nRan now: none\nPending: none\n")
    expect(err).toBe("")
  })

  test("--plan changes nothing and shows the SQL for both engines (promise 2)", async () => {
    const env = await environmentOf(dialect)
    const from = moduleOf("plan.ts", { "001": table("a") })
    const { planOnly, executed, applied, pending } = await report(["--from", from, "--plan"], env)
    expect({ planOnly, executed, applied }).toEqual({ planOnly: true, executed: [], applied: [] })
    expect(pending).toMatchObject([
      {
        name: "001",
        postgresql: {
          statements: [`create table "a" ("id" integer primary key)`],
          end: { kind: "complete" },
        },
        sqlite: {
          statements: [expect.stringMatching(/^create table "a" .*check/)],
          end: { kind: "complete" },
        },
      },
    ])
    expect(readdirSync(data)).toEqual([])
    if (dialect === "postgresql") expect(await tablesOf(env)).toEqual([])
    await run(["--from", from], env)
    expect(await report(["--from", from, "--plan"], env)).toMatchObject({ executed: ["001"], pending: [] })
  })

  test("one that fails half-way leaves nothing; mended, all of them run (promise 4)", async () => {
    const env = await environmentOf(dialect)
    const half = `${table("half")}; await db.insertInto("half").values([{ id: 1 }, { id: 1 }]).execute()`
    const good = { "001": table("a"), "003": table("c") }
    expect(await run(["--from", moduleOf("broken.ts", { ...good, "002": half })], env)).toBe(1)
    expect(out).toContain("Ran now: none\nPending: 001, 002, 003\n")
    expect(out).toContain("error: The migration 002 failed: ")
    expect(out).toContain("UNDERSTUDY_MIGRATION_FAILED")
    expect(await tablesOf(env)).not.toEqual(expect.arrayContaining(["a"]))
    expect(await tablesOf(env)).not.toEqual(expect.arrayContaining(["half"]))
    expect(await run(["--from", moduleOf("mended.ts", { ...good, "002": table("half") })], env)).toBe(0)
    expect(out).toContain("Ran before: none\nRan now: 001, 002, 003\nPending: none\n")
    expect(await tablesOf(env)).toEqual(expect.arrayContaining(["a", "c", "half"]))
  })

  test("what SQLite has no equal for is refused by name, before anything runs (promise 3)", async () => {
    const env = await environmentOf(dialect)
    const from = moduleOf("refused.ts", {
      "001": table("a"),
      "002": `await db.schema.alterTable("a").addColumn("tags", sql\`text[]\`).execute()`,
    })
    expect(await run(["--from", from], env)).toBe(1)
    expect(out).toContain("The migration 002 cannot run on SQLite: The column type text[]")
    expect(out).toContain("migration.not-portable")
    expect(await tablesOf(env)).toEqual([])
  })

  test("a database that is ahead is told, and is no error", async () => {
    const env = await environmentOf(dialect)
    await run(["--from", moduleOf("newer.ts", { "001": table("a"), "002": table("b") })], env)
    expect(await run(["--from", moduleOf("older.ts", { "001": table("a") })], env)).toBe(0)
    expect(out).toContain("In the database only: 002\n")
  })
})

describe("promise 3: what --plan finds, and what it says it cannot show", () => {
  test.each([
    ["syntax", "create index b on only a (id)", `near "a"`],
    ["a table", "create table b (id integer)", "CREATE TABLE in raw SQL has no equal on SQLite"],
    ["a function", "insert into a select pg_backend_pid()", "no such function: pg_backend_pid"],
    ["a cast", "update a set id = '1'::int", "A ::type cast has no equal on SQLite"],
  ])("raw SQL that SQLite refuses: %s", async (_, statement, detail) => {
    const from = moduleOf("raw.ts", { "001": table("a"), "002": `await sql\`${statement}\`.execute(db)` })
    const { pending, problems } = await report(["--from", from, "--plan"])
    expect(pending[1]?.postgresql).toEqual({ statements: [statement], end: { kind: "complete" } })
    expect(pending[1]?.sqlite.end).toMatchObject({ kind: "refused", detail: expect.stringContaining(detail) })
    expect(problems).toMatchObject([{ code: "migration.not-portable" }])
  })

  test("where only PostgreSQL ever serves, SQLite's refusals stop nothing", async () => {
    const env = { ...(await environmentOf("postgresql")), DATABASE_ENGINE: "postgresql" }
    const array = `await db.schema.createTable("a").addColumn("tags", sql\`text[]\`).execute()`
    const from = moduleOf("array.ts", { "001": array })
    expect((await report(["--from", from, "--plan"], env)).pending[0]?.sqlite.end.kind).toBe("refused")
    expect(await run(["--from", from], env)).toBe(0)
    expect(await tablesOf(env)).toContain("a")
  })

  test.each([
    ["a select", `await db.selectFrom("a").selectAll().execute()`],
    ["a returning", `await db.insertInto("a").values({ id: 1 }).returning("id").execute()`],
    ["raw SQL that gives rows", "await sql`select 1 as one`.execute(db)"],
    ["the introspection", "await db.introspection.getTables()"],
    ["one whose failure is caught", `await db.selectFrom("a").selectAll().execute().catch(() => {})`],
    ["a stream", `for await (const row of db.selectFrom("a").selectAll().stream()) void row`],
  ])("nothing is shown after %s, and what follows is not judged", async (_, asks) => {
    const from = moduleOf("asks.ts", {
      "001": table("a"),
      "002": `${table("b")}; ${asks}; ${table("c")}`,
      "003": `await db.schema.createIndex("c_id").on("c").column("id").execute()`,
    })
    const { pending, problems } = await report(["--from", from, "--plan"])
    for (const dialect of ["postgresql", "sqlite"] as const) {
      expect(pending[1]?.[dialect]).toMatchObject({
        statements: [expect.stringContaining(`create table "b"`)],
        end: { kind: "asks" },
      })
      expect(pending[2]?.[dialect].end.kind).toBe("complete")
    }
    expect(problems).toEqual([])
    expect(await run(["--from", from])).toBe(0)
  })
})

describe("promise 2: a PostgreSQL that is wanted is never replaced in silence", () => {
  test("one that is away is told, and no SQLite file is made", async () => {
    const from = moduleOf("away.ts", { "001": table("a") })
    const env = { DATABASE_URL: `postgresql://app:${CANARY}@127.0.0.1:${await findFreePort()}/app` }
    for (const args of [
      ["--from", from],
      ["--from", from, "--plan"],
    ]) {
      expect(await run(args, { ...env, DATABASE_FALLBACK: "read-write" })).toBe(1)
      expect(out).toContain("primary.refused")
      expect(out + err).not.toContain(CANARY)
    }
    expect(readdirSync(data)).toEqual([])
  })

  test.each([
    ["another database's URL", { DATABASE_URL: `mysql://app:${CANARY}@h/db` }, "url.scheme-unsupported"],
    ["none, with DATABASE_ENGINE=postgresql", { DATABASE_ENGINE: "postgresql" }, "plan.primary-missing"],
  ])("%s", async (_, env, code) => {
    const from = moduleOf("wanted.ts", { "001": table("a") })
    expect(await run(["--from", from], env as Record<string, string>)).toBe(1)
    expect(out).toContain("Database: none to migrate")
    expect(out).toContain(code)
    expect(out + err).not.toContain(CANARY)
    expect(readdirSync(data)).toEqual([])
  })
})

test("promise 2: --plan shows an ALTER TABLE that SQLite has not by itself", async () => {
  const alter = `await db.schema.alterTable("a").alterColumn("id", (c) => c.setDataType("bigint")).execute()`
  expect(await run(["--from", moduleOf("alter.ts", { "001": table("a"), "002": alter }), "--plan"])).toBe(0)
  expect(out).toContain(`alter table "a" alter column "id" type bigint;`)
  expect(out).toContain(`alter table "a" alter column "id" type int8;`)
})

test("promise 4: a SQLite file that a service holds is left to it, and no other is made", async () => {
  await using db = openDatabase({ env: { DATABASE_PATH: data }, logger: silentLogger })
  await db.ready()
  const before = readdirSync(data).sort()
  const from = moduleOf("held.ts", { "001": table("a") })
  expect(await run(["--from", from])).toBe(1)
  expect(out).toContain("migration.file-held")
  expect(out).toContain(`process ${process.pid}`)
  expect(readdirSync(data).sort()).toEqual(before)
  expect(await run(["--from", from, "--plan"])).toBe(0)
  expect(out).toContain(`create table "a"`)
})

describe("promise 2: --from", () => {
  test("a folder in the form of Kysely's FileMigrationProvider", async () => {
    const from = join(folder, "migrations")
    mkdirSync(from)
    const typed = `import type { Kysely } from "kysely"\nexport const up = async (db: Kysely<unknown>)`
    writeFileSync(join(from, "002-b.ts"), `${typed}: Promise<void> => { ${table("b")} }\n`)
    writeFileSync(join(from, "001-a.js"), `export default { up: async (db) => { ${table("a")} } }\n`)
    writeFileSync(join(from, "names.ts"), "export const name = 1\n")
    writeFileSync(join(from, "README.md"), "About them.\n")
    expect(await run(["--from", from])).toBe(0)
    expect(out).toContain("Ran now: 001-a, 002-b\nPending: none\nNo migrations: names.ts\n")
  })

  test("none is a wrong command line", async () => {
    expect(await run([])).toBe(64)
    expect(err).toContain("--from")
  })

  test.each([
    ["leads to no file", () => `postgresql://app:${CANARY}@h/app`],
    ["has no export `migrations`", () => write("export const other = {}")],
    ["its export `migrations` is empty", () => write("export const migrations = {}")],
    ["001 of `migrations` has no `up`", () => write(`export const migrations = { "001": {} }`)],
    ["no file of the folder exports `up`", () => data],
    ["could not be loaded", () => write("this is no program")],
    ["could not be loaded", () => write(`throw new Error("cannot reach postgresql://app:${CANARY}@h/app")`)],
  ])("66: %s", async (says, from) => {
    const env = { DATABASE_URL: `postgresql://app:${CANARY}@127.0.0.1:1/app` }
    expect(await run(["--from", from()], env)).toBe(66)
    expect(err).toContain(says)
    expect(out).toBe("")
    expect(err).not.toContain(CANARY)
    expect(readdirSync(data)).toEqual([])
  })

  let written = 0
  const write = (text: string): string => {
    written += 1
    const path = join(folder, `module-${written}.mjs`)
    writeFileSync(path, text)
    return path
  }
})

test("promise 5: a password that a migration writes into its SQL, or fails with, is masked", async () => {
  const database = await (await workerPostgres()).createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  const { username, password, host, pathname } = new URL(database.url)
  const env = { DATABASE_URL: `postgresql://${username}:${password}@${host}${pathname}` }
  const from = moduleOf("secret.ts", {
    "001": `await sql.raw("comment on schema public is '${password}'").execute(db)`,
    "002": `throw new Error("no login with ${password}")`,
  })
  for (const args of [
    ["--from", from],
    ["--from", from, "--plan"],
    ["--from", from, "--plan", "--json"],
  ]) {
    await run(args, { ...env, DATABASE_ENGINE: "postgresql" })
    expect(out).toContain("***")
    expect(out + err).not.toContain(password)
  }
})

describe("docs/migrate.md", () => {
  test("its example is what the command prints (promise 2)", async () => {
    const first = moduleOf("first.ts", {
      "0001-notes": `await db.schema.createTable("notes").addColumn("id", "uuid", (column) => column.primaryKey())
        .addColumn("text", "text", (column) => column.notNull()).execute()`,
    })
    expect(await run(["--from", first])).toBe(0)
    const from = join(folder, "migrations.ts")
    writeFileSync(from, codeBlocks(PAGE, "ts")[0] ?? "")
    expect(await run(["--from", from, "--plan"])).toBe(1)
    expect(out.replaceAll(data, "/srv/app/data")).toBe(codeBlocks(PAGE, "text")[0])
  })

  test("its schema fits what --json prints, and its exit codes are those of --help", async () => {
    const validator = Fastify({
      ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    })
    onTestFinished(() => validator.close())
    const schema = JSON.parse(codeBlocks(PAGE, "json")[0] ?? "") as object
    validator.post("/", { schema: { body: schema } }, () => "fits")
    const from = moduleOf("schema.ts", { "001": table("a"), "002": "await sql`select 1`.execute(db)" })
    for (const args of [["--plan"], []]) {
      await report(["--from", from, ...args])
      const headers = { "content-type": "application/json" }
      expect((await validator.inject({ method: "POST", url: "/", headers, payload: out })).body).toBe("fits")
    }
    expect(await run(["--help"])).toBe(0)
    for (const code of [0, 1, 64, 66]) {
      expect(PAGE).toContain(`\n| ${code} `)
      expect(out).toMatch(new RegExp(`\\b${code}\\b`))
    }
  })
})

test("as a process of its own it runs the tasks' migrations, and ends (promise 1)", () => {
  const args = ["migrate", "--from", "apps/tasks/src/migrations/migrations.ts"]
  const env = { DATABASE_PATH: data, NODE_ENV: "production" }
  const { status, stdout, stderr } = spawnCommand(args, { cwd: ROOT, env })
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
  expect(stdout).toContain("Ran now: 0001-create-tasks\n")
})
