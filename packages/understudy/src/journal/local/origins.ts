import type { DatabaseSync } from "node:sqlite"
import type { KnownPrimary, Origin } from "./contract.ts"
import { hasJournal } from "./journal-tables.ts"
import { findSeqRange } from "./seq-range.ts"

/** The primary that a file knows: its mark, and what else is known of it. Null: nothing is. */
export type OriginPrimary = Pick<Origin, "primaryMark" | "primaryKnown">

/** Draws the origin of an opening of the file for writing. */
export function drawOrigin(database: DatabaseSync, { primaryMark, primaryKnown }: OriginPrimary): Origin {
  const origin = crypto.randomUUID()
  const openedAt = new Date()
  const known = primaryKnown === null ? null : JSON.stringify(primaryKnown)
  const { lastInsertRowid } = database
    .prepare(
      "insert into understudy_origin (origin, primary_mark, primary_known, opened_at) values (?, ?, ?, ?)",
    )
    .run(origin, primaryMark, known, openedAt.getTime())
  return { id: Number(lastInsertRowid), origin, primaryMark, primaryKnown, openedAt, returnedAt: null }
}

/** All openings of the file for writing under which something was written, the first first. */
export function readOrigins(database: DatabaseSync): Origin[] {
  if (!hasJournal(database)) return []
  return (
    database
      // All of them: a file of an older version lacks the last one.
      .prepare("select * from understudy_origin order by id")
      .all()
      .map((row) => ({
        id: Number(row["id"]),
        origin: String(row["origin"]),
        primaryMark: row["primary_mark"] === null ? null : String(row["primary_mark"]),
        primaryKnown: row["primary_known"]
          ? (JSON.parse(String(row["primary_known"])) as KnownPrimary)
          : null,
        openedAt: new Date(Number(row["opened_at"])),
        returnedAt: row["returned_at"] === null ? null : new Date(Number(row["returned_at"])),
      }))
  )
}

/** Notes that all changes of these origins are in the primary, or parked there. */
export function markReturned(database: DatabaseSync, ids: readonly number[]): void {
  const mark = database.prepare(
    "update understudy_origin set returned_at = ? where id = ? and returned_at is null",
  )
  for (const id of ids) mark.run(Date.now(), id)
}

/** Notes that the primary of these origins was found to be restored to a time before their copy: later it no longer shows. */
export function markSetBack(database: DatabaseSync, ids: readonly number[]): void {
  const mark = database.prepare(
    "update understudy_origin set primary_known = json_set(primary_known, '$.setBack', json('true')) where id = ?",
  )
  for (const id of ids) mark.run(id)
}

/** Is nothing left to hand back? */
export function isAllReturned(database: DatabaseSync): boolean {
  return database.prepare("select 1 from understudy_origin where returned_at is null").get() === undefined
}

/** Forgets the origins of which the journal has no change, but for one under which the file is being written. */
export function forgetUnused(database: DatabaseSync): void {
  const forget = database.prepare(
    "delete from understudy_origin where id = ? and id not in (select origin from understudy_capture)",
  )
  for (const { id } of readOrigins(database)) {
    if (findSeqRange(database, id) === undefined) forget.run(id)
  }
}
