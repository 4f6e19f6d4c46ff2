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
    const [first] = this.#origins
    const values = [target.table.name, keyOf(target, row)]
    if (image === null) {
      await this.#client.query(
        `delete from understudy.replay_expected where origin = any($1) and "table" = $2 and key = $3`,
        [this.#origins, ...values],
      )
      return
    }
    this.#tables.add(target.table.name)
    // Under one origin for all of the file's: there is one row of a key.
    await this.#client.query(
      `with others as (delete from understudy.replay_expected
          where origin = any($1) and origin <> $4 and "table" = $2 and key = $3)
        insert into understudy.replay_expected (origin, "table", key, image) values ($4, $2, $3, $5)
        on conflict ("table", key, origin) do update set image = excluded.image`,
      [this.#origins, ...values, first, JSON.stringify(image)],
    )
  }
}
