import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { Kysely, SqliteDialect } from "kysely"

/** SQLite's values as they are: no types are converted. */
export interface PlainTables {
  notes: { id: string; title: string; done: number; priority: number; created_at: string }
}

/** Kysely's own SQLite dialect over `node:sqlite` with a statement cache: what one would write by hand for speed. */
export function plainSqlite<Tables = PlainTables>(
  file: string,
): {
  readonly kysely: Kysely<Tables>
  readonly database: DatabaseSync
} {
  const database = new DatabaseSync(file)
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")
  const cache = new Map<string, ReturnType<typeof adapt>>()
  const prepare = (text: string): ReturnType<typeof adapt> => {
    const known = cache.get(text)
    if (known !== undefined) return known
    const statement = adapt(database.prepare(text))
    cache.set(text, statement)
    return statement
  }
  const dialect = new SqliteDialect({ database: { prepare, close: () => database.close() } })
  return { kysely: new Kysely<Tables>({ dialect }), database }
}

/** A statement in the shape that the dialect wants. */
function adapt(statement: StatementSync): {
  readonly reader: boolean
  all(parameters: readonly unknown[]): unknown[]
  run(parameters: readonly unknown[]): ReturnType<StatementSync["run"]>
  iterate(parameters: readonly unknown[]): IterableIterator<unknown>
} {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  }
}
