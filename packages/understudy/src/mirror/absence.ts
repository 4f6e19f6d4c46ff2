/** Why a table of the program has no copy. */
export type AbsenceCode =
  /** The primary has no such table. */
  | "not-on-primary"
  /** It has no primary key, or another one on the primary. */
  | "no-key"
  /** A column is missing on the primary or has another type there; the detail is its name. */
  | "column-differs"
  /** A partition has its columns in another order; the detail is its name. */
  | "partition-differs"
  /** Other tables inherit from it. */
  | "has-heirs"
  /** The settings leave it out. */
  | "excluded"
  /** It has more rows or bytes than the settings allow; the detail tells which. */
  | "over-limit"
  /** The role may not read it or have its changes captured; the detail is the server's SQLSTATE. */
  | "not-allowed"
  /** The server cannot capture its changes; the detail is the server's SQLSTATE. */
  | "not-capturable"
  /** Somebody holds it, so that its changes cannot be captured yet. */
  | "busy"
  /** It holds a value that SQLite has no form for; the detail is the column. */
  | "value-not-storable"
  /** SQLite refuses a row of it; the detail is SQLite's result code. */
  | "row-refused"

/** What is known of one table's copy. */
export interface TableCopy {
  readonly name: string
  /** Null: it has a copy. */
  readonly absence: AbsenceCode | null
  /** What the absence is about, such as a column. */
  readonly detail: string | null
}

/** A table that cannot be copied after all. */
export class UnfitTableError extends Error {
  override readonly name = "UnfitTableError"
  readonly table: string
  readonly absence: AbsenceCode
  readonly detail: string

  constructor(table: string, absence: AbsenceCode, detail: string, cause?: unknown) {
    super(`the table ${table} cannot be copied: ${absence} (${detail})`, { cause })
    this.table = table
    this.absence = absence
    this.detail = detail
  }
}
