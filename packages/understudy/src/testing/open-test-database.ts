import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Kysely } from "kysely"
import { silentLogger, type Logger } from "../base/logger.ts"
import type { EngineDialect } from "../engine/contract.ts"
import type { Migrations } from "../migrate/migrate.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import { openDatabase, type Database } from "../open.ts"
import type { Baseline } from "./baseline.ts"
import { postgresBaseline } from "./postgres-baseline.ts"
import { startPostgres, type PostgresServer } from "./postgres-server.ts"
import { sqliteBaseline } from "./sqlite-baseline.ts"

/** What {@link openTestDatabase} takes. */
export interface TestDatabaseOptions {
  readonly engine: EngineDialect
  readonly migrations?: Migrations
  /** The PostgreSQL server to make the database on; default: one for this process, which ends with it. */
  readonly server?: PostgresServer
  /** Default: silent. */
  readonly logger?: Logger
}

/** A fresh database for tests. Disposing it closes it and removes all of it. */
export interface TestDatabase<DB> extends AsyncDisposable {
  readonly database: Database<DB>
  /** The same as `database.kysely`. */
  readonly kysely: Kysely<DB>
  /**
   * Puts every row back to what the migrations left; to be called between tests. What was committed is undone too.
   * No session may be under way.
   */
  rollback(): Promise<void>
}

/** Where a test database lives, before it is opened. */
interface Site extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>
  keepBaseline(): Promise<Baseline>
}

let processServer: Promise<PostgresServer> | undefined

/** A failed start is not kept: what was missing may be there next time. */
function serverOfProcess(): Promise<PostgresServer> {
  processServer ??= startPostgres().catch((error: unknown) => {
    processServer = undefined
    throw error
  })
  return processServer
}

async function sqliteSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-test-"))
  const file = join(folder, "test.sqlite")
  return {
    env: { DATABASE_URL: `sqlite:///${file}` },
    keepBaseline: () => sqliteBaseline(file, folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

async function postgresSite(given: PostgresServer | undefined): Promise<Site> {
  const server = given ?? (await serverOfProcess())
  const database = await server.createDatabase()
  return {
    env: { DATABASE_URL: database.url, DATABASE_ENGINE: "postgresql" },
    keepBaseline: () => postgresBaseline(database.adminUrl),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

/**
 * Opens a fresh, migrated database on the engine asked for: a SQLite file of its own, or a database of its own on a
 * real PostgreSQL server. The environment's variables are not read.
 * @throws `UNDERSTUDY_TEST_SERVER` when PostgreSQL is not installed, `UNDERSTUDY_MIGRATION_FAILED` when a migration
 * fails.
 */
export async function openTestDatabase<DB>(options: TestDatabaseOptions): Promise<TestDatabase<DB>> {
  const { engine, migrations, server, logger = silentLogger } = options
  const site = engine === "sqlite" ? await sqliteSite() : await postgresSite(server)
  const database = openDatabase<DB>({
    env: { NODE_ENV: "test", ...site.env },
    logger,
    ...(migrations === undefined ? {} : { migrations }),
  })
  const dispose = async (): Promise<void> => {
    await database.close()
    await site[Symbol.asyncDispose]()
  }
  try {
    await database.ready()
    const status = database.status()
    if (status.engine !== engine) {
      const detail = `${engine} was asked for, but ${status.engine ?? "nothing"} serves (${status.reason})`
      throw new UnderstudyError("UNDERSTUDY_TEST_SERVER", {
        detail,
        instead: "Look into the findings of its status.",
      })
    }
    const baseline = await site.keepBaseline()
    return {
      database,
      kysely: database.kysely,
      rollback: () => baseline.restore(),
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}
