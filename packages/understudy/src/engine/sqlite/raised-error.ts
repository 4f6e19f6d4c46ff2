const PREFIX = "understudy:"

/** An expression that fails with an SQLSTATE, by SQLite's own functions: the message quotes the path that it cannot read. */
export function raiseError(sqlstate: string): string {
  return `json_extract('{}', '${PREFIX}${sqlstate}')`
}

/** The SQLSTATE that {@link raiseError} put into a message of SQLite's. */
export function raisedSqlstate(message: string): string | undefined {
  return new RegExp(`bad JSON path: '${PREFIX}(\\w{5})'`).exec(message)?.[1]
}
