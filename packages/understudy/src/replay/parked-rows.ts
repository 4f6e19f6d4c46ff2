import type { Client } from "pg"
import { rowId } from "./primary-change.ts"

/** So many parked changes are read at once: their rows may be large. */
const READ_AT_ONCE = 200

/** The rows that parked transactions of a file touched, each with the transaction that did so last. */
export class ParkedRows {
  readonly #kept: Map<string, string>
  /** Those of a batch that is not committed yet. */
  readonly #added = new Map<string, string>()

  private constructor(kept: Map<string, string>) {
    this.#kept = kept
  }

  static async open(client: Client, origins: readonly string[]): Promise<ParkedRows> {
    const kept = new Map<string, string>()
    let after: readonly [id: string, place: number] = ["0", -1]
    for (;;) {
      const { rows } = await client.query<ParkedKeyRow & { place: number }>(
        `select t.id::text as id, c.place, c."table", c.key::text as key, c.before::text as before, c.ours::text as ours
          from understudy.parked_transaction t join understudy.parked_change c on c.transaction = t.id
          where t.origin = any($1) and t.state = 'open' and (c.transaction, c.place) > ($2::bigint, $3::int)
          order by c.transaction, c.place limit ${READ_AT_ONCE}`,
        [origins, ...after],
      )
      for (const row of rows) for (const id of idsOf(row)) kept.set(id, row.id)
      const last = rows.at(-1)
      if (last === undefined || rows.length < READ_AT_ONCE) return new ParkedRows(kept)
      after = [last.id, last.place]
    }
  }

  get isEmpty(): boolean {
    return this.#kept.size === 0 && this.#added.size === 0
  }

  /** The parked transaction that touched this row. */
  find(id: string): string | undefined {
    return this.#added.get(id) ?? this.#kept.get(id)
  }

  add(ids: Iterable<string>, transaction: string): void {
    for (const id of ids) this.#added.set(id, transaction)
  }

  committed(): void {
    for (const [id, transaction] of this.#added) this.#kept.set(id, transaction)
    this.#added.clear()
  }

  rolledBack(): void {
    this.#added.clear()
  }
}

/** Of a parked change, what tells its rows. */
export interface ParkedKeyRow {
  readonly id: string
  readonly table: string
  readonly key: string
  readonly before: string | null
  readonly ours: string | null
}

type Row = Readonly<Record<string, string | null>>

/** The rows that a parked change touched. */
export function idsOf({ table, key, before, ours }: Omit<ParkedKeyRow, "id">): string[] {
  const names = Object.keys(JSON.parse(key) as Row)
  const rows = [before, ours].flatMap((text) => (text === null ? [] : [JSON.parse(text) as Row]))
  return rows.map((row) => rowId(table, JSON.stringify(names.map((name) => row[name] ?? null))))
}
