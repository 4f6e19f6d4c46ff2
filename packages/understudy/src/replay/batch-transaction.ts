import type { Client } from "pg"
import { EXACT_TEXTS } from "../engine/postgres/exact-texts.ts"
import { LIFT_TRANSACTION_LIMIT } from "../engine/postgres/transaction-limit.ts"
import { faultPoint } from "#fault-point"

/** A transaction whose client is gone is not to hold the cursor for long. In milliseconds. */
const IDLE_LIMIT_MS = 15_000
/** So long is waited for who holds a row; then the batch is tried again. */
const LOCK_LIMIT_MS = 5_000

/**
 * No statement takes longer: a server that is silent for somewhat more is taken for dead, and what was too much is tried with
 * fewer rows.
 */
const STATEMENT_LIMIT_MS = 20_000

/** What was acknowledged to us must be on disk: the file forgets it then. */
const BEGIN = (statementLimitMs: number): string =>
  [
    "begin isolation level read committed, read write",
    `set local statement_timeout = ${statementLimitMs}`,
    `set local idle_in_transaction_session_timeout = ${IDLE_LIMIT_MS}`,
    `set local lock_timeout = ${LOCK_LIMIT_MS}`,
    "select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'",
    LIFT_TRANSACTION_LIMIT,
    EXACT_TEXTS,
  ].join("; ")

/** The end of the transaction was refused, though nothing in it was. */
export class CommitRefused extends Error {
  override readonly name = "CommitRefused"
  readonly refusal: unknown

  constructor(refusal: unknown) {
    super("the commit was refused")
    this.refusal = refusal
  }
}

/** How far an origin is, as the primary has it. */
export async function readCursor(client: Client, origin: string): Promise<number> {
  const { rows } = await client.query<{ seq: string }>(
    "select seq::text as seq from understudy.replay_cursor where origin = $1",
    [origin],
  )
  return Number(rows[0]?.seq ?? 0)
}

/** Writes where nothing is moved: does the server take anything? */
export async function touchCursor(client: Client, origin: string): Promise<void> {
  await client.query("update understudy.replay_cursor set moved_at = moved_at where origin = $1", [origin])
}

/** Of which origin a cursor is, and the other origins of its file. */
export interface CursorOf {
  readonly origin: string
  readonly origins: readonly string[]
}

/**
 * One transaction of the primary: takes the origin's cursor, so that two replays of one journal go one after the other, does
 * the work from where it is, and moves it. Gives where it is then.
 *
 * @param work Applies what comes after the cursor, and tells how far.
 * @param statementLimitMs The longest that one statement may take.
 */
export async function withCursor(
  client: Client,
  { origin, origins }: CursorOf,
  work: (seq: number) => Promise<number>,
  statementLimitMs: number = STATEMENT_LIMIT_MS,
): Promise<number> {
  await client.query(BEGIN(statementLimitMs))
  try {
    await client.query(
      `insert into understudy.replay_cursor (origin, home) values ($1,
        coalesce((select min(home) from understudy.replay_cursor where origin = any($2)), $1)) on conflict do nothing`,
      [origin, origins],
    )
    const { rows } = await client.query<{ seq: string }>(
      "select seq::text as seq from understudy.replay_cursor where origin = $1 for update",
      [origin],
    )
    const from = Number(rows[0]?.seq ?? 0)
    faultPoint("replay.batch.begun")
    const seq = await work(from)
    faultPoint("replay.batch.applied")
    if (seq > from)
      await client.query(
        "update understudy.replay_cursor set seq = $2, moved_at = clock_timestamp() where origin = $1",
        [origin, String(seq)],
      )
    faultPoint("replay.batch.recorded")
    await client.query("commit").catch((error: unknown) => {
      throw new CommitRefused(error)
    })
    faultPoint("replay.batch.committed")
    return Math.max(seq, from)
  } catch (error) {
    await client.query("rollback").catch(() => {})
    throw error
  }
}
