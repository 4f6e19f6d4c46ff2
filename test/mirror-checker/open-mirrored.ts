import { join } from "node:path"
import { openDatabase, type Database } from "understudy-db"
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

/** Opens the database, which keeps its copy beside it. */
export async function openMirrored({ url, folder }: BackendStart): Promise<Mirrored> {
  const env = {
    NODE_ENV: "production",
    DATABASE_URL: url,
    DATABASE_FALLBACK: "read-only",
    DATABASE_PATH: folder,
    // Where the primary is slow, it is still to be the primary that serves.
    DATABASE_CONNECT_TIMEOUT: "30s",
  }
  const db = openDatabase<Tables>({ env, migrations: MIGRATIONS, ...VALUES })
  await db.ready()
  return {
    db,
    copy() {
      const { mirror, findings } = db.status()
      const failure = findings.find(({ code }) => code === mirror?.reason)
      return {
        state: mirror?.state ?? "absent",
        asOfMs: mirror?.asOf?.getTime() ?? null,
        reason: failure === undefined ? (mirror?.reason ?? null) : `${failure.code}: ${failure.message}`,
        missing: (mirror?.tables ?? [])
          .filter(({ reason }) => reason !== null)
          .map(({ name, reason }) => `${name}: ${reason}`),
      }
    },
    close: () => db.close(),
  }
}
