import { DatabaseError, type Severity } from "../../errors/database-error.ts"

/** What node-postgres copies of the server's error message. */
interface ServerError extends Error {
  readonly code: string
  /** In English: see {@link guardParser}. */
  readonly severity: Severity
  readonly constraint?: string
  readonly table?: string
  readonly column?: string
  readonly detail?: string
}

function isServerError(error: unknown): error is ServerError {
  return (
    error instanceof Error && "severity" in error && typeof (error as { code?: unknown }).code === "string"
  )
}

/** A key that refuses to lose its children: its own code since PostgreSQL 18, that of any foreign key before. */
const RESTRICT_VIOLATION = "23001"
const FOREIGN_KEY_VIOLATION = "23503"

/** The columns of `Key (a, b)=(…) …`, in any language: the one place that names those of a key; none for an expression. */
function keyColumns(detail: string | undefined): string[] | undefined {
  return /\(([^=()]+)\)=\(/
    .exec(detail ?? "")?.[1]
    ?.split(", ")
    .map((name) => name.replaceAll('"', ""))
}

/** An error of the server as a `DatabaseError`; those of sockets and the driver stay as they are. */
export function toDatabaseError(error: unknown): unknown {
  if (!isServerError(error)) return error
  const columns = error.column === undefined ? keyColumns(error.detail) : [error.column]
  const { message, severity, constraint, table } = error
  const code = error.code === RESTRICT_VIOLATION ? FOREIGN_KEY_VIOLATION : error.code
  return new DatabaseError({ code, message, severity, constraint, table, columns }, error)
}
