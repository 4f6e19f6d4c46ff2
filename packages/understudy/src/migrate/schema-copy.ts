import { isUnderstudyError, UnderstudyError } from "../errors/understudy-error.ts"
import { SqliteEngine } from "../engine/sqlite/engine.ts"
import { migrate, type Migrations } from "./migrate.ts"

/**
 * Makes SQLite in memory with the tables that the migrations make. Where they do not run on SQLite it stays without tables,
 * so that less is found; why is told. Never rejects.
 */
export async function makeSchemaCopy(
  migrations: Migrations,
  failed: (error: UnderstudyError) => void,
): Promise<SqliteEngine> {
  const engine = openEmptyCopy()
  try {
    await migrate(engine, migrations)
  } catch (error) {
    failed(isUnderstudyError(error) ? error : failureOf(error))
  }
  return engine
}

function failureOf(cause: unknown): UnderstudyError {
  const detail = cause instanceof Error ? cause.message : String(cause)
  return new UnderstudyError("UNDERSTUDY_MIGRATION_FAILED", { migration: "(none)", detail }, { cause })
}

/** SQLite in memory without a table. */
export function openEmptyCopy(): SqliteEngine {
  return new SqliteEngine({
    file: ":memory:",
    role: "embedded",
    synchronous: "normal",
    waitMs: 1_000,
    values: { int8: "number", timestamptz: "date" },
  })
}
