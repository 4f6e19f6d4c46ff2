import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client } from "pg"
import { beforeEach, describe, expect, onTestFinished, test } from "vitest"
import { openDatabase } from "understudy-db"
import { silentLogger } from "../../src/base/logger.ts"
import { runCommandLine } from "../../src/cli/program.ts"
import { installCapture, installJournal } from "../../src/journal/install-capture.ts"
import { findPrimaryTables } from "../../src/journal/primary-table.ts"
import { countParked } from "../../src/replay/parked-list.ts"
import { dismissParked } from "../../src/replay/settle.ts"
import { findFreePort } from "../../src/testing/free-port.ts"
import { AWAY, MIGRATIONS, type Accounts } from "../failover/mirrored-program.ts"
import { openParked } from "../support/parked-transactions.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"

const CANARY = "canary-canary-canary"
const MAIN = join(import.meta.dirname, "../../src/cli/main.ts")

let url: string
let client: Client
let out: string
let err: string

beforeEach(async () => {
  const database = await (await workerPostgres()).createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  url = database.url
  client = new Client(url)
  client.on("error", () => {})
  await client.connect()
  onTestFinished(() => client.end())
  await client.query("create table tasks (id integer primary key); insert into tasks values (1)")
})

async function install(): Promise<void> {
  await installJournal(client)
  for (const table of await findPrimaryTables(client, ["tasks"])) await installCapture(client, table)
}

async function isInstalled(): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regnamespace('understudy') is not null as there",
  )
  return rows[0]?.there === true
}

function run(
  args: string[],
  answer?: string | (() => Promise<string>),
  env: Record<string, string> = {},
): Promise<number> {
  out = err = ""
  return runCommandLine(["uninstall", ...args], {
    env: { DATABASE_URL: url, DATABASE_CONNECT_TIMEOUT: "20s", DATABASE_FALLBACK: "off", ...env },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    ...(answer === undefined
      ? {}
      : {
          ask: (question: string) => {
            out += question
            return typeof answer === "string" ? Promise.resolve(answer) : answer()
          },
        }),
  })
}

const LISTED = [
  "  schema: understudy",
  "  tables: understudy.journal, understudy.mirror, understudy.primary_mark",
  "  sequences: understudy.heartbeat, understudy.lapse, understudy.tick",
  expect.stringMatching(
    /^ {2}functions: understudy\.capture_\d+\(\), understudy\.shape_[0-9a-f]{8}\(relations oid\[\]\)$/,
  ) as string,
  "  triggers on: public.tasks",
]

describe("promise 2: understudy uninstall says what it drops, and drops that", () => {
  test("--yes does not ask", async () => {
    await install()
    expect(await run(["--yes"])).toBe(0)
    const lines = out.trimEnd().split("\n")
    expect(lines[0]).toMatch(
      /^PostgreSQL at 127\.0\.0\.1:\d+: this is dropped, and no table of the program's:$/,
    )
    expect(lines.slice(1, 1 + LISTED.length)).toEqual(LISTED)
    expect(lines.slice(1 + LISTED.length)).toEqual(["Dropped:", ...LISTED])
    expect(await isInstalled()).toBe(false)
    expect((await client.query("select id from tasks")).rows).toEqual([{ id: 1 }])
    expect(await run(["--yes"])).toBe(0)
    expect(out).toContain(": there is nothing of Understudy's.\n")
  })

  test.each([
    ["y", 0],
    [" YES ", 0],
    ["", 1],
    ["no", 1],
    ["yesterday", 1],
  ])("on a terminal it asks, and %j decides", async (answer, code) => {
    await install()
    expect(await run([], answer)).toBe(code)
    expect(out).toContain("Drop it? [y/N] ")
    expect(out.endsWith("Nothing was dropped.\n")).toBe(code === 1)
    expect(await isInstalled()).toBe(code === 1)
  })

  test("without a terminal, and without --yes, it says what it would drop, and drops nothing", async () => {
    await install()
    expect(await run([])).toBe(64)
    expect(out.trimEnd().split("\n").slice(1)).toEqual(LISTED)
    expect(err).toContain("give --yes")
    expect(await isInstalled()).toBe(true)
  })

  test("a view of somebody's keeps all of it, and is named", async () => {
    await install()
    await client.query("create view mine as select seq from understudy.journal")
    expect(await run(["--yes"])).toBe(1)
    expect(out).toContain("mirror.depended-on")
    expect(out).toContain("view mine depends on table understudy.journal")
    expect(await isInstalled()).toBe(true)
    await client.query("insert into tasks values (2)")
    expect((await client.query("select from mine")).rowCount).toBe(1)
  })

  test("no PostgreSQL, and one that is away; no password is told (promise 5)", async () => {
    expect(await run(["--yes"], undefined, { DATABASE_URL: "" })).toBe(1)
    expect(out).toBe("There is no PostgreSQL to work on.\n")
    const away = `postgresql://app:${CANARY}@127.0.0.1:${await findFreePort()}/app`
    expect(await run(["--yes"], undefined, { DATABASE_URL: away })).toBe(1)
    expect(out).toContain("primary.refused")
    expect(out + err).not.toContain(CANARY)
  })
})

describe("promise 4: acknowledged writes are not dropped without a word", () => {
  test("parked transactions keep all of it, unless it is forced", async () => {
    const parked = await openParked()
    url = parked.url
    const first = await parked.park({ a: 11 })
    await parked.park({ a: 12 }, [first])
    expect(await run(["--yes"])).toBe(1)
    expect(out).toContain("2 parked transactions wait for a decision")
    expect(out).toContain("uninstall.parked")
    expect(out.endsWith("Nothing was dropped.\n")).toBe(true)
    expect(out).not.toContain("Dropped:")
    expect(await countParked(parked.client)).toBe(2)
    expect(await run(["--yes", "--force"])).toBe(0)
    expect(out).toContain("2 parked transactions wait for a decision")
    expect(out).toContain("Dropped:")
    expect(await run(["--yes"])).toBe(0)
    expect(out).toContain("there is nothing of Understudy's")
  })

  test("settled ones keep nothing", async () => {
    const parked = await openParked()
    url = parked.url
    await dismissParked(parked.client, await parked.park({ a: 11 }))
    expect(await run(["--yes"])).toBe(0)
  })

  test("what is parked while it asks keeps all of it too", async () => {
    const parked = await openParked()
    url = parked.url
    expect(
      await run([], async () => {
        await parked.park({ a: 11 })
        return "y"
      }),
    ).toBe(1)
    expect(out).toContain("1 parked transactions wait for a decision")
    expect(out).not.toContain("Dropped:")
    expect(await countParked(parked.client)).toBe(1)
  })

  test("nor where a file of the fallback has writes for it that are not handed back", async () => {
    await install()
    const folder = mkdtempSync(join(tmpdir(), "understudy-uninstall-"))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const env = { DATABASE_PATH: folder, DATABASE_FALLBACK: "read-write", DATABASE_FALLBACK_AFTER: "0" }
    {
      await using db = openDatabase<Accounts>({
        migrations: MIGRATIONS,
        env: { ...env, DATABASE_URL: AWAY },
        logger: silentLogger,
      })
      await db.kysely.insertInto("account").values({ id: "x", balance: 1 }).execute()
    }
    expect(await run(["--yes"], undefined, env)).toBe(1)
    expect(out).toContain(`${join(folder, "fallback.sqlite")} holds 1 row changes that PostgreSQL at `)
    expect(out).toContain("uninstall.owed")
    expect(await isInstalled()).toBe(true)
    expect(await run(["--yes", "--force"], undefined, env)).toBe(0)
    expect(await isInstalled()).toBe(false)
  })
})

describe.skipIf(process.platform !== "linux")("as a process on a terminal of its own (promise 2)", () => {
  /** Runs it on a pseudo-terminal, and types as soon as it asks: a key before that would be the terminal's. */
  async function type(keys: string): Promise<{ status: number | null; stdout: string }> {
    const command = `${process.execPath} --conditions=understudy-source ${MAIN} uninstall`
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      env: { PATH: process.env["PATH"] ?? "", DATABASE_URL: url, DATABASE_FALLBACK: "off" },
      timeout: 60_000,
    })
    let stdout = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const hadAsked = stdout.includes("[y/N] ")
      stdout += text
      if (!hadAsked && stdout.includes("[y/N] ")) child.stdin.write(keys)
    })
    const [status] = (await once(child, "close")) as [number | null]
    return { status, stdout }
  }

  test.each([
    ["y\n", 0],
    ["n\n", 1],
    ["\u0004", 1],
    ["\u0003", 1],
  ])("%j is the answer", async (keys, code) => {
    await install()
    const { status, stdout } = await type(keys)
    expect(stdout).toContain("Drop it? [y/N] ")
    expect(status).toBe(code)
    expect(stdout).toContain(code === 0 ? "Dropped:" : "Nothing was dropped.")
    expect(await isInstalled()).toBe(code === 1)
  })
})
