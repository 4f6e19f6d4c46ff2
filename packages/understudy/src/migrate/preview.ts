import { Kysely } from "kysely"
import type { Migration } from "kysely/migration"
import { DatabaseError } from "../errors/database-error.ts"
import { isUnderstudyError } from "../errors/understudy-error.ts"
import { constantSource } from "../engine/constant-source.ts"
import type { EngineDialect, EngineQuery } from "../engine/contract.ts"
import { createDialect } from "../engine/kysely-dialect.ts"
import { PostgresCompiler } from "../engine/postgres/compiler.ts"
import { migrationOrder, type Migrations } from "./migrate.ts"
import { Recorder } from "./recorder.ts"
import { openEmptyCopy } from "./schema-copy.ts"

/** How a migration's preview for one engine ended. */
export type PreviewEnd =
  | { readonly kind: "complete" }
  /** It asks the database; what follows may depend on the answer and cannot be shown. */
  | { readonly kind: "asks"; readonly statement: string }
  /** The engine has no equal for something in it. */
  | { readonly kind: "refused"; readonly detail: string; readonly instead: string }
  /** It failed for another reason, which on a database with rows may not be there. */
  | { readonly kind: "failed"; readonly detail: string }

/** What a migration would run on one engine. */
export interface EnginePreview {
  readonly statements: readonly string[]
  readonly end: PreviewEnd
}

/** What a migration would run on each engine. */
export interface MigrationPreview extends Readonly<Record<EngineDialect, EnginePreview>> {
  readonly name: string
}

/** SQLSTATEs by which SQLite refuses the text of a statement, whatever the rows are. */
const REFUSED_TEXT: Readonly<Record<string, string>> = {
  "42601": "Write it with Kysely's builder, or in SQL that both engines have.",
  "42883": "Use a function that both engines have, or compute it in the program.",
}

/**
 * Calls `up` of each migration, in order, once per engine, on a Kysely that notes statements instead of running them. No
 * database of the user's is touched. What is meant for SQLite runs in memory, on the tables that the migrations before
 * it made, so that what SQLite itself refuses is found.
 */
export async function previewMigrations(migrations: Migrations): Promise<readonly MigrationPreview[]> {
  const postgres = new PostgresCompiler()
  const copy = new SqliteCopy()
  try {
    const previews: MigrationPreview[] = []
    for (const name of migrationOrder(Object.keys(migrations))) {
      const migration = migrations[name] as Migration
      const onPostgres = new Recorder({
        dialect: "postgresql",
        compile: (...node) => ({ ...postgres.compileQuery(...node), dialect: "postgresql" }),
        noted: () => Promise.resolve(),
      })
      previews.push({
        name,
        postgresql: await preview(onPostgres, migration),
        sqlite: await copy.preview(migration),
      })
    }
    return previews
  } finally {
    await copy.close()
  }
}

/** SQLite in memory with the tables of the migrations so far. */
class SqliteCopy {
  readonly #engine = openEmptyCopy()
  /** A migration that was not shown to its end leaves tables out: what SQLite says after it means nothing. */
  #isComplete = true

  async preview(migration: Migration): Promise<EnginePreview> {
    const recorder = new Recorder({
      dialect: "sqlite",
      compile: (...node) => this.#engine.compile(...node),
      noted: (query) => (this.#isComplete ? this.#run(query) : Promise.resolve()),
    })
    const shown = await preview(recorder, migration)
    if (shown.end.kind !== "complete") this.#isComplete = false
    return shown
  }

  async #run(query: EngineQuery): Promise<void> {
    await this.#engine.acquire("auto").execute(query)
  }

  close(): Promise<void> {
    return this.#engine.close()
  }
}

async function preview(recorder: Recorder, migration: Migration): Promise<EnginePreview> {
  const db = new Kysely<unknown>({ dialect: createDialect(constantSource(recorder)) })
  const { statements } = recorder
  let end: PreviewEnd = { kind: "complete" }
  try {
    await db.transaction().execute((transaction) => migration.up(transaction))
  } catch (error) {
    end = endOf(error)
  }
  // A migration may go on after what ended the recording, or fail for want of the answer: neither is its fault.
  return { statements, end: recorder.asks === undefined ? end : { kind: "asks", statement: recorder.asks } }
}

function endOf(error: unknown): PreviewEnd {
  const detail = (error instanceof Error ? error.message : String(error)).replace(/\.$/, "")
  if (isUnderstudyError(error, "UNDERSTUDY_NOT_PORTABLE"))
    return { kind: "refused", detail, instead: error.remedy }
  const instead = error instanceof DatabaseError ? REFUSED_TEXT[error.code] : undefined
  return instead === undefined ? { kind: "failed", detail } : { kind: "refused", detail, instead }
}
