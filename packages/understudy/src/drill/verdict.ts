import type { Client } from "pg"
import type { Entry, History } from "./history.ts"
import type { Kind, Operation } from "./operations.ts"
import { FIRST_BALANCE, MARKED } from "./tables.ts"

/** A row as the primary has it, by its columns. */
export type Row = Readonly<Record<string, unknown>>

/** What the primary knows of the operations. */
export interface Evidence {
  /** The rows that each operation has made. */
  readonly rows: ReadonlyMap<string, readonly Row[]>
  /** Operations whose row another one has taken away, and says so. */
  readonly gone: ReadonlySet<string>
  /** For each time that it was parked, how many row changes its transaction has. */
  readonly parked: ReadonlyMap<string, readonly number[]>
}

/** What the row of an operation holds of it, and how many rows the operation changes at least. */
const TRACES: Readonly<
  Record<Kind, { readonly changes: number; readonly holds: (operation: Operation) => Row }>
> = {
  note: { changes: 1, holds: ({ key }) => ({ key }) },
  bump: { changes: 2, holds: ({ key }) => ({ key }) },
  transfer: {
    changes: 3,
    holds: ({ key: giver, other: taker, amount }) => ({ giver, taker, amount }),
  },
  family: { changes: 1, holds: ({ id }) => ({ id }) },
  member: { changes: 1, holds: ({ key: family }) => ({ family }) },
  removal: { changes: 2, holds: ({ key: family }) => ({ family }) },
  claim: { changes: 1, holds: ({ key: name }) => ({ name }) },
  release: { changes: 2, holds: () => ({}) },
  stamping: { changes: 2, holds: ({ key }) => ({ key }) },
  ticket: { changes: 1, holds: () => ({}) },
}

/** Reads it, as one moment shows it. */
async function readEvidence(client: Client): Promise<Evidence> {
  await client.query("begin isolation level repeatable read, read only")
  try {
    const { rows } = await client.query<{ row: Row }>(
      MARKED.map((table) => `select to_jsonb(t) as row from ${table} t`).join(" union all "),
    )
    const { rows: gone } = await client.query<{ ops: string }>(
      "select gone as ops from removal union all select claimed from release",
    )
    const { rows: there } = await client.query(
      "select where to_regclass('understudy.parked_change') is not null",
    )
    const parked =
      there.length === 0
        ? []
        : (
            await client.query<{ op: string; changes: number }>(
              `select c.ours ->> 'op' as op, (
                  select count(*)::int from understudy.parked_change a where a.transaction = c.transaction
                ) as changes
                from understudy.parked_change c
                where c.operation = 'insert' and c."table" in (${MARKED.map((table) => `'${table}'`).join(", ")})`,
            )
          ).rows
    return {
      rows: grouped(rows.map(({ row }) => [String(row["op"]), row])),
      gone: new Set(gone.flatMap(({ ops }) => ops.split(" "))),
      parked: grouped(parked.map(({ op, changes }) => [op, changes])),
    }
  } finally {
    await client.query("rollback")
  }
}

function grouped<T>(entries: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const [key, value] of entries) {
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [value])
    else group.push(value)
  }
  return groups
}

/** Why this operation's traces are not what its client was told; undefined where they are. Pure. */
export function judge({ operation, outcome, instance }: Entry, evidence: Evidence): string | undefined {
  const { id, kind, way } = operation
  const rows = evidence.rows.get(id) ?? []
  const parkings = evidence.parked.get(id) ?? []
  const [present, parked] = [rows.length, parkings.length]
  const isGone = evidence.gone.has(id)
  // A write with a key may have been repeated on the other side: then one of the two was parked.
  const most = way === "key" ? 2 : 1
  if (present > 1) return `there ${present} times`
  if (isGone && present > 0) return "there, though it was taken away"
  if (present + parked + (isGone ? 1 : 0) > most) return `there ${present} times and parked ${parked} times`
  const { changes, holds } = TRACES[kind]
  const wrong = Object.entries(holds(operation)).find(([column, value]) =>
    rows.some((row) => row[column] !== value),
  )
  if (wrong !== undefined) return `there with another ${wrong[0]} than ${String(wrong[1])}`
  if (parkings.some((count) => count < changes)) return `parked, with less than its ${changes} row changes`
  if (outcome === undefined) return "without an answer"
  switch (outcome.kind) {
    case "ok": {
      if (present + parked === 0 && !isGone) return "acknowledged, and lost"
      const [row] = rows
      if (kind === "ticket" && row !== undefined && String(row["id"]) !== outcome.value)
        return `the client was told the id ${outcome.value}, and it is ${String(row["id"])}`
      return undefined
    }
    case "fail":
      if (present + parked > 0 || isGone) return "said to be not applied, and it was"
      // Who writes to PostgreSQL by himself has nobody who stands in.
      if (instance === null || outcome.because !== undefined) return undefined
      return `refused, and not because it was under way when something broke: ${outcome.why}`
    case "unknown":
      return undefined
    default:
      return outcome satisfies never
  }
}

/** What must hold of the primary's rows among themselves: a query gives each breach as a text. */
const INVARIANTS: readonly (readonly [what: string, query: string])[] = [
  [
    "a counter is not what its bumps say",
    `select key || ' is ' || value || ', of ' || (select count(*) from bump b where b.key = c.key) || ' bumps' as breach
      from counter c where value <> (select count(*) from bump b where b.key = c.key)`,
  ],
  [
    "two bumps have seen the same value",
    `select key || ' at ' || seen || ': ' || string_agg(op, ' ') as breach from bump group by key, seen having count(*) > 1`,
  ],
  [
    "the accounts do not have what they had together",
    `select sum(balance)::text as breach from account having sum(balance) <> ${FIRST_BALANCE} * count(*)`,
  ],
  [
    "an account is not what its transfers say",
    `select key || ' has ' || balance as breach from account a where balance <> ${FIRST_BALANCE}
        + (select coalesce(sum(amount), 0) from transfer t where t.taker = a.key)
        - (select coalesce(sum(amount), 0) from transfer t where t.giver = a.key)`,
  ],
  [
    "a stamped row is not what its stampings say",
    `select key || ' is ' || value || ', of ' || (select count(*) from stamping g where g.key = s.key) || ' stampings' as breach
      from stamped s where value <> (select count(*) from stamping g where g.key = s.key)`,
  ],
  [
    "the primary's trigger was not asked",
    `select key as breach from stamped where value > 0 and (revision = 0 or updated_at is null)`,
  ],
]

const SHOWN = 5

/** What is not as it must be, in words; with the history of what is concerned. */
export async function findWrong(client: Client, history: History): Promise<string[]> {
  const found: string[] = []
  for (const [what, query] of INVARIANTS) {
    const { rows } = await client.query<{ breach: string }>(query)
    for (const { breach } of rows.slice(0, SHOWN)) found.push(`${what}: ${breach}`)
  }
  const evidence = await readEvidence(client)
  const wrong = history.entries.flatMap((entry) => {
    const why = judge(entry, evidence)
    return why === undefined ? [] : [{ entry, why }]
  })
  for (const { entry, why } of wrong.slice(0, SHOWN))
    found.push(`operation ${entry.operation.id} is ${why}`, ...history.concerning(entry.operation))
  if (wrong.length > SHOWN) found.push(`and ${wrong.length - SHOWN} operations more`)
  const ids = history.entries.flatMap(({ operation, outcome }) =>
    operation.kind === "ticket" && outcome?.kind === "ok" ? [outcome.value] : [],
  )
  const twice = ids.filter((id, place) => ids.indexOf(id) !== place)
  if (twice.length > 0) found.push(`ids that were given twice: ${twice.slice(0, SHOWN).join(", ")}`)
  return found
}

/** How many transactions the primary keeps parked, settled or not. */
export async function countParked(client: Client): Promise<number> {
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regclass('understudy.parked_transaction') is not null as there",
  )
  if (rows[0]?.there !== true) return 0
  const counted = await client.query<{ count: number }>(
    "select count(*)::int as count from understudy.parked_transaction",
  )
  return counted.rows[0]?.count ?? 0
}
