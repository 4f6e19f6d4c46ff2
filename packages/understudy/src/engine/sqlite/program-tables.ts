import type { DatabaseSync } from "node:sqlite"
import { SEQUENCE_TABLE } from "./sequences.ts"

/** A column as the SQLite file has it. */
export interface FileColumn {
  readonly name: string
  /** As SQLite declares it. */
  readonly type: string
  readonly isGenerated: boolean
}

/** A table of the SQLite file, as the program's migrations made it. */
export interface FileTable {
  readonly name: string
  readonly columns: readonly FileColumn[]
  readonly key: readonly string[]
}

/** Tables of the file that are no program's. */
const NOT_THE_PROGRAMS: readonly string[] = [SEQUENCE_TABLE, "kysely_migration", "kysely_migration_lock"]

/** The names of the tables that the program's migrations made in a SQLite file, in order. */
export function programTableNames(database: DatabaseSync): string[] {
  return database
    .prepare(
      `select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\'
        and name not like 'understudy\\_%' escape '\\' order by name`,
    )
    .all()
    .map((row) => String(row["name"]))
    .filter((name) => !NOT_THE_PROGRAMS.includes(name))
}

/** The tables that the program's migrations made, with their columns and keys. */
export function programTables(database: DatabaseSync): FileTable[] {
  return tablesOf(database, programTableNames(database))
}

/** The tables of these names, with their columns and keys. */
export function tablesOf(database: DatabaseSync, names: readonly string[]): FileTable[] {
  const columns = database.prepare("select name, type, hidden, pk from pragma_table_xinfo(?) order by cid")
  return names.map((name) => {
    const rows = columns.all(name)
    return {
      name,
      columns: rows.map((row) => ({
        name: String(row["name"]),
        type: String(row["type"]),
        isGenerated: Number(row["hidden"]) > 1,
      })),
      key: rows
        .filter((row) => Number(row["pk"]) > 0)
        .toSorted((a, b) => Number(a["pk"]) - Number(b["pk"]))
        .map((row) => String(row["name"])),
    }
  })
}
