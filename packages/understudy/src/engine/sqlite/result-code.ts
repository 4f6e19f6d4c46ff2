/** Primary result codes of SQLite: https://sqlite.org/rescode.html */
export const SQLITE_RESULT = { busy: 5, locked: 6, corrupt: 11, notAuthorized: 23, notADatabase: 26 } as const

/** The primary result code of an error of node:sqlite; undefined where it is no such error. */
export function resultCodeOf(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === "number" ? code & 0xff : undefined
}

/** SQLite's own words and code, without a path: `disk I/O error (10)`. */
export function detailOf(error: unknown): string {
  const code = resultCodeOf(error)
  if (code !== undefined) {
    const { errstr } = error as { errstr?: unknown }
    return `${typeof errstr === "string" ? errstr : "SQLite error"} (${code})`
  }
  const errno = (error as { code?: unknown } | null)?.code
  return typeof errno === "string" ? errno : "unknown error"
}

/** Does an error tell that the file is damaged, or no database? */
export function isDamage(error: unknown): boolean {
  const code = resultCodeOf(error)
  return code === SQLITE_RESULT.notADatabase || code === SQLITE_RESULT.corrupt
}
