import { Client } from "pg"
import { beforeAll, afterAll, describe, expect, test } from "vitest"
import {
  openBreakableDatabase,
  startBreakablePrimary,
  startPostgres,
  type BreakableDatabase,
  type PostgresServer,
  type PrimaryFault,
} from "understudy-db/testing"
import { MIGRATIONS, type Accounts } from "../failover/mirrored-program.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server[Symbol.asyncDispose]())

async function inPostgres(url: string): Promise<string[]> {
  const client = new Client(url)
  await client.connect()
  const { rows } = await client.query<{ id: string }>("select id from account order by id")
  await client.end()
  return rows.map(({ id }) => id)
}

function open(): Promise<BreakableDatabase<Accounts>> {
  return openBreakableDatabase<Accounts>({ migrations: MIGRATIONS, server })
}

function insert({ database }: BreakableDatabase<Accounts>, id: string): Promise<unknown> {
  return database.write((session) => session.insertInto("account").values({ id, balance: 1 }).execute())
}

describe("users rehearse outages in their own tests (promise 4)", () => {
  test.each<PrimaryFault>(["refuse", "reset", "silence", "kill"])(
    "%s: SQLite stands in, and PostgreSQL has all of it once it is healed",
    async (kind) => {
      await using outage = await open()
      await insert(outage, "before")
      await outage.untilState("primary")
      await outage.breakPrimary(kind)
      await outage.untilState("fallback")
      await insert(outage, "meanwhile")
      expect(outage.database.status().engine).toBe("sqlite")
      if (kind !== "kill") expect(await inPostgres(outage.directUrl)).toEqual(["before"])
      await outage.healPrimary()
      await outage.untilState("primary")
      expect(await inPostgres(outage.directUrl)).toEqual(["before", "meanwhile"])
    },
  )

  test("slow: PostgreSQL goes on serving, each answer later", async () => {
    await using outage = await open()
    await outage.breakPrimary("slow")
    const began = performance.now()
    await insert(outage, "slow")
    expect(performance.now() - began).toBeGreaterThan(390)
    expect(outage.database.status().engine).toBe("postgresql")
    await outage.healPrimary()
    expect(await inPostgres(outage.directUrl)).toEqual(["slow"])
  })

  test("restart: it heals by itself", async () => {
    await using outage = await open()
    await outage.breakPrimary("restart")
    await insert(outage, "after")
    await outage.untilState("primary")
    expect(await inPostgres(outage.directUrl)).toEqual(["after"])
  })
})

test("one fault ends the other, and what is healed can be healed again", async () => {
  await using primary = await startBreakablePrimary({ server })
  const { breakPrimary, healPrimary, url } = primary
  const answers = async (): Promise<boolean> => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 })
    client.on("error", () => {})
    try {
      await client.connect()
      return true
    } catch {
      return false
    } finally {
      client.end().catch(() => {})
    }
  }
  expect(await answers()).toBe(true)
  for (const kind of ["kill", "silence", "refuse", "reset"] as const) {
    await breakPrimary(kind)
    expect(await answers(), kind).toBe(false)
  }
  for (let round = 1; round <= 2; round += 1) {
    await healPrimary()
    expect(await answers()).toBe(true)
  }
})

test("one that is disposed of while it is broken leaves nothing behind", async () => {
  {
    await using primary = await startBreakablePrimary({ server })
    await primary.breakPrimary("kill")
  }
  const client = new Client(server.adminUrl)
  await client.connect()
  const { rows } = await client.query("select from pg_database where datname like 'test_%'")
  await client.end()
  expect(rows).toEqual([])
})
