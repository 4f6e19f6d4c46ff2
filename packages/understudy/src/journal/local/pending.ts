import { DatabaseSync } from "node:sqlite"
import { readOnlyLocation } from "../../host/read-only-location.ts"
import type { Origin, PendingChanges } from "./contract.ts"
import { hasJournal, inOneTransaction, OPERATIONS } from "./journal-tables.ts"
import { forgetUnused, readOrigins } from "./origins.ts"
import { findSeqRange } from "./seq-range.ts"

/** Another program may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 1_000

/** What is not handed back yet. Costs the same however much there is. */
export function pendingChanges(database: DatabaseSync): PendingChanges {
  let changes = 0
  let oldestAt: Date | null = null
  for (const { id, returnedAt } of readOrigins(database)) {
    const range = returnedAt === null ? findSeqRange(database, id) : undefined
    if (range === undefined) continue
    const first = database
      .prepare("select at, operation from understudy_change where seq = ?")
      .get(range.first)
    // A migration is alone in its origin.
    if (first?.["operation"] === OPERATIONS.migration) continue
    changes += range.last - range.first + 1
    oldestAt ??= new Date(Number(first?.["at"]))
  }
  return { changes, oldestAt }
}

/** What a fallback's file tells of its journal. */
export interface JournalInFile {
  /** Its openings for writing under which something was written, the first first. */
  readonly origins: readonly Origin[]
  readonly pending: PendingChanges
}

/** Looks at the journal of a file without changing it. Throws what node:sqlite throws where it cannot be read. */
export function lookAtJournal(file: string): JournalInFile {
  using database = new DatabaseSync(readOnlyLocation(file), { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  // One moment for all that is read.
  database.exec("pragma trusted_schema = off; begin")
  return { origins: readOrigins(database), pending: pendingChanges(database) }
}

/**
 * Deletes changes that were handed back, the oldest first, and their origins with the last of them. The last change of all
 * stays until there is a later one, or its place in the sequence would be given to another.
 *
 * @param limit How many at most: writers wait meanwhile.
 * @returns How many they were; fewer than the limit: there are no more.
 */
export function forgetReturned(database: DatabaseSync, limit: number): number {
  if (!hasJournal(database)) return 0
  return inOneTransaction(database, () => {
    let left = limit
    const forget = database.prepare(
      `delete from understudy_change where seq between ? and ?
        and seq < (select max(seq) from understudy_change)`,
    )
    for (const { id, returnedAt } of readOrigins(database)) {
      const range = returnedAt === null ? undefined : findSeqRange(database, id)
      if (range === undefined || left === 0) continue
      left -= Number(forget.run(range.first, Math.min(range.last, range.first + left - 1)).changes)
    }
    if (left > 0) forgetUnused(database)
    return limit - left
  })
}

/** How many changes a file's journal has, handed back or not, up to a limit. Throws what node:sqlite throws. */
export function countChanges(file: string, atMost: number): number {
  using database = new DatabaseSync(readOnlyLocation(file), { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  if (!hasJournal(database)) return 0
  const count = database.prepare("select count(*) as found from (select 1 from understudy_change limit ?)")
  return Number(count.get(atMost)?.["found"])
}

/** The migrations that ran on the file after changes which are not handed back, in their order. */
export function pendingMigrations(database: DatabaseSync): readonly string[] {
  if (!hasJournal(database)) return []
  return readOrigins(database).flatMap((origin) =>
    origin.returnedAt === null ? (migrationOf(database, origin) ?? []) : [],
  )
}

/** The migration that an origin stands for, if it does: it is alone in it. */
export function migrationOf(database: DatabaseSync, { id }: Origin): string | undefined {
  const range = findSeqRange(database, id)
  if (range === undefined) return undefined
  const row = database
    .prepare("select operation, after from understudy_change where seq = ?")
    .get(range.first)
  return row?.["operation"] === OPERATIONS.migration ? String(row["after"]) : undefined
}

/** The last change of the journal, handed back or not; 0 where there is none. */
export function lastSeq(database: DatabaseSync): number {
  if (!hasJournal(database)) return 0
  return Number(database.prepare("select max(seq) as last from understudy_change").get()?.["last"] ?? 0)
}
