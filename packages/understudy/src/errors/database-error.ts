import { inspect, type InspectOptions } from "node:util"

/** `ERROR`: the statement was looked at and refused. The others end the connection. */
export type Severity = "ERROR" | "FATAL" | "PANIC"

/** What both engines tell of a refused statement. */
export interface DatabaseErrorFields {
  /** SQLSTATE, as PostgreSQL gives it: `23505`, `22P02`. */
  readonly code: string
  readonly message: string
  /** Default `ERROR`. */
  readonly severity?: Severity | undefined
  readonly constraint?: string | undefined
  readonly table?: string | undefined
  readonly columns?: readonly string[] | undefined
}

/**
 * A statement that the database refused, in one shape for both engines. `code` is the SQLSTATE, as node-postgres
 * has it, so that `error.code === "23505"` works on either. The message holds no values of rows.
 */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError"
  readonly code: string
  readonly severity: Severity
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly columns: readonly string[] | undefined

  constructor(fields: DatabaseErrorFields, cause?: unknown) {
    super(fields.message)
    this.code = fields.code
    this.severity = fields.severity ?? "ERROR"
    this.constraint = fields.constraint
    this.table = fields.table
    this.columns = fields.columns
    // Drivers put row values and SQL into theirs: it can be had, but no dump shows it.
    if (cause !== undefined) Object.defineProperty(this, "cause", { value: cause, enumerable: false })
  }

  static {
    Object.defineProperty(DatabaseError.prototype, inspect.custom, { value: withoutCause })
  }
}

/** `inspect` shows an error's cause though it is not enumerable. */
function withoutCause(this: DatabaseError, _depth: number, options: InspectOptions): string {
  const shown = Object.defineProperty(new DatabaseError(this), "stack", {
    value: this.stack,
    enumerable: false,
  })
  return inspect(shown, { ...options, customInspect: false })
}
