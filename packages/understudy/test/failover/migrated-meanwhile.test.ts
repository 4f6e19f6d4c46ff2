import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client } from "pg"
import { expect, onTestFinished, test } from "vitest"
import type { Database } from "understudy-db"
import type { Migrations } from "../../src/migrate/migrate.ts"
import { AWAY, MIGRATIONS, codes, untilState, useStage, type Accounts } from "./mirrored-program.ts"

const stage = useStage()

const NEWER: Migrations = {
  ...MIGRATIONS,
  "0002": { up: (db) => db.schema.createTable("note").addColumn("id", "integer").execute() },
}

/** A program of this version takes a write while PostgreSQL is away, and ends. */
async function writeAway(id: string, migrations: Migrations): Promise<void> {
  await using db = stage.open({ DATABASE_URL: AWAY }, { migrations })
  await db.kysely.insertInto("account").values({ id, balance: 1 }).execute()
}

/** Another instance, which owes nothing, brings PostgreSQL up to date. */
async function migratePrimary(migrations: Migrations): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-migrating-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  await using db = stage.open({ DATABASE_PATH: folder }, { migrations })
  await db.ready()
  expect(db.status().state).toBe("primary")
}

async function onPrimary(): Promise<string[]> {
  const client = new Client(stage.url)
  await client.connect()
  const { rows } = await client.query<{ id: string }>("select id from account order by id")
  await client.end()
  return rows.map(({ id }) => id)
}

async function untilPrimary(db: Database<Accounts>): Promise<void> {
  await untilState(db, "primary")
}

test("PostgreSQL has a migration already that ran on the file among its changes: that is no stranger (promise 4)", async () => {
  await writeAway("a", MIGRATIONS)
  await writeAway("b", NEWER)
  await migratePrimary(NEWER)
  await using db = stage.open({}, { migrations: NEWER })
  await untilPrimary(db)
  expect(await onPrimary()).toEqual(["a", "b"])
  expect(codes(db)).not.toContain("migrations.primary-ahead")
  expect(codes(db)).not.toContain("journal.held")
})

test("what an older program had to keep, since PostgreSQL was ahead of it, a newer one hands back (promise 4)", async () => {
  await writeAway("a", MIGRATIONS)
  await migratePrimary(NEWER)
  {
    await using older = stage.open()
    await untilPrimary(older)
    expect(codes(older)).toEqual(expect.arrayContaining(["migrations.primary-ahead", "journal.held"]))
    expect(await onPrimary()).toEqual([])
  }
  await using newer = stage.open({}, { migrations: NEWER })
  await untilPrimary(newer)
  expect(await onPrimary()).toEqual(["a"])
  expect(codes(newer)).not.toContain("journal.held")
})
