import type { Client } from "pg"
import type { NamedRow, ParkedChange } from "./parked.ts"
import { referencedId, rowId } from "./primary-change.ts"
import { findReferencedKeys, type ReferencedKeys } from "./referenced-keys.ts"

/** So many parked changes are read at once: their rows may be large. */
const READ_AT_ONCE = 200

/**
 * The rows that parked transactions of a file touched, and the keys that they made, to which others may refer; each with the
 * transaction that did so last.
 */
export class ParkedRows {
  readonly #kept: Map<string, string>
  /** Those of a batch that is not committed yet. */
  readonly #added = new Map<string, string>()

  readonly #keys: ReferencedKeys

  private constructor(kept: Map<string, string>, keys: ReferencedKeys) {
    this.#kept = kept
    this.#keys = keys
  }

  static async open(client: Client, origins: readonly string[]): Promise<ParkedRows> {
    const keys = await findReferencedKeys(client)
    const kept = new Map<string, string>()
    let after: readonly [id: string, place: number] = ["0", -1]
    for (;;) {
      const { rows } = await client.query<ParkedKeyRow>(
        `select t.id::text as id, c.place, c."table", c.key::text as key, c.before::text as before, c.ours::text as ours
          from understudy.parked_transaction t join understudy.parked_change c on c.transaction = t.id
          where t.origin = any($1) and t.state = 'open' and (c.transaction, c.place) > ($2::bigint, $3::int)
          order by c.transaction, c.place limit ${READ_AT_ONCE}`,
        [origins, ...after],
      )
      for (const row of rows) for (const id of idsOf(parse(row), keys)) kept.set(id, row.id)
      const last = rows.at(-1)
      if (last === undefined || rows.length < READ_AT_ONCE) return new ParkedRows(kept, keys)
      after = [last.id, last.place]
    }
  }

  get isEmpty(): boolean {
    return this.#kept.size === 0 && this.#added.size === 0
  }

  /** The parked transaction that touched this row, or made the key to which others refer. */
  find(id: string): string | undefined {
    return this.#added.get(id) ?? this.#kept.get(id)
  }

  add(changes: readonly ParkedChange[], transaction: string): void {
    for (const change of changes) for (const id of idsOf(change, this.#keys)) this.#added.set(id, transaction)
  }

  committed(): void {
    for (const [id, transaction] of this.#added) this.#kept.set(id, transaction)
    this.#added.clear()
  }

  rolledBack(): void {
    this.#added.clear()
  }
}

function idsOf(change: ParkedKeys, keys: ReferencedKeys): string[] {
  return [...touchedIds(change), ...givenIds(change, keys)]
}

/** Of a parked change, what tells its rows. */
type ParkedKeys = Pick<ParkedChange, "table" | "key" | "before" | "ours">

interface ParkedKeyRow {
  readonly id: string
  readonly place: number
  readonly table: string
  readonly key: string
  readonly before: string | null
  readonly ours: string | null
}

function parse({ table, key, before, ours }: ParkedKeyRow): ParkedKeys {
  const rowOf = (text: string | null): NamedRow | null =>
    text === null ? null : (JSON.parse(text) as NamedRow)
  return { table, key: rowOf(key) ?? {}, before: rowOf(before), ours: rowOf(ours) }
}

/** The rows that a parked change touched. */
export function touchedIds({ table, key, before, ours }: ParkedKeys): string[] {
  const names = Object.keys(key)
  return [before, ours].flatMap((row) =>
    row === null ? [] : [rowId(table, JSON.stringify(names.map((name) => row[name] ?? null)))],
  )
}

/** The keys to which others could refer only once it was done. */
function givenIds({ table, before, ours }: ParkedKeys, keys: ReferencedKeys): string[] {
  if (ours === null) return []
  return (keys.get(table) ?? []).flatMap((columns) => {
    const texts = columns.map((name) => ours[name] ?? null)
    const isNew = before === null || columns.some((name, index) => (before[name] ?? null) !== texts[index])
    return isNew && !texts.includes(null) ? [referencedId(table, columns, texts)] : []
  })
}
