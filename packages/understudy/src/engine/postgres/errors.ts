import { DatabaseError } from "../../errors/database-error.ts"

/** What node-postgres copies of the server's error message. */
interface ServerError extends Error {
  readonly code: string
  readonly severity: string
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

/** The columns of `Key (a, b)=(…) …`, the one place where the server names those of a unique constraint. */
function keyColumns(detail: string | undefined): string[] | undefined {
  return /^Key \(([^=]+)\)=/
    .exec(detail ?? "")?.[1]
    ?.split(", ")
    .map((name) => name.replaceAll('"', ""))
}

/** An error of the server as a `DatabaseError`; those of sockets and the driver stay as they are. */
export function toDatabaseError(error: unknown): unknown {
  if (!isServerError(error)) return error
  const columns = error.column === undefined ? keyColumns(error.detail) : [error.column]
  const { code, message, constraint, table } = error
  return new DatabaseError({ code, message, constraint, table, columns }, error)
}
