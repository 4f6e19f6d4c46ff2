import type { Client } from "pg"
import { keyOf, type Texts } from "./primary-change.ts"
import type { Target } from "./target-table.ts"

/**
 * Rows that the primary's own triggers made other than they were handed back: they are what is expected there when the next
 * change of them is. Kept on the primary, in the transactions that made them so.
 */
export class ExpectedImages {
  readonly #client: Client
  /** Those of one file: what one opening of it left, the next one goes on from. */
  readonly #origins: readonly string[]
  readonly #tables: Set<string>

  private constructor(client: Client, origins: readonly string[], tables: Set<string>) {
    this.#client = client
    this.#origins = origins
    this.#tables = tables
  }

  static async open(client: Client, origins: readonly string[]): Promise<ExpectedImages> {
    const { rows } = await client.query<{ table: string }>(
      `select distinct "table" from understudy.replay_expected where origin = any($1)`,
      [origins],
    )
    return new ExpectedImages(client, origins, new Set(rows.map(({ table }) => table)))
  }

  /** May there be any of this table? */
  isExpected({ table }: Target): boolean {
    return table.hasTriggers || this.#tables.has(table.name)
  }

  /** The row that is expected where the fallback had this one. */
  async find(target: Target, before: Texts): Promise<Texts> {
    if (!this.isExpected(target)) return before
    const { rows } = await this.#client.query<{ image: Readonly<Record<string, string | null>> }>(
      `select image from understudy.replay_expected where origin = any($1) and "table" = $2 and key = $3`,
      [this.#origins, target.table.name, keyOf(target, before)],
    )
    const image = rows[0]?.image
    if (image === undefined) return before
    return target.columns.map(({ name }, place) =>
      name in image ? (image[name] ?? null) : (before[place] ?? null),
    )
  }

  /** From now on this is expected of a row; null: what the fallback has. */
  async set(
    target: Target,
    row: Texts,
    image: Readonly<Record<string, string | null>> | null,
  ): Promise<void> {
    if (!this.isExpected(target)) return
    const key = [target.table.name, keyOf(target, row)]
    await this.#client.query(
      `delete from understudy.replay_expected where origin = any($1) and "table" = $2 and key = $3`,
      [this.#origins, ...key],
    )
    if (image === null) return
    this.#tables.add(target.table.name)
    await this.#client.query("insert into understudy.replay_expected values ($1, $2, $3, $4)", [
      this.#origins.at(-1),
      ...key,
      JSON.stringify(image),
    ])
  }
}
