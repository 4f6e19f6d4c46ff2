import type { Client } from "pg"
import { inTransaction } from "../journal/own-transaction.ts"
import type { NamedRow } from "./parked.ts"
import { keyOf, type Texts } from "./primary-change.ts"
import type { Target } from "./target-table.ts"

function namedRow({ columns }: Target, row: Texts): NamedRow {
  return Object.fromEntries(columns.map(({ name }, place) => [name, row[place] ?? null]))
}

/**
 * Rows that the primary's own triggers made other than they were handed back: they are what is expected there when the next
 * change of them is. Kept on the primary, in the transactions that made them so.
 */
export class ExpectedImages {
  readonly #client: Client
  /** Under which what is noted now is kept. */
  readonly #origin: string
  /** Those of one file: what one opening of it left, the next one goes on from. */
  readonly #origins: readonly string[]
  readonly #tables: Set<string>

  private constructor(client: Client, origin: string, origins: readonly string[], tables: Set<string>) {
    this.#client = client
    this.#origin = origin
    this.#origins = origins
    this.#tables = tables
  }

  /** @param origins All that go on from each other, the origin among them. */
  static async open(client: Client, origin: string, origins: readonly string[]): Promise<ExpectedImages> {
    const { rows } = await client.query<{ table: string }>(
      `select distinct "table" from understudy.replay_expected where origin = any($1)`,
      [origins],
    )
    return new ExpectedImages(client, origin, origins, new Set(rows.map(({ table }) => table)))
  }

  /** For an origin whose file is not at hand. */
  static async openFor(client: Client, origin: string): Promise<ExpectedImages> {
    const { rows } = await client.query<{ origin: string }>(
      `select origin from understudy.replay_cursor
        where home = (select home from understudy.replay_cursor where origin = $1)`,
      [origin],
    )
    const others = rows.map((row) => row.origin).filter((each) => each !== origin)
    return ExpectedImages.open(client, origin, [origin, ...others])
  }

  /** May there be any of this table? */
  isExpected({ table }: Target): boolean {
    return table.hasTriggers || this.#tables.has(table.name)
  }

  /**
   * The row that is expected where the fallback had this one. Where it had another than the one that was handed back, its
   * file was set back to an earlier copy, or is a copy itself: then nothing is known but what it had.
   */
  async find(target: Target, before: Texts): Promise<Texts> {
    if (!this.isExpected(target)) return before
    const { rows } = await this.#client.query<{ given: NamedRow; image: NamedRow }>(
      `select given, image from understudy.replay_expected where origin = any($1) and "table" = $2 and key = $3`,
      [this.#origins, target.table.name, keyOf(target, before)],
    )
    const [found] = rows
    if (found === undefined) return before
    const { given, image } = found
    const had = namedRow(target, before)
    if (Object.entries(given).some(([name, text]) => Object.hasOwn(had, name) && had[name] !== text))
      return before
    return target.columns.map(({ name }, place) =>
      Object.hasOwn(image, name) ? (image[name] ?? null) : (before[place] ?? null),
    )
  }

  /** From now on this is expected of a row that was handed back; null: what the fallback has. */
  async set(target: Target, row: Texts, image: NamedRow | null): Promise<void> {
    if (!this.isExpected(target)) return
    const values = [target.table.name, keyOf(target, row)]
    if (image === null) {
      await this.#client.query(
        `delete from understudy.replay_expected where origin = any($1) and "table" = $2 and key = $3`,
        [this.#origins, ...values],
      )
      return
    }
    this.#tables.add(target.table.name)
    // There is one row of a key, whichever of the origins made it so last.
    await this.#client.query(
      `with others as (delete from understudy.replay_expected
          where origin = any($1) and origin <> $4 and "table" = $2 and key = $3)
        insert into understudy.replay_expected (origin, "table", key, given, image) values ($4, $2, $3, $5, $6)
        on conflict ("table", key, origin) do update set given = excluded.given, image = excluded.image`,
      [this.#origins, ...values, this.#origin, JSON.stringify(namedRow(target, row)), JSON.stringify(image)],
    )
  }
}

/** Something of the same file is parked, and may yet be applied where the rows are as they were made. */
const IS_WANTED = `exists (
  select from understudy.parked_transaction t join understudy.replay_cursor c on c.origin = t.origin
  where t.state = 'open' and c.home = (select home from understudy.replay_cursor where origin = e.origin))`

/** Forgets what was kept of a file of which these origins are handed back, but for those of which something may be left. */
export async function forgetExpected(
  client: Client,
  returned: readonly string[],
  left: readonly string[],
): Promise<void> {
  if (returned.length === 0) return
  await inTransaction(client, () =>
    client.query(
      `delete from understudy.replay_expected e
        where not e.origin = any($2) and not ${IS_WANTED} and e.origin in (
          select origin from understudy.replay_cursor
            where home in (select home from understudy.replay_cursor where origin = any($1)))`,
      [returned, left],
    ),
  )
}

/** Forgets what was kept of files of which nothing was handed back for so long: whether they have more is not known. */
export async function forgetOldExpected(client: Client, olderThanDays: number): Promise<void> {
  await client.query(
    `delete from understudy.replay_expected e where not ${IS_WANTED} and not exists (
      select from understudy.replay_cursor c
        where c.home = (select home from understudy.replay_cursor where origin = e.origin)
          and c.moved_at >= clock_timestamp() - make_interval(days => $1))`,
    [olderThanDays],
  )
}
