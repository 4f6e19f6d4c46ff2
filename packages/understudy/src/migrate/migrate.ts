import { Kysely, sql } from "kysely"
import { Migrator, type Migration } from "kysely/migration"
import { LONGEST_TIMER_MS } from "../base/abort.ts"
import { classifyError } from "../errors/classify.ts"
import { isUnderstudyError, UnderstudyError } from "../errors/understudy-error.ts"
import { constantSource } from "../engine/constant-source.ts"
import type { Engine } from "../engine/contract.ts"
import { createDialect } from "../engine/kysely-dialect.ts"
import { isStorageError } from "../engine/sqlite/errors.ts"
import { executedNames, ownSchema, type MigrationTables } from "./executed-names.ts"

/** Migrations by name. They run in the order of their names. */
export type Migrations = Readonly<Record<string, Migration>>

/** What became of the migrations. */
export interface MigrationOutcome {
  /** The names of those that ran now. */
  readonly applied: readonly string[]
  /** The names that the database has and this program does not: it is ahead. */
  readonly ahead: readonly string[]
}

/** The key of PostgreSQL's advisory lock under which only one instance migrates: "understudy" in ASCII, cut to 63 bits. */
const LOCK_KEY = 0x756e646572737475n

/** Migrations may take as long as they take. */
const NO_LIMIT_MS = LONGEST_TIMER_MS

const LOST: ReadonlySet<string> = new Set([
  "UNDERSTUDY_UNAVAILABLE",
  "UNDERSTUDY_CONNECTION_LOST",
  "UNDERSTUDY_COMMIT_UNKNOWN",
  "UNDERSTUDY_CLOSED",
])

/** SQLSTATE. */
const TRANSACTION_ABORTED = "25P02"

/**
 * Brings the engine's database up to date: everything in one transaction, under a lock on PostgreSQL, so that two
 * instances that start at once do not meet, and a failure leaves nothing half done.
 *
 * @param known The names of all that the program has, where only some are to run now.
 * @throws UnderstudyError `UNDERSTUDY_MIGRATION_FAILED`; a lost connection comes as the driver's error, a SQLite file
 * that cannot take them (a full disk, another process's lock) as a `DatabaseError`.
 */
export async function migrate(
  engine: Engine,
  migrations: Migrations,
  known: readonly string[] = Object.keys(migrations),
): Promise<MigrationOutcome> {
  const names = Object.keys(migrations)
  if (known.length === 0) return { applied: [], ahead: [] }
  let firstFailure: unknown
  const db = new Kysely<MigrationTables>({
    dialect: createDialect(constantSource(engine), { timeoutMs: () => NO_LIMIT_MS }),
    log(event) {
      if (event.level === "error") firstFailure ??= event.error
    },
  })
  let failing = "(none)"
  let hasBegun = false
  try {
    return await db.transaction().execute(async (transaction) => {
      hasBegun = true
      if (engine.dialect === "postgresql")
        await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_KEY)})`.execute(transaction)
      const schema = await ownSchema(transaction, engine.dialect)
      const executed = await executedNames(transaction, schema)
      const ahead = executed.filter((name) => !known.includes(name))
      const pending = names.filter((name) => !executed.includes(name))
      if (pending.length === 0) return { applied: [], ahead }
      failing = migrationOrder(pending)[0] ?? failing
      if (ahead.length > 0)
        throw new Error(`the database has ${ahead.join(", ")}, which this program does not have`)
      const provider = { getMigrations: () => Promise.resolve({ ...migrations }) }
      const { error, results } = await new Migrator({
        db: transaction,
        provider,
        ...(schema === undefined ? {} : { migrationTableSchema: schema }),
      }).migrateToLatest()
      failing = results?.find(({ status }) => status === "Error")?.migrationName ?? failing
      if (error !== undefined) throw error
      return { applied: results?.map(({ migrationName }) => migrationName) ?? [], ahead }
    })
  } catch (thrown) {
    // Kysely's migrator asks on after a failure, and gets to hear that only.
    const error = isAfterFailure(thrown) ? (firstFailure ?? thrown) : thrown
    if (isLost(error, hasBegun) || (engine.dialect === "sqlite" && isStorageError(error))) throw error
    const detail = error instanceof Error ? error.message : String(error)
    throw new UnderstudyError(
      "UNDERSTUDY_MIGRATION_FAILED",
      { migration: failing, detail },
      { cause: error, applied: "no" },
    )
  }
}

/** The order in which migrations run: that of Kysely's migrator. */
export function migrationOrder(names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => a.localeCompare(b))
}

/** Does this only say that an earlier statement of the transaction failed? */
function isAfterFailure(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === TRANSACTION_ABORTED
}

/**
 * Was the database lost on the way, so that nothing is said of the migration itself? Inside a transaction that comes as an
 * error of the catalogue: any other is what the migration met elsewhere.
 */
function isLost(error: unknown, hasBegun: boolean): boolean {
  if (isUnderstudyError(error)) return LOST.has(error.code)
  return !hasBegun && classifyError(error) === "connection"
}
