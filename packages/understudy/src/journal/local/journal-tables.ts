import type { DatabaseSync } from "node:sqlite"

/** The tables of {@link file://./contract.ts}. */
const TABLES = `
  create table if not exists understudy_origin (
    id integer primary key autoincrement, origin text not null unique, primary_mark text, opened_at integer not null,
    returned_at integer, primary_known text
  );
  create table if not exists understudy_shape (
    id integer primary key, "table" text not null, columns text not null, key text not null
  );
  create table if not exists understudy_change (
    seq integer primary key, unit integer not null, at integer not null, shape integer,
    operation text not null, before text, after text
  );
  create table if not exists understudy_capture (
    only_one integer primary key check (only_one = 1), origin integer not null
  );`

/** Makes the journal's tables in the fallback's file, where they are missing. */
export function createJournalTables(database: DatabaseSync): void {
  database.exec(TABLES)
  const known = database.prepare(
    "select 1 from pragma_table_info('understudy_origin') where name = 'primary_known'",
  )
  // A file of an older version.
  if (known.get() === undefined) database.exec("alter table understudy_origin add column primary_known text")
}

/** Has this file a journal at all? */
export function hasJournal(database: DatabaseSync): boolean {
  return database.prepare("select 1 from sqlite_schema where name = 'understudy_change'").get() !== undefined
}

/** Milliseconds since 1970, in SQL. */
export const NOW_SQL = "cast(round(unixepoch('subsec') * 1000) as integer)"

/** How the journal calls what happened. */
export const OPERATIONS = { insert: "I", update: "U", delete: "D", migration: "M" } as const

/** All of it or nothing, on a connection that writes. */
export function inOneTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("begin immediate")
  try {
    const result = work()
    database.exec("commit")
    return result
  } catch (error) {
    if (database.isTransaction) database.exec("rollback")
    throw error
  }
}
