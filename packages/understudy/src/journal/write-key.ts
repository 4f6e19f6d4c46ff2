/**
 * The table of the keys of writes that are applied once (`idempotencyKey`), by dialect. PostgreSQL has a schema for what is
 * ours; SQLite has none, so there the name tells.
 */
export const WRITE_KEY_TABLES = {
  postgresql: "understudy.write_key",
  sqlite: "understudy_write_key",
} as const

/** The longest key, in characters. */
export const LONGEST_WRITE_KEY = 255

/** Makes the table on PostgreSQL. */
export const MAKE_WRITE_KEYS_ON_PRIMARY: string = `create table if not exists ${WRITE_KEY_TABLES.postgresql} (
  key varchar(${LONGEST_WRITE_KEY}) primary key, made timestamptz not null
)`

/** Makes the table in a fallback's file. */
export const MAKE_WRITE_KEYS_IN_FILE: string = `create table if not exists ${WRITE_KEY_TABLES.sqlite} (
  "key" varchar(${LONGEST_WRITE_KEY}) primary key not null, "made" text timestamptz not null
)`
