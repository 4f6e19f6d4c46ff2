import type { ParkReason, ParkedState, Reapplied } from "./parked.ts"
import type { Client } from "pg"
import { EXACT_TEXTS } from "../engine/postgres/exact-texts.ts"
import { inTransaction } from "../journal/own-transaction.ts"
import { conflictOf, refusalOf, type Conflict } from "./conflict.ts"
import { applyExactly } from "./exact-transaction.ts"
import { ExpectedImages, forgetOldExpected } from "./expected-images.ts"
import { canBeParked } from "./parked-list.ts"
import { changesToReapply } from "./parked-changes.ts"

/** A parked transaction cannot be settled as was asked. */
export class SettleError extends Error {
  override readonly name = "SettleError"
  /** `depends-on`: the transactions before it are to be settled first. */
  readonly why: "not-found" | "settled" | "depends-on" | "conflict"
  /** The open transactions that it depends on. */
  readonly transactions: readonly string[]
  /** What is in its way now. */
  readonly reason: ParkReason | null

  constructor(
    why: SettleError["why"],
    message: string,
    about: { readonly transactions?: readonly string[]; readonly reason?: ParkReason } = {},
  ) {
    super(message)
    this.why = why
    this.transactions = about.transactions ?? []
    this.reason = about.reason ?? null
  }
}

/** So long is waited for who holds a row; then the server refuses it (55P03). In milliseconds. */
const LOCK_LIMIT_MS = 5_000

/** How a parked transaction is settled. */
export interface SettleOptions {
  /** Called before COMMIT is sent: until then nothing is settled, whatever becomes of the connection. */
  committing?(this: void): void
}

/** How it is applied. */
export interface ReapplyOptions extends SettleOptions {
  /** Whatever the rows are. */
  readonly force?: boolean
}

/** One transaction of somebody who decides: nothing in it waits for long. */
function settling<T>(client: Client, work: () => Promise<T>, { committing }: SettleOptions): Promise<T> {
  return inTransaction(
    client,
    async () => {
      await client.query(`set local lock_timeout = ${LOCK_LIMIT_MS}; ${EXACT_TEXTS}`)
      return work()
    },
    committing,
  )
}

/**
 * Applies a parked transaction to what is on the primary today, if each row is still as it was before it; `force`: whatever
 * the rows are. All of it or nothing. @throws SettleError where that cannot be.
 */
export function reapplyParked(
  client: Client,
  id: string,
  { force = false, ...options }: ReapplyOptions = {},
): Promise<Reapplied> {
  const work = async (): Promise<Reapplied> => {
    const origin = await takeOpen(client, id)
    const before = await client.query<{ id: string }>(
      `with recursive earlier (id) as (
          select unnest(depends_on) from understudy.parked_transaction where id = $1
          union select unnest(t.depends_on) from earlier e join understudy.parked_transaction t on t.id = e.id)
        select d.id::text as id from earlier join understudy.parked_transaction d on d.id = earlier.id
        where d.state = 'open' order by d.id`,
      [id],
    )
    const transactions = before.rows.map((row) => row.id)
    if (transactions.length > 0) {
      const message = `transaction ${id} goes on from ${transactions.join(", ")}: settle that first`
      throw new SettleError("depends-on", message, { transactions })
    }
    const { stored, prepared, conflict } = await changesToReapply(client, id)
    if (conflict !== undefined) throw inTheWay(id, conflict)
    const changes = prepared.filter((change) => change !== undefined)
    const policies = { default: force ? ("fallback" as const) : ("primary" as const), tables: {} }
    // What the primary's triggers made of what was handed back, or is applied here, is no change of somebody else's.
    const expected = await ExpectedImages.openFor(client, origin)
    const overwritten = await applyExactly(changes, { client, policies, expected }).catch(
      (error: unknown) => {
        throw refusalOf(error) === "conflict" ? inTheWay(id, conflictOf(error, undefined)) : error
      },
    )
    for (const { change, theirs } of overwritten)
      await client.query(
        "update understudy.parked_change set theirs = $3 where transaction = $1 and seq = $2",
        [id, String(change.seq), JSON.stringify(theirs)],
      )
    await settle(client, id, "applied")
    return { changes: stored.length, overwritten: overwritten.length }
  }
  return settling(client, work, options)
}

function inTheWay(id: string, { reason, table, detail }: Conflict): SettleError {
  const where = table === null ? "" : ` in ${table}`
  const what = detail === null ? "" : ` (${detail})`
  return new SettleError("conflict", `transaction ${id} cannot be applied: ${reason}${where}${what}`, {
    reason,
  })
}

/** Gives a parked transaction up. What it would have written stays to be seen for a while. @throws SettleError */
export function dismissParked(client: Client, id: string, options: SettleOptions = {}): Promise<void> {
  const work = async (): Promise<void> => {
    await takeOpen(client, id)
    await settle(client, id, "dismissed")
  }
  return settling(client, work, options)
}

/** Two people who settle the same do so one after the other. Gives its origin. */
async function takeOpen(client: Client, id: string): Promise<string> {
  const isId = /^\d{1,18}$/.test(id) && (await canBeParked(client))
  const { rows } = isId
    ? await client.query<{ state: ParkedState; origin: string }>(
        "select state, origin from understudy.parked_transaction where id = $1 for update",
        [id],
      )
    : { rows: [] }
  const [found] = rows
  if (found === undefined) throw new SettleError("not-found", `there is no parked transaction ${id}`)
  const { state, origin } = found
  if (state !== "open") throw new SettleError("settled", `transaction ${id} is ${state} already`)
  return origin
}

async function settle(client: Client, id: string, state: ParkedState): Promise<void> {
  await client.query(
    "update understudy.parked_transaction set state = $2, settled_at = clock_timestamp() where id = $1",
    [id, state],
  )
}

/** Forgets what was settled so long ago, and what was expected of rows since; tells how many transactions. */
export async function forgetSettled(client: Client, olderThanDays: number): Promise<number> {
  if (!(await canBeParked(client))) return 0
  const { rowCount } = await client.query(
    `delete from understudy.parked_transaction t
      where state <> 'open' and settled_at < clock_timestamp() - make_interval(days => $1)
        and not exists (
          select from understudy.parked_transaction o where o.state = 'open' and t.id = any(o.depends_on))`,
    [olderThanDays],
  )
  await forgetOldExpected(client, olderThanDays)
  return rowCount ?? 0
}
