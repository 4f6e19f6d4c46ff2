import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { Kysely } from "kysely"
import { Client } from "pg"
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest"
import { silentLogger } from "../../src/base/logger.ts"
import type { MirrorReport } from "../../src/cli/mirror/report.ts"
import { onPrimary } from "../../src/cli/on-primary.ts"
import { readGround } from "../../src/cli/primary-ground.ts"
import { runCommandLine } from "../../src/cli/program.ts"
import { installJournal } from "../../src/journal/install-capture.ts"
import { removeCapture } from "../../src/journal/uninstall.ts"
import { openDatabase } from "../../src/open.ts"
import { findFreePort } from "../../src/testing/free-port.ts"
import type { AbsenceCode } from "../../src/mirror/absence.ts"
import { CopyRecord } from "../../src/mirror/copy-record.ts"
import { createTables, type Tables } from "../conformance/tables.ts"
import { openMirroredPair } from "../mirror/mirrored-pair.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"

const CANARY = "canary-canary-canary"
const MARK = "7f3c6f7e-8a55-4f0d-9d0e-0a6a3f0f3c11"

let folder: string
let out: string
let err: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-cli-"))
  out = err = ""
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function run(args: string[], env: Record<string, string> = {}): Promise<number> {
  out = err = ""
  return runCommandLine(["mirror", ...args], {
    env: {
      DATABASE_PATH: folder,
      DATABASE_CONNECT_TIMEOUT: "20s",
      DATABASE_FALLBACK: "read-write",
      ...env,
    },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  })
}

async function report(env: Record<string, string>): Promise<MirrorReport> {
  await run(["status", "--json"], env)
  return JSON.parse(out) as MirrorReport
}

/** A database of the test's own, and a client on it. */
async function primary(): Promise<{ url: string; client: Client }> {
  const database = await (await workerPostgres()).createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  const client = new Client(database.url)
  client.on("error", () => {})
  await client.connect()
  onTestFinished(() => client.end())
  return { url: database.url, client }
}

async function awayUrl(): Promise<string> {
  return `postgresql://app:${CANARY}@127.0.0.1:${await findFreePort()}/app`
}

/** A fallback's file with a copy: two tables that have one, the others for some reason not. */
function writeCopy(asOf: Date, mark = MARK): string {
  const file = join(folder, "fallback.sqlite")
  using database = new DatabaseSync(file)
  database.exec(`
    create table tasks (id integer primary key); create table notes (id integer primary key);
    create table events (id integer primary key); create table later (id integer primary key);
    create table kysely_migration (name text);`)
  const record = new CopyRecord(database)
  record.create()
  record.sawPrimary({ mark, cluster: null })
  record.setPosition({ cursor: "1:1:", life: "x", asOf, migrations: [] })
  const copied = ["notes", "tasks"].map((name) => ({ name, shape: "x", absence: null, detail: null }))
  const absent = [
    { name: "events", shape: null, absence: "column-differs", detail: "at" },
    { name: "gone", shape: null, absence: "not-allowed", detail: "42501" },
    { name: "odd", shape: null, absence: "of-a-later-version" as AbsenceCode, detail: null },
  ] as const
  record.setTables([...copied, ...absent])
  return file
}

describe("promise 2: understudy mirror status tells of a copy", () => {
  test("of a real mirror: its tables, its age, the journal and whose mirror it is", async () => {
    await using pair = await openMirroredPair<Tables>({
      "0001": { up: (db) => createTables(db as Kysely<Tables>) },
    })
    await pair.caughtUp()
    await pair.stop()
    await pair.client.query("insert into parent (name) values ('one'), ('two')")
    const env = { DATABASE_PATH: dirname(pair.file), DATABASE_URL: pair.url }
    const before = readdirSync(dirname(pair.file))
    expect(await run(["status"], env)).toBe(0)
    expect(out).toContain(`Fallback: ${pair.file}\n`)
    expect(out).toMatch(/ {2}shows PostgreSQL as of \d{4}-\d\d-\d\dT\S+Z \(\d+ \w+ ago\)\n/)
    for (const table of ["child ", "every ", "parent"]) expect(out).toContain(`  ${table}  copied\n`)
    expect(out).toContain("  the file is a mirror of it\n  capture: on\n  journal: 2 changes, ")
    expect(readdirSync(dirname(pair.file))).toEqual(before)

    const { file, primary: found } = await report(env)
    expect(file?.asOf).toBe(pair.last.asOf?.toISOString())
    expect(file?.tables.map(({ name, state }) => [name, state])).toEqual([
      ["child", "copied"],
      ["every", "copied"],
      ["parent", "copied"],
    ])
    expect(found).toMatchObject({ answers: true, isMirrored: true, journal: { capture: true, changes: 2 } })

    await pair.client.query("alter table child drop column parent")
    pair.start()
    await pair.caughtUp()
    await pair.stop()
    await run(["status"], env)
    expect(out).toMatch(/^ {2}child {3}absent: .*\(parent\)$/m)
  })

  test("each table, copied or absent and why, also for a reason of a later version", async () => {
    writeCopy(new Date(Date.now() - 3_600_000 * 5))
    expect(await run(["status"], { DATABASE_URL: await awayUrl() })).toBe(1)
    expect(out).toMatch(/shows PostgreSQL as of \S+ \(5 h ago\)/)
    expect(out).toContain(
      [
        "Tables",
        "  events  absent: a column is another one on PostgreSQL (at)",
        "  gone    absent: the role may not read all of it, or have its changes captured (42501)",
        "  later   absent: it has not been copied yet",
        "  notes   copied",
        "  odd     absent: of-a-later-version",
        "  tasks   copied",
        "",
      ].join("\n"),
    )
  })

  test("a file whose copy was given up has none, whatever was noted of its tables", async () => {
    using database = new DatabaseSync(writeCopy(new Date()))
    database.exec("delete from understudy_copy")
    const { file } = await report({ DATABASE_URL: await awayUrl() })
    expect(file).toMatchObject({ asOf: null, ageMs: null })
    expect(new Set(file?.tables.map(({ state }) => state))).toEqual(new Set(["absent"]))
  })

  test("a mirror of another primary; every mirror that this one knows", async () => {
    const file = writeCopy(new Date())
    const { url, client } = await primary()
    await installJournal(client)
    using database = new DatabaseSync(file)
    database.exec(`update understudy_mirror set id = '${MARK}'`)
    await client.query(
      `insert into understudy.mirror (id, cursor, seen_at) values
        ('${MARK}', pg_current_snapshot(), now()),
        (gen_random_uuid(), pg_current_snapshot(), now() - interval '3 days')`,
    )
    expect(await run(["status"], { DATABASE_URL: url })).toBe(0)
    expect(out).toContain("  the file is no mirror of it\n")
    expect(out).toMatch(
      new RegExp(`  mirrors\\n    ${MARK}  told \\d+ m?s ago how far it is \\(this file\\)\\n`),
    )
    expect(out).toMatch(/ {4}[\da-f-]{36} {2}told 3 days ago how far it is\n/)
  })
})

describe("promise 2: understudy mirror status says what is not there", () => {
  test("a file that is missing, and a primary without a journal", async () => {
    const { url } = await primary()
    expect(await run(["status"], { DATABASE_URL: url })).toBe(0)
    expect(out).toContain(`Fallback: ${folder}/fallback.sqlite\n  there is no such file yet`)
    expect(out).toContain("  nothing is captured: there is no journal to look at\n")
    expect(readdirSync(folder)).toEqual([])
  })

  test("a primary that is away; nothing of its password is told (promise 5)", async () => {
    const url = await awayUrl()
    expect(await run(["status"], { DATABASE_URL: url })).toBe(1)
    expect(out).toContain(`PostgreSQL at 127.0.0.1:${new URL(url).port}\n  does not answer\n`)
    expect(out).toContain("primary.refused")
    for (const args of [["status"], ["status", "--json"], ["off"], ["on"]]) {
      expect(await run(args, { DATABASE_URL: url })).toBe(1)
      expect(out).toContain("primary.refused")
      expect(out + err).not.toContain(CANARY)
    }
  })

  test("a file that a service holds", async () => {
    const env = { DATABASE_PATH: folder, DATABASE_URL: await awayUrl(), DATABASE_FALLBACK: "read-write" }
    await using db = openDatabase({ env, logger: silentLogger })
    await db.ready()
    expect(await run(["status"], env)).toBe(1)
    expect(out).toContain(`  held by process ${process.pid} on `)
    expect(out).toContain("  holds no copy of PostgreSQL\n")
  })

  test("a file that is no database", async () => {
    writeFileSync(join(folder, "fallback.sqlite"), "no database ".repeat(1000))
    const { url } = await primary()
    expect(await run(["status"], { DATABASE_URL: url })).toBe(1)
    expect(out).toContain("  it cannot be read now\n")
    expect(out).toContain("mirror.file-unreadable")
  })

  test.each([
    [{}, 0, "no PostgreSQL is asked for"],
    [{ DATABASE_ENGINE: "postgresql" }, 1, "there is no PostgreSQL that could be dialled"],
    [{ DATABASE_URL: `mysql://app:${CANARY}@h/db` }, 1, "there is no PostgreSQL that could be dialled"],
  ])("no PostgreSQL: %j", async (env, code, why) => {
    expect(await run(["status"], env as Record<string, string>)).toBe(code)
    expect(out).toContain(`No copy is wanted: ${why}.\n`)
    for (const verb of ["off", "on"]) {
      expect(await run([verb], env as Record<string, string>)).toBe(1)
      expect(out).toContain("There is no PostgreSQL to work on.\n")
    }
    expect(out + err).not.toContain(CANARY)
  })

  test.each([
    [{ DATABASE_MIRROR: "off" }, "DATABASE_MIRROR is off"],
    [{ DATABASE_FALLBACK: "off" }, "there is no fallback"],
    [{ DATABASE_ENGINE: "postgresql" }, "DATABASE_ENGINE is postgresql, and there is no fallback"],
  ])("no copy is wanted: %j", async (env, why) => {
    const { url } = await primary()
    expect(await run(["status"], { DATABASE_URL: url, ...env } as Record<string, string>)).toBe(0)
    expect(out).toContain(`No copy is wanted: ${why}.\n`)
  })

  test("a role that may not look is told what to do", async () => {
    const database = await (await workerPostgres()).createDatabase()
    onTestFinished(() => database[Symbol.asyncDispose]())
    const admin = new Client(database.adminUrl)
    await admin.connect()
    onTestFinished(() => admin.end())
    await installJournal(admin)
    await admin.query("grant usage on schema understudy to public")
    expect(await run(["status"], { DATABASE_URL: database.url })).toBe(1)
    expect(out).toContain("mirror.not-owner")
    expect(await run(["off"], { DATABASE_URL: database.url })).toBe(1)
    expect(out).toContain("mirror.not-owner")
  })
})

describe("promise 2: understudy mirror off and on", () => {
  test("off takes away what captures, on lets it be made again, and both say so", async () => {
    await using pair = await openMirroredPair<Tables>({
      "0001": { up: (db) => createTables(db as Kysely<Tables>) },
    })
    await pair.caughtUp()
    await pair.stop()
    await pair.client.query("insert into parent (name) values ('one')")
    const env = { DATABASE_PATH: dirname(pair.file), DATABASE_URL: pair.url }
    expect(await run(["off"], env)).toBe(0)
    expect(out).toMatch(
      /: capture is off\.\nTriggers dropped from: public\.child, public\.every, public\.parent\./,
    )
    expect(out).toContain("Forgotten: changes 1, mirrors ")
    expect((await report(env)).primary?.journal).toMatchObject({ capture: false, changes: 0, mirrors: [] })
    await pair.client.query("insert into parent (name) values ('two')")
    expect((await report(env)).primary?.journal?.changes).toBe(0)
    await run(["status"], env)
    expect(out).toContain("  capture: off, until `understudy mirror on`\n")
    expect(await run(["off"], env)).toBe(0)
    expect(out).toContain("Triggers dropped from: no table.\n")
    expect(await run(["on"], env)).toBe(0)
    expect(out).toContain(": capture is on.\n")
    expect((await report(env)).primary?.journal?.capture).toBe(true)
  })

  test("where nothing was made nothing is made", async () => {
    const { url, client } = await primary()
    expect(await run(["off"], { DATABASE_URL: url })).toBe(0)
    expect(out).toContain("nothing is captured, and there is no journal.\nDATABASE_MIRROR=off keeps it so.\n")
    expect(await run(["on"], { DATABASE_URL: url })).toBe(0)
    expect(out).toContain("There is no journal yet")
    const { rows } = await client.query("select to_regnamespace('understudy') as schema")
    expect(rows).toEqual([{ schema: null }])
  })

  test("off waits for a transaction that holds a table", async () => {
    await using pair = await openMirroredPair<Tables>({
      "0001": { up: (db) => createTables(db as Kysely<Tables>) },
    })
    await pair.caughtUp()
    await pair.stop()
    await pair.client.query("begin; insert into parent (name) values ('held')")
    const switching = run(["off"], { DATABASE_URL: pair.url })
    const waiting = "select from pg_locks where not granted and locktype = 'relation'"
    await expect.poll(async () => (await pair.client.query(waiting)).rowCount, { timeout: 10_000 }).toBe(1)
    await pair.client.query("commit")
    expect(await switching).toBe(0)
    expect(out).toContain(": capture is off.\n")
  })

  test("a table that is held for longer is told as such", async () => {
    await using pair = await openMirroredPair<Tables>({
      "0001": { up: (db) => createTables(db as Kysely<Tables>) },
    })
    await pair.caughtUp()
    await pair.stop()
    await pair.client.query("begin; insert into parent (name) values ('held')")
    const env = { DATABASE_PATH: folder, DATABASE_URL: pair.url, DATABASE_CONNECT_TIMEOUT: "20s" }
    const ground = readGround({ env, out() {}, err() {} })
    if (ground.primary === null) throw new Error("the plan leads to no primary")
    const outcome = await onPrimary(ground.primary, ground, 20_000, (client) => removeCapture(client, 50))
    expect(outcome).toMatchObject({ problem: { code: "mirror.table-held", severity: "error" } })
  })
})

test.each([[[]], [["bogus"]], [["status", "--bogus"]], [["off", `postgresql://app:${CANARY}@h/db`]]])(
  "promise 5: a wrong command line, mirror %j, ends with 64 and repeats nothing",
  async (args) => {
    expect(await run(args)).toBe(64)
    expect(out).toBe("")
    expect(err).not.toBe("")
    expect(err).not.toContain(CANARY)
  },
)
