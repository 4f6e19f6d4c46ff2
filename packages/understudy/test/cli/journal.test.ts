import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { openDatabase, type Database } from "understudy-db"
import { silentLogger } from "../../src/base/logger.ts"
import type { JournalReport } from "../../src/cli/journal/report.ts"
import { runCommandLine } from "../../src/cli/program.ts"
import { healthReport } from "../../src/health/report.ts"
import {
  AWAY,
  MIGRATIONS,
  codes,
  untilHeld,
  untilState,
  type Accounts,
} from "../failover/mirrored-program.ts"
import { openParked } from "../support/parked-transactions.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"

let folder: string
let out: string
let err: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-journal-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function variables(url: string): Record<string, string> {
  return {
    NODE_ENV: "production",
    DATABASE_URL: url,
    DATABASE_PATH: folder,
    DATABASE_FALLBACK: "read-write",
    DATABASE_FALLBACK_AFTER: "0",
    DATABASE_CONNECT_TIMEOUT: "20s",
  }
}

function open(url: string): Database<Accounts> {
  return openDatabase<Accounts>({ migrations: MIGRATIONS, env: variables(url), logger: silentLogger })
}

/** Writes while the primary is away; gives the file. */
async function writeAway(...ids: readonly string[]): Promise<string> {
  await using db = open(AWAY)
  for (const id of ids) await db.kysely.insertInto("account").values({ id, balance: 1 }).execute()
  return join(folder, "fallback.sqlite")
}

/** As if the file had known another primary when it took these writes. */
function meantForAnother(file: string): void {
  using database = new DatabaseSync(file)
  database.prepare("update understudy_origin set primary_mark = ?").run(crypto.randomUUID())
}

async function run(
  url: string,
  args: readonly string[],
  answer?: string,
  env: Record<string, string> = {},
): Promise<number> {
  out = err = ""
  return runCommandLine(["journal", ...args], {
    env: { ...variables(url), ...env },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    ...(answer === undefined ? {} : { ask: async () => answer }),
  })
}

async function report(url: string): Promise<JournalReport> {
  await run(url, ["status", "--json"])
  return JSON.parse(out) as JournalReport
}

async function originsOf(url: string): Promise<string[]> {
  return (await report(url)).files.flatMap(({ origins }) => origins.map(({ origin }) => origin))
}

describe("promise 2: understudy journal tells what is not handed back", () => {
  test("there is nothing yet, and nothing is made", async () => {
    const { url } = await openParked()
    expect(await run(url, [])).toBe(0)
    expect(out).toContain("  there is no such file yet")
    expect(out).toContain("  0 parked transactions\n")
    expect(await run(url, ["show"])).toBe(0)
    expect(out).toBe("The fallback owes PostgreSQL nothing.\n")
  })

  test("how much, of when, for whom; and what is parked", async () => {
    const parked = await openParked()
    await parked.park({ a: 11 })
    const file = await writeAway("x", "y")
    const seen = await report(parked.url)
    expect(seen).toMatchObject({
      noFile: null,
      files: [{ file, state: "read", holder: null, origins: [{ changes: 2, meantFor: "any primary" }] }],
      primary: { answers: true, parked: 1 },
      problems: [],
    })
    meantForAnother(file)
    await run(parked.url, ["status"])
    expect(out).toMatch(/ {4}[-\da-f]{36} {2}2 row changes, .*; for another PostgreSQL, and kept/)
    expect(out).toContain("1 parked transaction: `understudy conflicts` lists them\n")
    const away = await report(AWAY)
    expect(away).toMatchObject({ files: [{ origins: [{ meantFor: null }] }], primary: { answers: false } })
    expect(await run(AWAY, ["status"])).toBe(1)
    expect(out).not.toContain("secret")
  })

  test("where no fallback is wanted now, or no PostgreSQL; the service warns of it, and says what to do", async () => {
    await writeAway("x")
    for (const env of [
      { DATABASE_URL: "" },
      { NODE_ENV: "test", DATABASE_FALLBACK: "" },
      { DATABASE_FALLBACK: "off" },
      { DATABASE_ENGINE: "postgresql" },
      { DATABASE_ENGINE: "sqlite" },
    ]) {
      expect(await run(AWAY, ["show"], undefined, env)).toBe(0)
      expect(out).toContain('  insert account id="x"\n')
    }
    await using db = openDatabase<Accounts>({
      migrations: MIGRATIONS,
      env: { ...variables(""), DATABASE_URL: "" },
      logger: silentLogger,
    })
    await db.ready()
    expect(db.status().state).toBe("embedded")
    expect(codes(db)).toContain("journal.stranded")
    expect(healthReport(db.status(), { detailed: false, now: new Date() }).body.status).toBe("warn")
    await db.close()
    expect(await run(AWAY, ["discard", "--origin", (await originsOf(AWAY))[0] ?? "", "--yes"])).toBe(0)
    expect(await run("", ["show"])).toBe(0)
    expect(out).toBe("The fallback owes PostgreSQL nothing.\n")
  })

  test("a file that cannot be read is said to be that, and not to owe nothing", async () => {
    const file = join(folder, "fallback.sqlite")
    writeFileSync(file, "SQLite format 3\0 and no more of it".repeat(200))
    for (const args of [["show"], ["show", "--json"], ["status"], ["discard", "--origin", "x", "--yes"]]) {
      expect(await run(AWAY, args)).toBe(1)
      expect(out + err).toContain("mirror.file-unreadable")
      expect(out + err).toContain(file)
    }
  })

  test("its rows, whole transactions, until there are enough", async () => {
    await writeAway("x", "y\nz")
    await using db = open(AWAY)
    await db.write(async (session) => {
      await session.updateTable("account").set({ balance: 7 }).where("id", "=", "x").execute()
      await session.deleteFrom("account").where("id", "=", "y\nz").execute()
    })
    expect(await run(AWAY, ["show"])).toBe(0)
    expect(out).toContain(
      '  insert account id="x"\n    before  no such row\n    after   id="x", balance="1"\n',
    )
    expect(out).toContain('  insert account id="y?z"\n')
    expect(out).toContain('  update account id="x"\n    before  balance="1"\n    after   balance="7"\n')
    expect(out).toContain('  delete account id="y?z"\n')
    const [first = "", second = ""] = await originsOf(AWAY)
    expect(await run(AWAY, ["show", "--origin", first, "--limit", "1"])).toBe(0)
    expect(out).toContain("and 1 more row changes: --limit shows more\n")
    expect(out).not.toContain(second)
    await run(AWAY, ["show", "--origin", second, "--json"])
    expect(JSON.parse(out)).toMatchObject({
      origins: [
        { origin: second, changes: 2, transactions: [{ changes: [{ ours: { balance: "7" } }, {}] }] },
      ],
    })
    expect(await run(AWAY, ["show", "--origin", "of-nobody"])).toBe(66)
    expect(await run(AWAY, ["show", "--limit", "0"])).toBe(64)
  })
})

describe("promise 4: what is kept for another primary is given up by a person alone", () => {
  test("and what was written after it is handed back then", async () => {
    const database = await (await workerPostgres()).createDatabase()
    meantForAnother(await writeAway("of another"))
    await writeAway("of any")
    const [first = "", second = ""] = await originsOf(database.url)
    {
      await using db = open(database.url)
      await expect.poll(() => codes(db), { timeout: 20_000 }).toContain("journal.held")
      expect(await run(database.url, ["discard", "--origin", first, "--yes"])).toBe(1)
      expect(out).toContain(`The file is held by process ${process.pid} on `)
    }
    expect(await run(database.url, ["discard", "--origin", second, "--yes"])).toBe(1)
    expect(out).toContain("give that up first")
    expect(await run(database.url, ["discard", "--origin", first])).toBe(64)
    expect(await run(database.url, ["discard", "--origin", first], "no")).toBe(1)
    expect(await originsOf(database.url)).toEqual([first, second])
    expect(await run(database.url, ["discard", "--origin", first], "yes")).toBe(0)
    expect(out).toContain("1 row changes of ")
    expect(await originsOf(database.url)).toEqual([second])
    expect(await run(database.url, ["discard", "--origin", first, "--yes"])).toBe(66)

    await using db = open(database.url)
    await untilState(db, "primary")
    await untilHeld(db)
    expect(codes(db)).not.toContain("journal.held")
    expect(await db.kysely.selectFrom("account").select("id").execute()).toEqual([{ id: "of any" }])
    expect(await originsOf(database.url)).toEqual([])
    await db.close()
    await database[Symbol.asyncDispose]()
  })

  test("all of it: the fallback shows no row of it any more", async () => {
    await writeAway("x")
    const [only = ""] = await originsOf(AWAY)
    expect(await run(AWAY, ["discard", "--origin", only, "--yes"])).toBe(0)
    await using db = open(AWAY)
    await expect(db.kysely.selectFrom("account").selectAll().execute()).rejects.toMatchObject({
      code: "UNDERSTUDY_NO_COPY",
    })
  })
})
