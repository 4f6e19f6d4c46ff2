import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Fastify from "fastify"
import { Client } from "pg"
import { expect, onTestFinished, test } from "vitest"
import { openDatabase, type Database } from "understudy-db"
import { silentLogger } from "../../src/base/logger.ts"
import { understudyPlugin } from "../../src/fastify/plugin.ts"
import { listenOnLoopback } from "../../../../test/support/tcp-listener.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"
import { AWAY, MIGRATIONS, type Accounts } from "../failover/mirrored-program.ts"

type Environment = Readonly<Record<string, string>>

/** What people see: the statuses of the health routes, of a read and of a write. */
interface Seen {
  readonly ready: number
  readonly health: readonly [status: number, told: string]
  readonly read: number
  readonly write: number
}

const WELL = { ready: 200, read: 200, write: 200 } as const

const TABLE: readonly (readonly [
  state: string,
  env: (folder: string) => Promise<Environment>,
  seen: Seen,
])[] = [
  ["starting", silence, { ready: 503, health: [200, "warn"], read: 503, write: 503 }],
  ["embedded", async () => ({}), { ...WELL, health: [200, "pass"] }],
  ["primary", primary, { ...WELL, health: [200, "pass"] }],
  ["fallback", async () => away("read-write"), { ...WELL, health: [200, "warn"] }],
  ["fallback", async () => away("read-only"), { ...WELL, health: [200, "warn"], write: 503 }],
  ["fallback", async () => away("off"), { ready: 503, health: [503, "fail"], read: 503, write: 503 }],
  ["returning", heldUp, { ...WELL, health: [200, "warn"] }],
]

function open(env: Environment): Database<Accounts> {
  return openDatabase<Accounts>({
    migrations: MIGRATIONS,
    portability: "off",
    env: { NODE_ENV: "production", DATABASE_MIRROR: "off", ...env },
    logger: silentLogger,
  })
}

/** A server that is there, and says nothing. */
async function silence(): Promise<Environment> {
  const listener = await listenOnLoopback(() => {})
  onTestFinished(() => listener[Symbol.asyncDispose]())
  return {
    DATABASE_URL: `postgresql://app:secret@127.0.0.1:${listener.port}/app`,
    DATABASE_CONNECT_TIMEOUT: "30s",
    DATABASE_STATEMENT_TIMEOUT: "300ms",
  }
}

async function primary(): Promise<Environment> {
  const database = await (await workerPostgres()).createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  return { DATABASE_URL: database.url, DATABASE_FALLBACK: "off" }
}

function away(policy: string): Environment {
  return {
    DATABASE_URL: AWAY,
    DATABASE_FALLBACK: policy,
    ...(policy === "off" ? { DATABASE_STATEMENT_TIMEOUT: "300ms" } : {}),
  }
}

/** PostgreSQL is back, and what is to be handed back waits for a row that somebody holds. */
async function heldUp(folder: string): Promise<Environment> {
  const there = await primary()
  {
    await using db = open({ ...there, DATABASE_PATH: folder })
    await db.ready()
  }
  {
    await using db = open({ ...away("read-write"), DATABASE_PATH: folder, DATABASE_FALLBACK_AFTER: "0" })
    await db.kysely.insertInto("account").values({ id: "owed", balance: 1 }).execute()
  }
  const holder = new Client(there["DATABASE_URL"])
  holder.on("error", () => {})
  await holder.connect()
  onTestFinished(() => holder.end())
  await holder.query("begin; insert into account values ('owed', 2)")
  return { ...there, DATABASE_FALLBACK: "read-write" }
}

test.each(TABLE)("promise 2: what people see of %s (%#)", async (state, environment, seen) => {
  const folder = await mkdtemp(join(tmpdir(), "understudy-states-"))
  const app = Fastify()
  const opened: Database<Accounts>[] = []
  // What holds it up, which is registered later, ends first.
  onTestFinished(async () => {
    await app.close()
    for (const database of opened) await database.close()
    await rm(folder, { recursive: true })
  })
  const env = await environment(folder)
  const database = open({ DATABASE_PATH: folder, ...env })
  opened.push(database)
  await app.register(understudyPlugin, { database })
  app.get("/accounts", () => database.kysely.selectFrom("account").selectAll().execute())
  app.post("/accounts", async (request) => {
    const db = request.db as unknown as typeof database.kysely
    await db.insertInto("account").values({ id: "a", balance: 1 }).execute()
    return {}
  })
  await expect.poll(() => database.status().state, { timeout: 20_000 }).toBe(state)

  // A folder that a restart empties, say, is worth a warning in every state.
  const warned = database.status().findings.some(({ severity }) => severity !== "info")
  const [status, told] = seen.health
  const health = await app.inject("/health")
  const read = await app.inject("/accounts")
  const write = await app.inject({ method: "POST", url: "/accounts" })
  expect({
    ready: (await app.inject("/health/ready")).statusCode,
    health: [health.statusCode, health.json<{ status: string }>().status],
    read: read.statusCode,
    write: write.statusCode,
  }).toEqual({ ...seen, health: [status, told === "pass" && warned ? "warn" : told] })
  for (const { statusCode, headers } of [read, write])
    expect(headers["retry-after"] !== undefined).toBe(statusCode === 503)
  if (write.statusCode === 503) expect(write.json()).toMatchObject({ applied: "no" })
  expect((await app.inject("/health/live")).statusCode).toBe(200)
  expect(database.status().state).toBe(state)
})
