import { execFileSync } from "node:child_process"
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Client } from "pg"
import { expect, onTestFinished, test } from "vitest"
import type { Database } from "understudy-db"
import { startPostgres, type PostgresServer } from "understudy-db/testing"
import { codes, mirrorOnce, untilHeld, untilState, useStage, type Accounts } from "./mirrored-program.ts"

const stage = useStage()

/** A server of its own, since what is done to it stays. `isAnother`: with a system identifier that no other has. */
async function startServer({ isAnother = false } = {}): Promise<PostgresServer> {
  const before = process.env["TMPDIR"]
  const folder = await mkdtemp(join(tmpdir(), "understudy-another-"))
  await chmod(folder, 0o755)
  // The servers of one temporary folder are copies of one that was made there.
  if (isAnother) process.env["TMPDIR"] = folder
  try {
    const server = await startPostgres()
    onTestFinished(async () => {
      await server[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    })
    return server
  } finally {
    if (before === undefined) delete process.env["TMPDIR"]
    else process.env["TMPDIR"] = before
  }
}

async function ask<R extends object>(url: string, statement: string): Promise<R[]> {
  const client = new Client(url)
  client.on("error", () => {})
  await client.connect()
  const { rows } = await client.query<R>(statement)
  await client.end()
  return rows
}

async function idsAt(url: string): Promise<string[]> {
  return (await ask<{ id: string }>(url, "select id from account order by id")).map(({ id }) => id)
}

/** Makes the other database what the one is, as restoring a dump of it would. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const [source, { pathname, username }] = [new URL(from), new URL(to)]
  const target = pathname.slice(1)
  await ask(stage.postgres.adminUrl, `drop database "${target}"`)
  const statement = `create database "${target}" template "${source.pathname.slice(1)}" owner "${username}"`
  await ask(stage.postgres.adminUrl, statement)
}

async function writeAway(url: string, id: string): Promise<void> {
  await using db = stage.open({ DATABASE_URL: url })
  await db.kysely.insertInto("account").values({ id, balance: 1 }).execute()
  expect(db.status().state).toBe("fallback")
}

async function untilPrimary(db: Database<Accounts>): Promise<void> {
  await untilState(db, "primary")
}

/** What the primary was told of the copy last. */
function told(): unknown {
  using database = new DatabaseSync(join(stage.folder, "fallback.sqlite"), { readOnly: true })
  return database.prepare("select acknowledged from understudy_mirror").get()?.["acknowledged"] ?? null
}

/** Starts a server as a standby that never had a primary, and promotes it: it goes on with another timeline. */
async function startPromoted(server: PostgresServer): Promise<void> {
  await writeFile(join(server.dataFolder, "standby.signal"), "")
  await server.start()
  await ask(server.adminUrl, "select pg_promote()")
}

test("a database that was restored elsewhere has the mark, and gets no writes that were meant for the first (promise 4)", async () => {
  const other = await startServer({ isAnother: true })
  await mirrorOnce(stage, ["a"])
  const mark = await ask<{ id: string }>(stage.url, "select id from understudy.primary_mark")
  const own = await mkdtemp(join(tmpdir(), "understudy-restored-"))
  onTestFinished(() => rm(own, { recursive: true }))
  {
    await using there = stage.open({ DATABASE_URL: other.url, DATABASE_PATH: own })
    await there.kysely.insertInto("account").values({ id: "a", balance: 1 }).execute()
    await untilHeld(there)
  }
  await ask(other.adminUrl, `update understudy.primary_mark set id = '${mark[0]?.id}'`)
  await stage.postgres.stop()
  await writeAway(stage.url, "b")
  {
    await using db = stage.open({ DATABASE_URL: other.url })
    await untilPrimary(db)
    expect(codes(db)).toContain("journal.held")
    expect(await idsAt(other.url)).toEqual(["a"])
    await untilHeld(db)
  }
  await stage.postgres.start()
  await using db = stage.open()
  await untilPrimary(db)
  await expect.poll(() => idsAt(stage.url)).toEqual(["a", "b"])
}, 120_000)

test("each file that keeps writes for another database is named (promise 4)", async () => {
  const other = await startServer({ isAnother: true })
  {
    await using first = stage.open()
    await untilHeld(first)
    await using second = stage.open()
    await untilHeld(second)
    await stage.postgres.stop("immediate")
    for (const db of [first, second]) {
      await untilState(db, "fallback")
      await db.kysely.insertInto("account").values({ id: "a", balance: 1 }).execute()
    }
  }
  await using db = stage.open({ DATABASE_URL: other.url })
  const named = (): string[] =>
    db
      .status()
      .findings.filter(({ code }) => code === "journal.held")
      .map(({ message }) => /\S+\.sqlite/.exec(message)?.[0] ?? message)
      .toSorted()
  const files = ["fallback-2.sqlite", "fallback.sqlite"].map((name) => join(stage.folder, name))
  await expect.poll(named, { timeout: 40_000 }).toEqual(files)
}, 120_000)

test("of a server that served and was never copied, another one gets no writes either (promise 4)", async () => {
  const other = await startServer({ isAnother: true })
  const unmirrored = { DATABASE_MIRROR: "off" }
  {
    await using db = stage.open(unmirrored)
    await db.kysely.insertInto("account").values({ id: "a", balance: 1 }).execute()
    await stage.postgres.stop("immediate")
    await untilState(db, "fallback")
    await db.kysely.insertInto("account").values({ id: "b", balance: 1 }).execute()
  }
  {
    await using db = stage.open({ ...unmirrored, DATABASE_URL: other.url })
    await untilPrimary(db)
    expect(codes(db)).toContain("journal.held")
    expect(await idsAt(other.url)).toEqual([])
  }
  await stage.postgres.start()
  await using db = stage.open(unmirrored)
  await untilPrimary(db)
  await expect.poll(() => idsAt(stage.url)).toEqual(["a", "b"])
}, 120_000)

test.each([
  { which: "which was never copied", env: { DATABASE_MIRROR: "off" }, isTemplate: false },
  { which: "which has its mark, as a restored dump has", env: {}, isTemplate: true },
])(
  "another database of the same server, $which, gets no writes (promise 4)",
  async ({ env, isTemplate }) => {
    {
      await using db = stage.open(env)
      await db.kysely.insertInto("account").values({ id: "a", balance: 1 }).execute()
      if (isTemplate) await untilHeld(db)
      await stage.postgres.stop("immediate")
      await untilState(db, "fallback")
      await db.kysely.insertInto("account").values({ id: "b", balance: 1 }).execute()
    }
    await stage.postgres.start()
    await using other = await stage.postgres.createDatabase()
    if (isTemplate) await copyDatabase(stage.url, other.url)
    {
      await using db = stage.open({ ...env, DATABASE_URL: other.url })
      await untilPrimary(db)
      expect(codes(db)).toContain("journal.held")
      expect(await idsAt(other.url)).toEqual(isTemplate ? ["a"] : [])
    }
    await using db = stage.open(env)
    await untilPrimary(db)
    await expect.poll(() => idsAt(stage.url)).toEqual(["a", "b"])
  },
  120_000,
)

test("a standby that was promoted gets them: the timeline alone is no other primary (promise 4)", async () => {
  const server = await startServer()
  {
    await using db = stage.open({ DATABASE_URL: server.url })
    await db.kysely.insertInto("account").values({ id: "a", balance: 1 }).execute()
    await untilHeld(db)
    await expect.poll(told, { timeout: 60_000 }).not.toBeNull()
  }
  await server.stop()
  await writeAway(server.url, "b")
  await startPromoted(server)
  await using db = stage.open({ DATABASE_URL: server.url })
  await untilPrimary(db)
  expect(codes(db)).not.toContain("journal.held")
  expect(await idsAt(server.url)).toEqual(["a", "b"])
}, 120_000)

test("one that was restored to a time before the copy's gets none: a person decides (promise 4)", async () => {
  const server = await startServer()
  const open = (): Database<Accounts> => stage.open({ DATABASE_URL: server.url })
  {
    await using db = open()
    await db.kysely.insertInto("account").values({ id: "a", balance: 1 }).execute()
    await untilHeld(db)
  }
  await server.stop()
  execFileSync("cp", ["-a", server.dataFolder, `${server.dataFolder}-before`])
  await server.start()
  {
    await using db = open()
    const before = told()
    await db.kysely.insertInto("account").values({ id: "b", balance: 1 }).execute()
    await untilHeld(db)
    await expect.poll(told, { timeout: 60_000 }).not.toBe(before)
  }
  await server.stop()
  await writeAway(server.url, "c")
  execFileSync("rm", ["-r", server.dataFolder])
  execFileSync("mv", [`${server.dataFolder}-before`, server.dataFolder])
  await startPromoted(server)
  {
    await using db = open()
    await untilPrimary(db)
    expect(codes(db)).toContain("journal.held")
    await db.kysely.insertInto("account").values({ id: "d", balance: 1 }).execute()
    await untilHeld(db)
  }
  // Once the server has gone on for as long as it was set back, it no longer shows.
  for (let transaction = 0; transaction < 300; transaction += 1)
    await ask(server.url, "select pg_current_xact_id()")
  await using db = open()
  await untilPrimary(db)
  await untilHeld(db)
  expect(codes(db)).toContain("journal.held")
  expect(await idsAt(server.url)).toEqual(["a", "d"])
}, 120_000)
