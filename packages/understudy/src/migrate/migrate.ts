import { Kysely, sql, type Transaction } from "kysely"
import { Migrator, type Migration } from "kysely/migration"
import { classifyError } from "../errors/classify.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import { constantSource } from "../engine/constant-source.ts"
import type { Engine } from "../engine/contract.ts"
import { createDialect } from "../engine/kysely-dialect.ts"

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

/** Migrations may take as long as they take: the longest that a timer holds. */
const NO_LIMIT_MS = 2 ** 31 - 1

const MIGRATION_TABLE = "kysely_migration"

type Database = { [MIGRATION_TABLE]: { name: string } }

/**
 * Brings the engine's database up to date: everything in one transaction, under a lock on PostgreSQL, so that two
 * instances that start at once do not meet, and a failure leaves nothing half done.
 *
 * @throws UnderstudyError `UNDERSTUDY_MIGRATION_FAILED`; a lost connection comes as the driver's error.
 */
export async function migrate(engine: Engine, migrations: Migrations): Promise<MigrationOutcome> {
  const names = Object.keys(migrations)
  if (names.length === 0) return { applied: [], ahead: [] }
  const db = new Kysely<Database>({
    dialect: createDialect(constantSource(engine), { timeoutMs: NO_LIMIT_MS }),
  })
  let failing = "(none)"
  try {
    return await db.transaction().execute(async (transaction) => {
      if (engine.dialect === "postgresql")
        await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_KEY)})`.execute(transaction)
      const executed = await executedNames(transaction)
      const ahead = executed.filter((name) => !names.includes(name))
      const pending = names.filter((name) => !executed.includes(name))
      if (pending.length === 0) return { applied: [], ahead }
      failing = pending.toSorted()[0] ?? failing
      if (ahead.length > 0)
        throw new Error(`the database has ${ahead.join(", ")}, which this program does not have`)
      const provider = { getMigrations: () => Promise.resolve({ ...migrations }) }
      const { error, results } = await new Migrator({ db: transaction, provider }).migrateToLatest()
      failing = results?.find(({ status }) => status === "Error")?.migrationName ?? failing
      if (error !== undefined) throw error
      return { applied: results?.map(({ migrationName }) => migrationName) ?? [], ahead }
    })
  } catch (error) {
    if (classifyError(error) === "connection") throw error
    const detail = error instanceof Error ? error.message : String(error)
    throw new UnderstudyError(
      "UNDERSTUDY_MIGRATION_FAILED",
      { migration: failing, detail },
      { cause: error, applied: "no" },
    )
  }
}

async function executedNames(transaction: Transaction<Database>): Promise<string[]> {
  const tables = await transaction.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === MIGRATION_TABLE)) return []
  const rows = await transaction.selectFrom(MIGRATION_TABLE).select("name").execute()
  return rows.map(({ name }) => name)
}
