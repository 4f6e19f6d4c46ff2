import { quoteText } from "./sql-tokens.ts"

const PREFIX = "understudy:"
const KEYLESS = "no-key:"

/** An expression that fails with an SQLSTATE, by SQLite's own functions: the message quotes the path that it cannot read. */
export function raiseError(sqlstate: string): string {
  return `json_extract('{}', '${PREFIX}${sqlstate}')`
}

/** An expression, for a trigger, that refuses a write to a table without a primary key. */
export function refuseKeyless(table: string): string {
  return `raise(abort, ${quoteText(`${PREFIX}${KEYLESS}${table}`)})`
}

/** The table of which {@link refuseKeyless} spoke in a message of SQLite's. */
export function keylessTable(message: string): string | undefined {
  return message.startsWith(PREFIX + KEYLESS) ? message.slice(PREFIX.length + KEYLESS.length) : undefined
}

/** The SQLSTATE that {@link raiseError} put into a message of SQLite's. */
export function raisedSqlstate(message: string): string | undefined {
  return new RegExp(`bad JSON path: '${PREFIX}(\\w{5})'`).exec(message)?.[1]
}
