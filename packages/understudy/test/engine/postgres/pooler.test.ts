import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sql } from "kysely"
import type { Migration } from "kysely/migration"
import { Client } from "pg"
import { openDatabase, type Database } from "understudy-db"
import { startFaultProxy, startPostgres, type PostgresServer } from "understudy-db/testing"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { silentLogger } from "../../../src/base/logger.ts"
import { queryText } from "../../../src/testing/postgres-messages.ts"
import {
  findPgbouncer,
  startPgbouncer,
  type Pgbouncer,
  type PoolMode,
} from "../../../../../test/support/pgbouncer.ts"

interface Tables {
  note: { id: string; text: string }
}

const migrations: Record<string, Migration> = {
  "0001-note": {
    up: (db) =>
      db.schema
        .createTable("note")
        .addColumn("id", "uuid", (column) => column.primaryKey())
        .addColumn("text", "text", (column) => column.notNull())
        .execute(),
  },
}

describe.skipIf(findPgbouncer() === undefined).each(["transaction", "session"] as const)(
  "through pgbouncer in %s mode (skipped where pgbouncer is not installed)",
  { timeout: 60_000 },
  (mode: PoolMode) => {
    let server: PostgresServer
    let pooler: Pgbouncer
    let folder: string

    beforeAll(async () => {
      server = await startPostgres()
      // Fewer places at the server than at the clients: in transaction mode each statement may meet another one.
      pooler = await startPgbouncer(server, mode, {
        default_pool_size: mode === "transaction" ? "3" : "40",
      })
      folder = await mkdtemp(join(tmpdir(), "understudy-pooler-"))
    })
    afterAll(async () => {
      await pooler[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    })

    function open(url: string, env: Record<string, string> = {}): Database<Tables> {
      const database = openDatabase<Tables>({
        env: {
          NODE_ENV: "production",
          DATABASE_PATH: join(folder, randomUUID()),
          DATABASE_URL: url,
          ...env,
        },
        migrations,
        logger: silentLogger,
      })
      onTestFinished(() => database.close())
      return database
    }

    async function freshUrl(): Promise<string> {
      const database = await server.createDatabase()
      onTestFinished(() => database[Symbol.asyncDispose]())
      return pooler.through(database.url)
    }

    it("promise 1: the pooler refuses further startup parameters, and we send none", async () => {
      const url = await freshUrl()
      const refused = new Client({ connectionString: url, options: "-c work_mem=1MB" })
      refused.on("error", () => {})
      await expect(refused.connect()).rejects.toMatchObject({ code: "08P01" })
      const database = open(url, { PGOPTIONS: "-c work_mem=1MB" })
      await database.ready()
      expect(database.status()).toMatchObject({ state: "primary", engine: "postgresql" })
    })

    it("promise 4: three instances that start at once migrate once, and lose none of their writes", async () => {
      const url = await freshUrl()
      const databases = [open(url), open(url), open(url)]
      await Promise.all(databases.map((database) => database.ready({ timeoutMs: 20_000 })))
      expect(databases.map((database) => database.status().state)).toEqual(["primary", "primary", "primary"])
      const ids = Array.from({ length: 120 }, () => randomUUID())
      await Promise.all(
        ids.map((id, index) =>
          databases[index % databases.length]?.write(async (session) => {
            await session.insertInto("note").values({ id, text: "a" }).execute()
            await session.updateTable("note").set({ text: "b" }).where("id", "=", id).execute()
          }),
        ),
      )
      const rows = await databases[0]?.kysely.selectFrom("note").selectAll().execute()
      expect(rows?.map(({ id, text }) => `${id} ${text}`).sort()).toEqual(ids.map((id) => `${id} b`).sort())
    })

    it("promise 4: an idempotency key holds, and a session's limits are its own transaction's only", async () => {
      const database = open(await freshUrl())
      const write = (): Promise<unknown> =>
        database.write(
          (session) => session.insertInto("note").values({ id: randomUUID(), text: "once" }).execute(),
          { idempotencyKey: "key", timeoutMs: 1_234 },
        )
      await write()
      await expect(write()).rejects.toMatchObject({ code: "UNDERSTUDY_ALREADY_APPLIED" })
      const limits = await Promise.all(
        Array.from({ length: 6 }, async () => {
          const { rows } = await sql<{ limit: string }>`
            select current_setting('statement_timeout') as "limit"`.execute(database.kysely)
          return rows[0]?.limit
        }),
      )
      expect([...new Set(limits)]).toEqual(["0"])
    })

    it("promise 3: a database's own date style and time zone change no value, whichever server connection serves", async () => {
      const created = await server.createDatabase()
      onTestFinished(() => created[Symbol.asyncDispose]())
      const admin = new Client({ connectionString: created.adminUrl })
      await admin.connect()
      const settings = ["datestyle = 'German'", "timezone = 'Asia/Kathmandu'"]
      await admin.query(
        settings.map((setting) => `alter database "${created.name}" set ${setting}`).join(";"),
      )
      await admin.end()
      const database = open(pooler.through(created.url))
      const answers = await Promise.all(
        Array.from({ length: 40 }, async () => {
          const { rows } = await sql<{ at: Date; day: string }>`
            select timestamptz '2026-01-31 20:30:00+00' as at, (timestamptz '2026-01-31 20:30:00+00')::date as day`.execute(
            database.kysely,
          )
          return `${rows[0]?.at.toISOString()} ${rows[0]?.day}`
        }),
      )
      expect([...new Set(answers)]).toEqual(["2026-01-31T20:30:00.000Z 2026-01-31"])
    })

    it("promise 3: a stream of many rows comes whole", async () => {
      const database = open(await freshUrl())
      const ids = Array.from(
        { length: 2_500 },
        (_, index) => `00000000-0000-7000-8000-${String(index).padStart(12, "0")}`,
      )
      await database.kysely
        .insertInto("note")
        .values(ids.map((id) => ({ id, text: "x" })))
        .execute()
      const seen: string[] = []
      for await (const { id } of database.kysely.selectFrom("note").select("id").orderBy("id").stream(100))
        seen.push(id)
      expect(seen).toEqual(ids)
    })

    it("promise 4: a COMMIT whose answer is lost is decided", async () => {
      const url = await freshUrl()
      const proxy = await startFaultProxy({ target: { host: "127.0.0.1", port: pooler.port } })
      onTestFinished(() => proxy[Symbol.asyncDispose]())
      const database = open(proxy.url(url))
      await database.ready()
      const direct = open(url)
      for (const where of ["before", "after"] as const) {
        let cut = false
        const isCommit = (text: string | null): boolean => !cut && text === "commit"
        if (where === "before") {
          proxy.onClientMessage((type, payload) => {
            if (!isCommit(queryText({ type, payload }))) return "pass"
            cut = true
            return "reset"
          })
        } else {
          proxy.onServerMessage((type, payload) => {
            if (cut || type !== "C" || !payload.toString("latin1").startsWith("COMMIT")) return "pass"
            cut = true
            return "reset"
          })
        }
        const id = randomUUID()
        const outcome = await database
          .write((session) => session.insertInto("note").values({ id, text: where }).execute())
          .then(
            () => "applied",
            (error: { code?: string; applied?: string }) => `${error.code} ${error.applied}`,
          )
        proxy.pass()
        const rows = await direct.kysely.selectFrom("note").select("id").where("id", "=", id).execute()
        expect([cut, outcome, rows.length]).toEqual(
          where === "before" ? [true, "UNDERSTUDY_CONNECTION_LOST no", 0] : [true, "applied", 1],
        )
      }
    })

    it("promise 2: a database that the pooler does not know, a wrong password, a server that is away: each is told", async () => {
      const stopped = await startPostgres()
      onTestFinished(() => stopped[Symbol.asyncDispose]())
      const before = await startPgbouncer(stopped, mode, { server_login_retry: "1", query_wait_timeout: "2" })
      onTestFinished(() => before[Symbol.asyncDispose]())
      await stopped.kill()
      const wrong = new URL(pooler.through(server.url))
      wrong.password = "wrong"
      const missing = new URL(pooler.through(server.url))
      missing.pathname = "/no_such_database"
      const reasons = await Promise.all(
        [before.through(stopped.url), wrong.href, missing.href].map(async (url) => {
          const database = open(url, { DATABASE_FALLBACK: "read-write", DATABASE_CONNECT_TIMEOUT: "5s" })
          await database.ready({ timeoutMs: 20_000 })
          return [database.status().state, database.status().reason]
        }),
      )
      expect(reasons).toEqual([
        ["fallback", "primary.pooler"],
        ["fallback", "primary.auth-failed"],
        ["fallback", "primary.database-missing"],
      ])
    })
  },
)
