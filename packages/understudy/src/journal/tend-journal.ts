import type { Client } from "pg"
import { BEAT, CAPTURE_LOCK_KEY, LAPSES, LARGEST_JOURNAL_BYTES, LONGEST_ABSENCE_S } from "./capture-sql.ts"
import { atOnce, inTransaction } from "./own-transaction.ts"

/** So long writers may be kept waiting while the journal is emptied. */
const LOCK_TIMEOUT_MS = 200
/**
 * Where the journal is half as large as it may be, a mirror that was not seen for so long is not waited for: one that is
 * gone, as after each deployment, would have all others copy anew. In seconds; three of a mirror's rounds.
 */
const SHORT_ABSENCE_S = 180
/** Rows that are deleted in one transaction. */
const TRIMMED_AT_ONCE = 50_000

/**
 * Begins the journal anew after a change was not captured. Copies of before are of no use then, and those to come wait
 * until every transaction has ended that may have written without being captured. Rejects with 55P03 where somebody
 * holds the journal for long.
 */
export async function restartJournal(client: Client): Promise<void> {
  // Before this transaction has an id: who did not see it has an earlier one.
  await inTransaction(client, () => client.query(BEAT))
  await atOnce(client, [
    `set local lock_timeout = ${LOCK_TIMEOUT_MS}`,
    "lock table understudy.journal in access exclusive mode",
    "truncate understudy.journal",
    // Of no mirror is anything known then; one that is gone would hold the journal up at once.
    "delete from understudy.mirror",
    `update understudy.primary_mark set lapses = ${LAPSES}, complete_from = pg_current_xact_id()`,
  ])
}

/**
 * How far a mirror is, where it has told before: the copy of a file may tell less, and the file would take the primary for one
 * that was set back. But what lies ahead of the server is another server's, of which a dump was restored.
 */
const FURTHEST = `case when pg_snapshot_xmax(mirror.cursor) > pg_snapshot_xmax(excluded.cursor)
    and pg_snapshot_xmax(mirror.cursor) <= pg_snapshot_xmax(pg_current_snapshot())
  then mirror.cursor else excluded.cursor end`

/** Tells the primary how far a mirror is: from then on, the journal is kept for it. */
export async function acknowledge(client: Client, mirrorId: string, cursor: string): Promise<void> {
  await inTransaction(client, async () => {
    await client.query(BEAT)
    await client.query(
      `insert into understudy.mirror (id, cursor) values ($1, $2)
        on conflict (id) do update set cursor = ${FURTHEST}, seen_at = clock_timestamp()`,
      [mirrorId, cursor],
    )
  })
}

/** Forgets mirrors that were not seen for long, and what all others hold already. */
export async function trimJournal(
  client: Client,
  largestBytes: number = LARGEST_JOURNAL_BYTES,
): Promise<void> {
  while (!(await trimSome(client, largestBytes))) {
    // In pieces, so that no transaction of ours lasts for long.
  }
}

/** Tells whether that was all. */
async function trimSome(client: Client, largestBytes: number): Promise<boolean> {
  return inTransaction(client, async () => {
    const { rows } = await client.query<{ bound: string }>(TAKE_BOUND, [largestBytes / 2])
    const bound = rows[0]?.bound
    return bound === undefined || (await deleteBelow(client, bound)) < TRIMMED_AT_ONCE
  })
}

/** The oldest transaction that some mirror may not hold yet; null where another instance trims just now. */
const TAKE_BOUND = `
  with locked as materialized (select pg_try_advisory_xact_lock(${CAPTURE_LOCK_KEY}) as is_ours),
    forgotten as (delete from understudy.mirror
      where seen_at < clock_timestamp() - make_interval(secs => case
          when pg_table_size('understudy.journal') > $1 then ${SHORT_ABSENCE_S} else ${LONGEST_ABSENCE_S} end)
        and (select is_ours from locked) returning id)
  select pg_snapshot_xmin(m.cursor)::text as bound from understudy.mirror m, locked
    where locked.is_ours and m.id not in (select id from forgotten)
    order by pg_snapshot_xmin(m.cursor) limit 1`

async function deleteBelow(client: Client, bound: string): Promise<number> {
  const { rowCount } = await client.query(
    `delete from understudy.journal where ctid = any(array(
      select ctid from understudy.journal where xid < $1::xid8 limit ${TRIMMED_AT_ONCE}))`,
    [bound],
  )
  // A file that is set back to an earlier copy finds by this that the journal does not reach it any more.
  if ((rowCount ?? 0) > 0)
    await client.query(
      "update understudy.primary_mark set complete_from = greatest(complete_from, $1::xid8)",
      [bound],
    )
  return rowCount ?? 0
}
