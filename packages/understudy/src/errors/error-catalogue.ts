/** Who must act on an error. */
export type Actor =
  /** The program's author: the call is wrong. */
  | "developer"
  /** Whoever runs it, now. */
  | "operator"
  /** Nobody: trying again helps. */
  | "nobody"
  /** A person must decide; nothing goes on by itself. */
  | "person"

/** One kind of error. */
export interface ErrorEntry {
  /** With `{name}` places. Reaches the log and the caller, never an HTTP client. */
  readonly message: string
  /** Generic: what an HTTP client is told. */
  readonly title: string
  readonly remedy: string
  readonly actor: Actor
  /** The HTTP status with which the Fastify plugin answers. */
  readonly httpStatus: number
  /** The exit code with which the command line ends. */
  readonly exitCode: number
}

/** The code of an error, stable across versions. */
export type ErrorCode =
  | "UNDERSTUDY_INVALID_ARGUMENT"
  | "UNDERSTUDY_CLOSED"
  | "UNDERSTUDY_NOT_READY"
  | "UNDERSTUDY_UNAVAILABLE"
  | "UNDERSTUDY_READ_ONLY"
  | "UNDERSTUDY_NO_COPY"
  | "UNDERSTUDY_NO_KEY"
  | "UNDERSTUDY_NO_IDS"
  | "UNDERSTUDY_READ_SESSION"
  | "UNDERSTUDY_SESSION_ENDED"
  | "UNDERSTUDY_NESTED_WRITE"
  | "UNDERSTUDY_TIMEOUT"
  | "UNDERSTUDY_CONNECTION_LOST"
  | "UNDERSTUDY_COMMIT_UNKNOWN"
  | "UNDERSTUDY_ALREADY_APPLIED"
  | "UNDERSTUDY_CONTENTION"
  | "UNDERSTUDY_NOT_PORTABLE"
  | "UNDERSTUDY_MIGRATION_FAILED"
  | "UNDERSTUDY_STORAGE"
  | "UNDERSTUDY_PRIMARY_AWAY"
  | "UNDERSTUDY_CONFLICT_UNKNOWN"
  | "UNDERSTUDY_CONFLICT_SETTLED"
  | "UNDERSTUDY_CONFLICT_DEPENDS"
  | "UNDERSTUDY_CONFLICT_REMAINS"
  | "UNDERSTUDY_LISTEN"
  | "UNDERSTUDY_TEST_SERVER"

/** Every error's code with its texts. `docs/errors.md` is made from this. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorEntry>> = {
  UNDERSTUDY_INVALID_ARGUMENT: {
    title: "The call is wrong.",
    message: "{argument}: {rule}.",
    remedy: "Correct the call.",
    actor: "developer",
    httpStatus: 500,
    exitCode: 64,
  },
  UNDERSTUDY_CLOSED: {
    title: "The service is shutting down.",
    message: "The database was closed.",
    remedy: "Do not use a database after close().",
    actor: "nobody",
    httpStatus: 503,
    exitCode: 69,
  },
  UNDERSTUDY_NOT_READY: {
    title: "The database is not ready yet.",
    message: "The database was not ready within {limitMs} ms (state {state}).",
    remedy: "Try again; /health tells what it waits for.",
    actor: "nobody",
    httpStatus: 503,
    exitCode: 75,
  },
  UNDERSTUDY_UNAVAILABLE: {
    title: "No database serves now.",
    message: "No database serves: {reason}.",
    remedy: "See the findings in /health or `understudy plan`.",
    actor: "operator",
    httpStatus: 503,
    exitCode: 69,
  },
  UNDERSTUDY_READ_ONLY: {
    title: "Writes are not taken now.",
    message: "Writes are not taken: {reason}.",
    remedy: "Try again when the primary is back; /health tells the reason.",
    actor: "nobody",
    httpStatus: 503,
    exitCode: 69,
  },
  UNDERSTUDY_NO_COPY: {
    title: "The data that this needs is not at hand while the primary is away.",
    message: "The fallback has no copy of the table {table} ({reason}).",
    remedy: "Try again when the primary is back; /health tells which tables have a copy.",
    actor: "nobody",
    httpStatus: 503,
    exitCode: 69,
  },
  UNDERSTUDY_NO_KEY: {
    title: "This cannot be written while the primary is away.",
    message: "The table {table} has no primary key, so the fallback takes no writes to it.",
    remedy:
      "Give the table a primary key by a migration; until then it can be written while PostgreSQL serves.",
    actor: "developer",
    httpStatus: 503,
    exitCode: 69,
  },
  UNDERSTUDY_NO_IDS: {
    title: "New rows of this kind cannot be made while the primary is away.",
    message: "The fallback has no id to give to {column}: {why}.",
    remedy:
      "Try again when the primary is back. A key of type bigint, or a UUIDv7 that the program makes, has ids at any time.",
    actor: "nobody",
    httpStatus: 503,
    exitCode: 69,
  },
  UNDERSTUDY_READ_SESSION: {
    title: "A read session was asked to write.",
    message: "A read session was asked to {construct}.",
    remedy: "Use db.write, or a POST, PUT, PATCH or DELETE route.",
    actor: "developer",
    httpStatus: 500,
    exitCode: 70,
  },
  UNDERSTUDY_SESSION_ENDED: {
    title: "A session was used after its end.",
    message:
      "The session has ended; its queries and nested writes must be awaited inside the function given to read() or write().",
    remedy: "Await every query and nested write before the function returns.",
    actor: "developer",
    httpStatus: 500,
    exitCode: 70,
  },
  UNDERSTUDY_NESTED_WRITE: {
    title: "A write outside the session was asked for inside a write session.",
    message: "A write beside the write session that is open here was asked for: it would wait for itself.",
    remedy:
      "Use the session that is open: the one that db.write gives to its function, or request.db and its savepoint().",
    actor: "developer",
    httpStatus: 500,
    exitCode: 70,
  },
  UNDERSTUDY_TIMEOUT: {
    title: "The database did not answer in time.",
    message: "{operation} took longer than {limitMs} ms.",
    remedy: "Try again; raise DATABASE_STATEMENT_TIMEOUT or the session's timeoutMs if it is legitimate.",
    actor: "nobody",
    httpStatus: 503,
    exitCode: 75,
  },
  UNDERSTUDY_CONNECTION_LOST: {
    title: "The connection to the database was lost; the write was not applied.",
    message:
      "The connection to the database was lost before COMMIT was sent; nothing of the session was applied.",
    remedy: "Try again.",
    actor: "nobody",
    httpStatus: 503,
    exitCode: 75,
  },
  UNDERSTUDY_COMMIT_UNKNOWN: {
    title: "It is not known whether the write was applied.",
    message: "The connection was lost while {phase}, and the outcome could not be learnt: {detail}.",
    remedy: "Read before you write again, or give an idempotencyKey so that a repeat is safe.",
    actor: "person",
    httpStatus: 503,
    exitCode: 75,
  },
  UNDERSTUDY_ALREADY_APPLIED: {
    title: "This write was applied before.",
    message: "A write with this idempotency key was applied before; nothing was applied again.",
    remedy: "Take it as done.",
    actor: "nobody",
    httpStatus: 409,
    exitCode: 0,
  },
  UNDERSTUDY_CONTENTION: {
    title: "The write met others at the same rows; it was not applied.",
    message: "The session was given up after {attempts} attempts (SQLSTATE {sqlstate}).",
    remedy: "Try again.",
    actor: "nobody",
    httpStatus: 503,
    exitCode: 75,
  },
  UNDERSTUDY_NOT_PORTABLE: {
    title: "The query cannot run on both engines.",
    message: "{construct} has no equal on {engine}.",
    remedy: "{instead}",
    actor: "developer",
    httpStatus: 500,
    exitCode: 70,
  },
  UNDERSTUDY_MIGRATION_FAILED: {
    title: "A migration failed; the database does not serve.",
    message: "The migration {migration} failed: {detail}.",
    remedy: "Mend the migration; nothing of it was kept.",
    actor: "operator",
    httpStatus: 503,
    exitCode: 70,
  },
  UNDERSTUDY_STORAGE: {
    title: "The SQLite file cannot be used.",
    message: "The SQLite file {file} cannot be used: {detail}.",
    remedy: "Set DATABASE_PATH to a writable folder on a local disk with free space.",
    actor: "operator",
    httpStatus: 503,
    exitCode: 74,
  },
  UNDERSTUDY_PRIMARY_AWAY: {
    title: "This needs PostgreSQL, which does not serve now.",
    message: "This needs PostgreSQL, which does not serve now ({reason}).",
    remedy: "Try again when it serves; /health tells the state.",
    actor: "nobody",
    httpStatus: 503,
    exitCode: 69,
  },
  UNDERSTUDY_CONFLICT_UNKNOWN: {
    title: "There is no such parked transaction.",
    message: "There is no parked transaction {id}.",
    remedy: "`understudy conflicts` lists those that there are.",
    actor: "person",
    httpStatus: 404,
    exitCode: 1,
  },
  UNDERSTUDY_CONFLICT_SETTLED: {
    title: "The parked transaction is settled already.",
    message: "The parked transaction {id} is settled already.",
    remedy: "`understudy conflicts show` tells what became of it.",
    actor: "person",
    httpStatus: 409,
    exitCode: 1,
  },
  UNDERSTUDY_CONFLICT_DEPENDS: {
    title: "The parked transaction goes on from others that are not settled yet.",
    message: "The parked transaction {id} goes on from {transactions}.",
    remedy: "Settle those first, each by applying or dismissing it.",
    actor: "person",
    httpStatus: 409,
    exitCode: 1,
  },
  UNDERSTUDY_CONFLICT_REMAINS: {
    title: "What kept the parked transaction from being applied is still in its way.",
    message: "It stays parked: {why}.",
    remedy:
      "Look at it with `understudy conflicts show`. Applied by force, it overwrites rows that differ; what a constraint refuses is to be changed first. Or dismiss it.",
    actor: "person",
    httpStatus: 409,
    exitCode: 1,
  },
  UNDERSTUDY_LISTEN: {
    title: "The port cannot be had.",
    message: "Cannot listen on {address}: {detail}.",
    remedy: "End the process that holds the port, or set PORT to another one.",
    actor: "operator",
    httpStatus: 500,
    exitCode: 71,
  },
  UNDERSTUDY_TEST_SERVER: {
    title: "The PostgreSQL server for tests cannot be had.",
    message: "The PostgreSQL server for tests: {detail}.",
    remedy: "{instead}",
    actor: "developer",
    httpStatus: 500,
    exitCode: 69,
  },
}
