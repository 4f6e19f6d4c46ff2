import type { ParkedState, ParkedTransaction, ShownTransaction } from "./parked.ts"
import type { Client } from "pg"
import { EXACT_TEXTS } from "../engine/postgres/exact-texts.ts"
import { changesToReapply } from "./parked-changes.ts"
import { readTheirs } from "./park.ts"

interface TransactionRow extends Omit<ParkedTransaction, "at" | "parkedAt" | "settledAt"> {
  readonly at: string
  readonly parkedAt: string
  readonly settledAt: string | null
}

const MILLISECONDS = (column: string): string => `(extract(epoch from ${column}) * 1000)::bigint::text`

const TRANSACTIONS = `
  select t.id::text as id, t.origin, ${MILLISECONDS("t.at")} as at, ${MILLISECONDS("t.parked_at")} as "parkedAt",
    t.reason, t."table", t.detail, array_to_json(t.depends_on::text[])::text as "dependsOn", t.state,
    ${MILLISECONDS("t.settled_at")} as "settledAt",
    (select count(*) from understudy.parked_change c where c.transaction = t.id)::int as changes
  from understudy.parked_transaction t`

function transactionOf(row: TransactionRow): ParkedTransaction {
  return {
    ...row,
    dependsOn: JSON.parse(String(row.dependsOn)) as string[],
    at: new Date(Number(row.at)),
    parkedAt: new Date(Number(row.parkedAt)),
    settledAt: row.settledAt === null ? null : new Date(Number(row.settledAt)),
  }
}

/** Have transactions ever been able to be parked here? */
export async function canBeParked(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regclass('understudy.parked_change') is not null as there",
  )
  return rows[0]?.there === true
}

/** How many wait for a person. */
export async function countParked(client: Client): Promise<number> {
  if (!(await canBeParked(client))) return 0
  const { rows } = await client.query<{ open: string }>(
    "select count(*)::text as open from understudy.parked_transaction where state = 'open'",
  )
  return Number(rows[0]?.open)
}

/** The parked transactions, in the order in which they were parked. */
export async function listParked(
  client: Client,
  { state = "open", limit = 100 }: { readonly state?: ParkedState | "all"; readonly limit?: number } = {},
): Promise<ParkedTransaction[]> {
  if (!(await canBeParked(client))) return []
  const { rows } = await client.query<TransactionRow>(
    `${TRANSACTIONS} where $1 = 'all' or t.state = $1 order by t.id limit $2`,
    [state, limit],
  )
  return rows.map(transactionOf)
}

/** One of them, with its changes; undefined where there is none of this id. */
export async function showParked(client: Client, id: string): Promise<ShownTransaction | undefined> {
  if (!/^\d{1,18}$/.test(id) || !(await canBeParked(client))) return undefined
  await client.query(`begin isolation level repeatable read, read only; ${EXACT_TEXTS}`)
  try {
    const { rows } = await client.query<TransactionRow>(`${TRANSACTIONS} where t.id = $1`, [id])
    const [row] = rows
    if (row === undefined) return undefined
    const { stored, prepared } = await changesToReapply(client, id)
    const now = await readTheirs(
      client,
      prepared.flatMap((change) => (change === undefined ? [] : [change])),
    )
    const places = [...prepared.keys()].filter((place) => prepared[place] !== undefined)
    const nowAt = new Map(places.map((place, index) => [place, now[index]]))
    const changes = stored.map((change, place) => {
      const there = nowAt.get(place)
      return there === undefined ? change : { ...change, now: there }
    })
    return { ...transactionOf(row), changes }
  } finally {
    await client.query("rollback").catch(() => {})
  }
}
