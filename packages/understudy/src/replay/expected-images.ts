import type { Client } from "pg"
import { inTransaction } from "../journal/own-transaction.ts"
import type { NamedRow } from "./parked.ts"
import { keyOf, rowId, type Texts } from "./primary-change.ts"
import type { Target } from "./target-table.ts"

function namedRow({ columns }: Target, row: Texts): NamedRow {
  return Object.fromEntries(columns.map(({ name }, place) => [name, row[place] ?? null]))
}

/** A row of a table. */
export interface RowOf {
  readonly target: Target
  readonly row: Texts
}

/** What is kept of a row. */
interface Kept {
  readonly table: string
  readonly key: string
  readonly given: NamedRow
  readonly image: NamedRow
}

/** The tables' names, and the keys. */
function namesOf(rows: readonly RowOf[]): [tables: string[], keys: string[]] {
  return [rows.map(({ target }) => target.table.name), rows.map(({ target, row }) => keyOf(target, row))]
}

/** What the primary made of the row, if it is the one that was handed back. */
function madeOf(target: Target, row: Texts, { given, image }: Kept): Texts {
  const had = namedRow(target, row)
  if (Object.entries(given).some(([name, text]) => Object.hasOwn(had, name) && had[name] !== text)) return row
  return target.columns.map(({ name }, place) =>
    Object.hasOwn(image, name) ? (image[name] ?? null) : (row[place] ?? null),
  )
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
    const [found] = await this.findAll([{ target, row: before }])
    return found ?? before
  }

  /** The same for several rows, in their order. */
  async findAll(rows: readonly RowOf[]): Promise<Texts[]> {
    const asked = rows.filter(({ target }) => this.isExpected(target))
    const known = new Map<string, Kept>()
    if (asked.length > 0) {
      const kept = await this.#client.query<Kept>(
        `select e."table", e.key, e.given, e.image from understudy.replay_expected e
          join unnest($2::text[], $3::text[]) as r ("table", key) on e."table" = r."table" and e.key = r.key
          where e.origin = any($1)`,
        [this.#origins, ...namesOf(asked)],
      )
      for (const each of kept.rows) known.set(rowId(each.table, each.key), each)
    }
    return rows.map(({ target, row }) => {
      const found = this.isExpected(target)
        ? known.get(rowId(target.table.name, keyOf(target, row)))
        : undefined
      return found === undefined ? row : madeOf(target, row, found)
    })
  }

  /** From now on this is expected of a row that was handed back; null: what the fallback has. */
  set(target: Target, row: Texts, image: NamedRow | null): Promise<void> {
    return this.setAll([{ target, row, image }])
  }

  /** The same for several rows, of which none is there twice. */
  async setAll(rows: readonly (RowOf & { readonly image: NamedRow | null })[]): Promise<void> {
    const known = rows.filter(({ target }) => this.isExpected(target))
    if (known.length === 0) return
    // There is one row of a key, whichever of the origins made it so last.
    await this.#client.query(
      `delete from understudy.replay_expected e using unnest($2::text[], $3::text[]) as r ("table", key)
        where e.origin = any($1) and e."table" = r."table" and e.key = r.key`,
      [this.#origins, ...namesOf(known)],
    )
    const made = known.filter(({ image }) => image !== null)
    if (made.length === 0) return
    for (const { target } of made) this.#tables.add(target.table.name)
    await this.#client.query(
      `insert into understudy.replay_expected (origin, "table", key, given, image)
        select $1, r."table", r.key, r.given::json, r.image::json
        from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as r ("table", key, given, image)`,
      [
        this.#origin,
        ...namesOf(made),
        made.map(({ target, row }) => JSON.stringify(namedRow(target, row))),
        made.map(({ image }) => JSON.stringify(image)),
      ],
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
