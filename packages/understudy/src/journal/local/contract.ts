/**
 * What the fallback's file keeps of the writes it has taken, until they are handed back. It stands in four tables of the
 * file itself, written by triggers in the writer's own transaction:
 *
 * - `understudy_origin (id integer primary key autoincrement, origin text unique, primary_mark text, opened_at integer,
 *   returned_at integer, primary_known text)`: a row each time the file is opened for writing; `origin` is a uuid,
 *   `primary_mark` the mark of the primary that the file knew then (null: none) and `primary_known` what else it knew of it,
 *   as JSON, see {@link KnownPrimary}; the times are milliseconds since 1970.
 * - `understudy_shape (id integer primary key, "table" text, columns text, key text)`: JSON, see {@link Shape}.
 * - `understudy_change (seq integer primary key, unit integer, at integer, shape integer, operation text, before text,
 *   after text)`: `unit` is `origin.id << 32 | n`, where n counts the origin's transactions; `operation` is `I`, `U`, `D`, or
 *   `M` with the name of a migration in `after`. No `seq` is given twice: the last row is never deleted (and `autoincrement`,
 *   which says the same, would cost a sixth of a single insert).
 * - `understudy_capture (only_one integer primary key check (only_one = 1), origin integer)`: has a row while triggers
 *   capture; made and removed in one transaction with them.
 *
 * A row's image is a JSON array with a text a column, in the shape's order: `t` and the text, `i` and the integer, `r` and
 * the double by `printf('%!.17g')` (`rInf`, `r-Inf`), `b` and the bytes in hexadecimal; null is null.
 */

/** A value as SQLite stores it. */
export type StoredValue = null | bigint | number | string | Uint8Array

/** How a captured table looked when its rows were captured. Generated columns are left out. */
export interface Shape {
  readonly id: number
  readonly table: string
  readonly columns: readonly ShapeColumn[]
  /** The names of the primary key's columns, in the key's order. */
  readonly key: readonly string[]
}

/** A column of a captured table, with its declared type (which keeps PostgreSQL's; see `parseDeclaredType`). */
export interface ShapeColumn {
  readonly name: string
  readonly type: string
}

/** A row, a value for each column of its shape. */
export type Image = readonly StoredValue[]

/** A changed row. A changed key is one update, with both images. */
export interface RowChange {
  readonly operation: "insert" | "update" | "delete"
  readonly seq: number
  readonly shape: Shape
  readonly before: Image | null
  readonly after: Image | null
}

/** A migration that ran on the file after it had taken writes. */
export interface MigrationRan {
  readonly operation: "migration"
  readonly seq: number
  readonly name: string
}

/** What one local transaction did, in the order in which it did it (cascades before their cause). */
export interface LocalTransaction {
  readonly origin: string
  /** Unique in the file, and growing with the order of commits. */
  readonly unit: bigint
  /** When its first change was made, by this machine's clock. */
  readonly at: Date
  /** A migration is alone in its transaction. */
  readonly changes: readonly (RowChange | MigrationRan)[]
}

/** What a file knew of its primary, beside its mark, when it was opened for writing. */
export interface KnownPrimary {
  /** The system identifier and the timeline; null where the server does not tell. */
  readonly cluster: string | null
  /** The name under which the file's copy is known there. */
  readonly mirrorId: string
  /** A `pg_snapshot`: the last that the primary was told to be in the copy; null: none was. */
  readonly acknowledged: string | null
  /** This primary was met again, restored to a time before the copy's: nothing is handed to it. */
  readonly setBack?: boolean
}

/** An opening of the file for writing. */
export interface Origin {
  readonly id: number
  readonly origin: string
  readonly primaryMark: string | null
  /** Null where the file knew no primary, or no more of it than its mark. */
  readonly primaryKnown: KnownPrimary | null
  readonly openedAt: Date
  /** All its changes are in the primary, or parked there. */
  readonly returnedAt: Date | null
}

/** What is not handed back yet. */
export interface PendingChanges {
  /** Row changes. */
  readonly changes: number
  readonly oldestAt: Date | null
}
