import type { Migration } from "kysely/migration"
import { expect, onTestFinished } from "vitest"
import { silentLogger, type Logger } from "../../../src/base/logger.ts"
import type { EngineDialect } from "../../../src/engine/contract.ts"
import { isUnderstudyError, type UnderstudyError } from "../../../src/errors/understudy-error.ts"
import { openDatabase, type Database, type OpenOptions } from "../../../src/open.ts"
import { workerPostgres } from "../../../../../test/support/worker-postgres.ts"

export interface Tables {
  notes: { id: number; text: string; tags?: string }
  wide: { amount: string }
}

/** A table that both engines make alike. */
export const notes: Migration = {
  up: (db) =>
    db.schema
      .createTable("notes")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("text", "text", (column) => column.notNull())
      .execute(),
}

/** A table whose order only PostgreSQL knows. */
export const wide: Migration = {
  up: (db) => db.schema.createTable("wide").addColumn("amount", "numeric(38, 10)").execute(),
}

/** Opens a database on this engine. What the function gives closes it and removes it. */
export async function open(
  dialect: EngineDialect,
  options: OpenOptions & { readonly nodeEnv?: string } = {},
): Promise<{ db: Database<Tables>; end: () => Promise<void> }> {
  const { nodeEnv = "test", ...rest } = options
  const made = dialect === "postgresql" ? await (await workerPostgres()).createDatabase() : undefined
  const db = openDatabase<Tables>({
    migrations: { "0001-notes": notes },
    logger: silentLogger,
    env: { NODE_ENV: nodeEnv, DATABASE_URL: made?.url ?? "sqlite:///:memory:" },
    ...rest,
  })
  const end = async (): Promise<void> => {
    await db.close()
    await made?.[Symbol.asyncDispose]()
  }
  await db.ready()
  expect(db.status().engine).toBe(dialect)
  return { db, end }
}

/** The same, closed when the test has finished. */
export async function openFor(...args: Parameters<typeof open>): Promise<Database<Tables>> {
  const { db, end } = await open(...args)
  onTestFinished(end)
  return db
}

/** The refusal by name that something comes to. */
export async function refusalOf(run: () => Promise<unknown>): Promise<UnderstudyError> {
  try {
    await run()
  } catch (error) {
    if (isUnderstudyError(error, "UNDERSTUDY_NOT_PORTABLE")) return error
    throw error
  }
  throw new Error("it was not refused")
}

/** A logger that keeps what it is told at `warn`. */
export function keeping(): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  return {
    logger: { ...silentLogger, warn: (_fields: unknown, line?: string) => void lines.push(line ?? "") },
    lines,
  }
}
