import { DatabaseSync } from "node:sqlite"
import { readOnlyLocation } from "../../host/read-only-location.ts"
import { stopCapture } from "./capture.ts"
import type { LocalTransaction, Origin } from "./contract.ts"
import { hasJournal, OPERATIONS } from "./journal-tables.ts"
import { readOrigins } from "./origins.ts"
import { forgetReturned } from "./pending.ts"
import { readTransactions } from "./read-journal.ts"
import { findSeqRange } from "./seq-range.ts"

/** An opening of the file for writing of which something is not handed back. */
export interface PendingOrigin extends Origin {
  /** Row changes. */
  readonly changes: number
  readonly oldestAt: Date
  readonly newestAt: Date
  /** The migration that ran under it, which is alone in its origin. */
  readonly migration: string | null
}

/** Another program may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 1_000
/** Changes that are deleted in one transaction. */
const FORGOTTEN_AT_ONCE = 50_000

/** What a file has not handed back, the oldest first. Changes nothing; throws what node:sqlite throws. */
export function lookAtPendingOrigins(file: string): PendingOrigin[] {
  using database = openToRead(file)
  return pendingOrigins(database)
}

/** The transactions of an opening, until there are so many changes. Changes nothing. */
export function lookAtTransactions(file: string, originId: number, limit: number): LocalTransaction[] {
  using database = openToRead(file)
  return readTransactions(database, { afterSeq: 0, originId, limit })
}

/** One moment for all that is read. */
function openToRead(file: string): DatabaseSync {
  const database = new DatabaseSync(readOnlyLocation(file), { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  database.exec("pragma trusted_schema = off; begin")
  return database
}

function pendingOrigins(database: DatabaseSync): PendingOrigin[] {
  if (!hasJournal(database)) return []
  const change = database.prepare("select at, operation, after from understudy_change where seq = ?")
  return readOrigins(database).flatMap((origin) => {
    const range = origin.returnedAt === null ? findSeqRange(database, origin.id) : undefined
    if (range === undefined) return []
    const [first, last] = [change.get(range.first), change.get(range.last)]
    const isMigration = first?.["operation"] === OPERATIONS.migration
    return {
      ...origin,
      changes: isMigration ? 0 : range.last - range.first + 1,
      oldestAt: new Date(Number(first?.["at"])),
      newestAt: new Date(Number(last?.["at"])),
      migration: isMigration ? String(first["after"]) : null,
    }
  })
}

/**
 * The tables that were written to under the oldest opening of which something is left; undefined where this one is not it:
 * what was written later goes on from what was written before. Ends the capturing of a process that has ended. The caller
 * owns the file.
 */
export function tablesOfOldest(file: string, originId: number): readonly string[] | undefined {
  using database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  if (pendingOrigins(database)[0]?.id !== originId) return undefined
  stopCapture(database)
  return tablesOf(database, originId)
}

/** Gives up what was written under an opening. The caller owns the file. */
export function discardOrigin(file: string, originId: number): void {
  using database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  stopCapture(database, { returned: [originId] })
  while (forgetReturned(database, FORGOTTEN_AT_ONCE) === FORGOTTEN_AT_ONCE) {
    // In pieces, so that no transaction lasts for long.
  }
}

function tablesOf(database: DatabaseSync, originId: number): string[] {
  const range = findSeqRange(database, originId)
  if (range === undefined) return []
  return database
    .prepare(
      `select distinct s."table" as name from understudy_shape s
        where s.id in (select shape from understudy_change where seq between ? and ?) order by 1`,
    )
    .all(range.first, range.last)
    .map(({ name }) => String(name))
}
