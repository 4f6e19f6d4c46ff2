import { Kysely, sql } from "kysely"
import { constantSource } from "../engine/constant-source.ts"
import type { Engine, EngineDialect } from "../engine/contract.ts"
import { createDialect } from "../engine/kysely-dialect.ts"

const MIGRATION_TABLE = "kysely_migration"

/** Kysely's own table of what ran. */
export type MigrationTables = { [MIGRATION_TABLE]: { name: string; timestamp: string } }

/** The names of the migrations that ran on an engine. Only reads. */
export async function readExecutedNames(engine: Engine): Promise<readonly string[]> {
  const db = new Kysely<MigrationTables>({ dialect: createDialect(constantSource(engine)) })
  return executedNames(db, await ownSchema(db, engine.dialect))
}

/** Where the program's tables are made: on PostgreSQL the first schema of the search path. */
export async function ownSchema(
  db: Kysely<MigrationTables>,
  dialect: EngineDialect,
): Promise<string | undefined> {
  if (dialect === "sqlite") return undefined
  const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(db)
  return rows[0]?.schema ?? undefined
}

/** The names of the migrations that ran, in the order in which they ran; none where there is no table of them. */
export async function executedNames(
  db: Kysely<MigrationTables>,
  schema: string | undefined,
): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  const isOurs = (table: { name: string; schema?: string }): boolean =>
    table.name === MIGRATION_TABLE && (schema === undefined || table.schema === schema)
  if (!tables.some(isOurs)) return []
  const rows = await db
    .selectFrom(MIGRATION_TABLE)
    .select("name")
    .orderBy("timestamp")
    .orderBy("name")
    .execute()
  return rows.map(({ name }) => name)
}
