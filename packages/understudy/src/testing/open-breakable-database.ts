import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Kysely } from "kysely"
import { delay } from "../base/abort.ts"
import { silentLogger, type Logger } from "../base/logger.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import type { ConnectionState } from "../failover/connection-state.ts"
import type { Migrations } from "../migrate/migrate.ts"
import { openDatabase, type Database } from "../open.ts"
import {
  startBreakablePrimary,
  type BreakablePrimary,
  type BreakablePrimaryOptions,
} from "./breakable-primary.ts"

/** What {@link openBreakableDatabase} takes. */
export interface BreakableDatabaseOptions extends BreakablePrimaryOptions {
  readonly migrations?: Migrations
  /** Variables, before the defaults: `DATABASE_FALLBACK` is `read-write` and `DATABASE_FALLBACK_AFTER` is `200ms`. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: silent. */
  readonly logger?: Logger
}

/** A database whose primary breaks on demand, and whose fallback stands in. Disposing it closes it and removes all of it. */
export interface BreakableDatabase<DB> extends BreakablePrimary {
  readonly database: Database<DB>
  /** The same as `database.kysely`. */
  readonly kysely: Kysely<DB>
  /**
   * Waits until the database is in this state, in `primary` with a fallback's copy that holds what was acknowledged.
   * @throws `UNDERSTUDY_TIMEOUT` after 30 s.
   */
  readonly untilState: (state: ConnectionState) => Promise<void>
}

const STATE_LIMIT_MS = 30_000
const LOOK_MS = 10

/**
 * Opens a fresh, migrated database on a real PostgreSQL that breaks on demand, with SQLite standing in: a rehearsal of an
 * outage. The environment's variables are not read. It resolves once PostgreSQL serves and SQLite has a copy of it.
 * @throws `UNDERSTUDY_TEST_SERVER` when PostgreSQL is not installed, `UNDERSTUDY_MIGRATION_FAILED` when a migration fails.
 */
export async function openBreakableDatabase<DB>(
  options: BreakableDatabaseOptions = {},
): Promise<BreakableDatabase<DB>> {
  const { migrations, env = {}, logger = silentLogger, ...ofPrimary } = options
  await using opened = new AsyncDisposableStack()
  const primary = opened.use(await startBreakablePrimary(ofPrimary))
  const folder = await mkdtemp(join(tmpdir(), "understudy-test-"))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const database = opened.use(
    openDatabase<DB>({
      env: {
        NODE_ENV: "test",
        DATABASE_URL: primary.url,
        DATABASE_PATH: folder,
        DATABASE_FALLBACK: "read-write",
        DATABASE_FALLBACK_AFTER: "200ms",
        ...env,
      },
      logger,
      ...(migrations === undefined ? {} : { migrations }),
    }),
  )
  await database.ready()
  const untilState = (state: ConnectionState): Promise<void> => waitForState(database, state)
  await untilState("primary")
  const parts = opened.move()
  return {
    ...primary,
    database,
    kysely: database.kysely,
    untilState,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

async function waitForState<DB>(database: Database<DB>, wanted: ConnectionState): Promise<void> {
  const end = performance.now() + STATE_LIMIT_MS
  for (;;) {
    const { state, mirror } = database.status()
    const isHeld = mirror === null || mirror.holdsNewestWrite !== false
    const hasCopy = mirror === null || mirror.state === "live"
    if (state === wanted && (wanted !== "primary" || (hasCopy && isHeld))) return
    if (performance.now() > end)
      throw new UnderstudyError("UNDERSTUDY_TIMEOUT", {
        operation: `Reaching the state ${wanted} (it is ${state})`,
        limitMs: STATE_LIMIT_MS,
      })
    await delay(LOOK_MS)
  }
}
