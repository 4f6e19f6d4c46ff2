import { existsSync } from "node:fs"
import { join } from "node:path"
import { openDatabase, type Database } from "understudy-db"
import { Secret } from "../../packages/understudy/src/base/secret.ts"
import type { PostgresOptions } from "../../packages/understudy/src/engine/postgres/options.ts"
import { SqliteEngine } from "../../packages/understudy/src/engine/sqlite/engine.ts"
import { migrate } from "../../packages/understudy/src/migrate/migrate.ts"
import { Mirror } from "../../packages/understudy/src/mirror/mirror.ts"
import type { MirrorProgress } from "../../packages/understudy/src/mirror/mirror-run.ts"
import type { BackendStart, CopyState } from "./messages.ts"
import { createTables, type Tables } from "./tables.ts"

const VALUES = { int8: "number", timestamptz: "string" } as const
const MIGRATIONS = { "0001-tables": createTables }

/** A database with a mirror of its primary. */
export interface Mirrored {
  readonly db: Database<Tables>
  copy(): CopyState
  close(): Promise<void>
}

/** The mirror's file in a backend's folder. */
export function mirrorFile(folder: string): string {
  return join(folder, "fallback.sqlite")
}

function postgresOptions(url: string): PostgresOptions {
  const { username, password, hostname, port, pathname } = new URL(url)
  return {
    parts: {
      user: decodeURIComponent(username),
      password: new Secret(decodeURIComponent(password)),
      hosts: [{ host: hostname, port: Number(port) }],
      database: pathname.slice(1),
      params: {},
    },
    poolMax: 5,
    connectTimeoutMs: 3_000,
    statementTimeoutMs: 20_000,
    values: VALUES,
  }
}

/** Opens the database, and keeps its copy beside it. */
export async function openMirrored({ url, folder }: BackendStart): Promise<Mirrored> {
  const env = { NODE_ENV: "production", DATABASE_URL: url, DATABASE_FALLBACK: "off", DATABASE_PATH: folder }
  const db = openDatabase<Tables>({ env, migrations: MIGRATIONS, ...VALUES })
  const file = mirrorFile(folder)
  if (!existsSync(file)) {
    const engine = new SqliteEngine({
      file,
      role: "fallback",
      synchronous: "normal",
      waitMs: 5_000,
      values: VALUES,
    })
    await migrate(engine, MIGRATIONS)
    await engine.close()
  }
  await db.ready()
  let last: MirrorProgress | undefined
  let failure: string | null = null
  const options = { postgres: postgresOptions(url), file, pollMs: 50, throttle: { workMs: 20, pauseMs: 0 } }
  const mirror = new Mirror(options, {
    progressed(progress) {
      last = progress
      failure = null
    },
    failed(error) {
      failure = `${error.code ?? ""} ${error.message}`
    },
  })
  return {
    db,
    copy: () => ({
      state: failure === null ? (last?.state ?? "absent") : "stale",
      asOfMs: last?.position?.asOf.getTime() ?? null,
      reason: failure,
      missing: (last?.tables ?? [])
        .filter(({ absence }) => absence !== null)
        .map(({ name, absence }) => `${name}: ${absence}`),
    }),
    async close() {
      await mirror.stop()
      await db.close()
    },
  }
}
