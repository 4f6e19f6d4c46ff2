import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import Fastify from "fastify"
import { Client } from "pg"
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest"
import { codeBlocks } from "../../../../scripts/readme/code-blocks.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"
import { runCommandLine } from "../../src/cli/program.ts"
import { installCapture, installJournal } from "../../src/journal/install-capture.ts"
import { findPrimaryTables } from "../../src/journal/primary-table.ts"
import { CopyRecord } from "../../src/mirror/copy-record.ts"
import type { ServerDatabase } from "../../src/testing/postgres-server.ts"

const PAGE = readFileSync(resolve(import.meta.dirname, "../../../../docs/mirror.md"), "utf8")
const [TEXT = ""] = codeBlocks(PAGE, "text")
const [THIS_FILE = "", ANOTHER = ""] = TEXT.match(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g) ?? []

let folder: string
let out: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-cli-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function createDatabase(name?: string): Promise<ServerDatabase> {
  const database = await (await workerPostgres()).createDatabase(name)
  onTestFinished(() => database[Symbol.asyncDispose]())
  return database
}

async function connect(url: string): Promise<Client> {
  const client = new Client(url)
  client.on("error", () => {})
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

function run(args: string[], url: string): Promise<number> {
  out = ""
  const env = { DATABASE_URL: url, DATABASE_PATH: folder, DATABASE_CONNECT_TIMEOUT: "20s" }
  return runCommandLine(args, {
    env: { ...env, DATABASE_FALLBACK: "read-only" },
    out: (text) => void (out += text),
    err: (text) => void (out += text),
  })
}

/** A primary that two mirrors know, one of them the fallback's file. */
async function prepare(): Promise<string> {
  const { url } = await createDatabase()
  const client = await connect(url)
  await client.query("create table tasks (id integer primary key)")
  await installJournal(client)
  for (const table of await findPrimaryTables(client, ["tasks"])) await installCapture(client, table)
  await client.query("insert into tasks values (1), (2), (3)")
  await client.query(
    `insert into understudy.mirror (id, cursor, seen_at) values ('${THIS_FILE}', pg_current_snapshot(), now()),
      ('${ANOTHER}', pg_current_snapshot(), now() - interval '3 hours')`,
  )
  const { rows } = await client.query<{ id: string }>("select id::text from understudy.primary_mark")
  using database = new DatabaseSync(join(folder, "fallback.sqlite"))
  database.exec(`
    create table tasks (id integer primary key); create table notes (id integer primary key);
    create table events (id integer primary key);`)
  const record = new CopyRecord(database)
  record.create()
  database.exec(`update understudy_mirror set id = '${THIS_FILE}'`)
  record.sawPrimary({ mark: rows[0]?.id ?? "", cluster: null })
  record.setPosition({ cursor: "1:1:", life: "x", asOf: new Date(), migrations: [] })
  record.setTables([
    ...["notes", "tasks"].map((name) => ({ name, shape: "x", absence: null, detail: null })),
    { name: "events", shape: null, absence: "column-differs", detail: "at" },
  ])
  return url
}

/** What differs from run to run, as the page has it. */
function asOnThePage(text: string, url: string): string {
  return text
    .replaceAll(folder, "/srv/app/data")
    .replaceAll(new URL(url).host, "db.example.com:5432")
    .replace(/as of \S+ \(\d+ m?s ago\)/, "as of 2026-01-31T12:00:00.000Z (850 ms ago)")
    .replace(/told \d+ m?s ago/, "told 850 ms ago")
    .replace(/changes, .* kB/, "changes, 16.4 kB")
}

describe("docs/mirror.md", () => {
  test("its example is what the command prints (promise 2)", async () => {
    const url = await prepare()
    expect(await run(["mirror", "status"], url)).toBe(0)
    expect(asOnThePage(out, url)).toBe(TEXT)
  })

  test("its commands run, in their order, and do what it says (promise 2)", async () => {
    const url = await prepare()
    const client = await connect(url)
    const commands = codeBlocks(PAGE, "sh")
      .flatMap((block) => block.split("\n"))
      .map((line) => line.replace(/ +#.*$/, "").trim())
      .filter((line) => line !== "")
    expect(commands).toHaveLength(5)
    for (const command of commands) {
      expect(command).toMatch(/^npx understudy-db /)
      expect(await run(command.split(" ").slice(2), url), `${command}: ${out}`).toBe(0)
    }
    const { rows } = await client.query("select to_regnamespace('understudy') as schema, count(*) from tasks")
    expect(rows).toEqual([{ schema: null, count: "3" }])
  })

  test("its schema fits what --json prints, and its exit codes are those of --help", async () => {
    const validator = Fastify({
      ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    })
    onTestFinished(() => validator.close())
    const schema = JSON.parse(codeBlocks(PAGE, "json")[0] ?? "") as object
    validator.post("/", { schema: { body: schema } }, () => "fits")
    const away = "postgresql://app:x@127.0.0.1:1/app"
    for (const url of [await prepare(), away, "mysql://h/db", ""]) {
      await run(["mirror", "status", "--json"], url)
      const headers = { "content-type": "application/json" }
      expect((await validator.inject({ method: "POST", url: "/", headers, payload: out })).body).toBe("fits")
    }
    for (const verb of [["mirror", "status"], ["mirror", "off"], ["mirror", "on"], ["uninstall"]]) {
      expect(await run([...verb, "--help"], "")).toBe(0)
      for (const [code] of out.slice(out.indexOf("Exit code:")).matchAll(/\b\d+\b/g))
        expect(PAGE).toContain(`\n| ${code} `)
    }
  })

  test("its GRANTs are what is needed (promise 2)", async () => {
    const [create = "", tables = ""] = codeBlocks(PAGE, "sql")
    const database = await createDatabase("shop")
    const admin = await connect(database.adminUrl)
    await admin.query(
      "create role service login password 'secret'; create table orders (id integer primary key)",
    )
    onTestFinished(async () => void (await admin.query("drop owned by service cascade; drop role service")))
    const service = await connect(
      Object.assign(new URL(database.adminUrl), { username: "service", password: "secret" }).href,
    )
    const refused = { code: "42501" }
    await expect(installJournal(service)).rejects.toMatchObject(refused)
    await admin.query(create)
    await installJournal(service)
    const [orders] = await findPrimaryTables(service, ["orders"])
    if (orders === undefined) throw new Error("there is no such table")
    await expect(installCapture(service, orders)).rejects.toMatchObject(refused)
    await expect(service.query("copy orders to stdout")).rejects.toMatchObject(refused)
    await admin.query(tables)
    await installCapture(service, orders)
    await admin.query("insert into orders values (1)")
    expect((await service.query("select from understudy.journal")).rowCount).toBe(1)
    expect((await service.query("select id from orders")).rows).toEqual([{ id: 1 }])
  })
})
