import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, expect } from "vitest"
import { openDatabase, type ConnectionState, type Database, type OpenOptions } from "understudy-db"
import { startPostgres, type PostgresServer } from "understudy-db/testing"
import { silentLogger } from "../../src/base/logger.ts"
import type { Migrations } from "../../src/migrate/migrate.ts"

/** The tables of the program that these tests open. */
export interface Accounts {
  account: { id: string; balance: number }
}

export const MIGRATIONS: Migrations = {
  "0001": {
    async up(db) {
      await db.schema
        .createTable("account")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("balance", "integer", (column) => column.notNull())
        .execute()
    },
  },
}

/** A real server, and for each test a database and a folder of its own. */
export interface Stage<DB> {
  readonly postgres: PostgresServer
  readonly folder: string
  readonly url: string
  open(env?: Readonly<Record<string, string>>, options?: OpenOptions): Database<DB>
}

/** Nothing listens there. */
export const AWAY = "postgresql://app:secret@127.0.0.1:1/app"

/** To be called once in a test file. What it gives is of the test that runs. */
export function useStage<DB = Accounts>(migrations = MIGRATIONS): Stage<DB> {
  let postgres: PostgresServer
  let folder: string
  let url: string
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres[Symbol.asyncDispose]())
  beforeEach(async () => {
    await postgres.start()
    folder = await mkdtemp(join(tmpdir(), "understudy-mirrored-"))
    url = (await postgres.createDatabase()).url
    return () => rm(folder, { recursive: true })
  })
  return {
    get postgres() {
      return postgres
    },
    get folder() {
      return folder
    },
    get url() {
      return url
    },
    open: (env = {}, options = {}) =>
      openDatabase<DB>({
        migrations,
        portability: "off",
        env: {
          DATABASE_URL: url,
          DATABASE_PATH: folder,
          DATABASE_FALLBACK: "read-write",
          NODE_ENV: "production",
          ...env,
        },
        logger: silentLogger,
        ...options,
      }),
  }
}

/** Waits until the copy follows the primary and holds all that was acknowledged. */
export async function untilHeld<DB>(db: Database<DB>): Promise<void> {
  await expect
    .poll(() => db.status().mirror, { timeout: 20_000 })
    .toMatchObject({ state: "live", holdsNewestWrite: true })
}

/** Waits until it is in the state, which may be for a moment only. */
export async function untilState<DB>(db: Database<DB>, state: ConnectionState): Promise<void> {
  await expect.poll(() => db.status().state, { timeout: 60_000, interval: 5 }).toBe(state)
}

/** Opens, writes these accounts, waits until the copy has them, closes. */
export async function mirrorOnce(stage: Stage<Accounts>, ids: readonly string[]): Promise<void> {
  await using db = stage.open()
  await db.kysely
    .insertInto("account")
    .values(ids.map((id) => ({ id, balance: 1 })))
    .execute()
  await untilHeld(db)
}

export function codes<DB>(db: Database<DB>): string[] {
  return db.status().findings.map(({ code }) => code)
}
