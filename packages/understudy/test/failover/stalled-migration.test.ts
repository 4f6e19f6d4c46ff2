import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Migration } from "kysely/migration"
import { sql } from "kysely"
import { openDatabase } from "understudy-db"
import { startPostgres } from "understudy-db/testing"
import { expect, it, onTestFinished } from "vitest"

it("promise 1: a primary that stalls inside a migration is passed over, and what it began is undone", async () => {
  await using server = await startPostgres()
  await using target = await server.createDatabase()
  const folder = await mkdtemp(join(tmpdir(), "understudy-stall-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  let stalled = false
  const stalling: Migration = {
    up: async (db) => {
      await db.schema
        .createTable("note")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .execute()
      // The second run is SQLite's.
      if (!stalled) await server.pause()
      stalled = true
    },
  }
  const env = { DATABASE_URL: target.url, DATABASE_PATH: folder, DATABASE_FALLBACK: "read-write" }
  {
    await using database = openDatabase<{ note: { id: number } }>({ env, migrations: { "0001": stalling } })
    await database.ready({ timeoutMs: 25_000 })
    expect(database.status()).toMatchObject({
      state: "fallback",
      engine: "sqlite",
      reason: "primary.timeout",
    })
  }
  await server.resume()
  await using database = openDatabase<{ note: { id: number } }>({ env, migrations: {} })
  await database.ready({ timeoutMs: 10_000 })
  const { rows } = await sql<{ table: string | null }>`select to_regclass('note')::text as "table"`.execute(
    database.kysely,
  )
  expect(rows).toEqual([{ table: null }])
})
