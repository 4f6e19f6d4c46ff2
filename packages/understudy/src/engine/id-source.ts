/** A column of a SQLite table that draws ids: an identity or serial column. */
export interface IdColumn {
  /** `table.column`, by the names that the migrations give. */
  readonly name: string
  /** Undefined where the column cannot be found. */
  readonly type: "int2" | "int4" | "int8" | undefined
  /** The least id, not below this one, that a row has; undefined: none has. */
  nextTaken(from: bigint): bigint | undefined
}

/** Gives the ids of rows that are handed to another database later, which has rows and ids of its own. */
export interface IdSource {
  /**
   * An id that was not given before. Called once for each row, inside its insert.
   *
   * @throws UnderstudyError `UNDERSTUDY_NO_IDS`
   */
  next(column: IdColumn): bigint
}
