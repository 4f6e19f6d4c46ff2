import type { NamedRow, ParkedChange } from "./parked.ts"
import type { Client } from "pg"
import { parseDeclaredType } from "../engine/logical-type.ts"
import { toPrimaryTextOf } from "../engine/sqlite/stored-value.ts"
import type { Image, RowChange, Shape } from "../journal/local/contract.ts"
import type { Conflict } from "./conflict.ts"
import { readRows, type Statement } from "./guarded-statement.ts"
import type { PrimaryChange } from "./primary-change.ts"
import { chunksOf, sizeOf } from "./row-chunks.ts"

/** What is kept of a whole transaction. */
export interface Parking {
  readonly origin: string
  readonly unit: bigint
  readonly at: Date
  readonly conflict: Conflict
  readonly dependsOn: readonly string[]
  /** `applied`: ours has won, and this tells over what. */
  readonly state: "open" | "applied"
}

/** A change of the fallback's, by names, whether the primary has such a table or not. */
export function describeChange(change: RowChange, theirs: NamedRow | null | undefined): ParkedChange {
  const { shape, seq, operation } = change
  const before = namedRow(shape, change.before)
  const ours = namedRow(shape, change.after)
  const row = before ?? ours ?? {}
  const key = Object.fromEntries(shape.key.map((name) => [name, row[name] ?? null]))
  const described = { seq, table: shape.table, operation, key, before, ours }
  return theirs === undefined ? described : { ...described, theirs }
}

function namedRow({ columns }: Shape, image: Image | null): NamedRow | null {
  if (image === null) return null
  return Object.fromEntries(
    columns.map(({ name, type }, place) => {
      const value = image[place] ?? null
      return [
        name,
        value === null ? null : toPrimaryTextOf(parseDeclaredType(type) ?? { name: "text" })(value),
      ]
    }),
  )
}

/** How many characters a change of the fallback's has, as it is kept. */
export function sizeOfChange({ before, after }: RowChange): number {
  let size = 0
  for (const value of [...(before ?? []), ...(after ?? [])]) {
    if (typeof value === "string") size += value.length
    else if (value instanceof Uint8Array) size += 2 * value.length
  }
  return size
}

function text(row: NamedRow | null): string | null {
  return row === null ? null : JSON.stringify(row)
}

/** Keeps a transaction for a person, in the client's transaction; gives its id. */
export async function park(
  client: Client,
  parking: Parking,
  changes: readonly ParkedChange[],
): Promise<string> {
  const id = await beginParking(client, parking)
  const sizes = changes.map(({ before, ours, theirs }) => sizeOfRows([before, ours, theirs]))
  for (const { from, to } of chunksOf(sizes)) await parkChanges(client, id, from, changes.slice(from, to))
  return id
}

function sizeOfRows(rows: readonly (NamedRow | null | undefined)[]): number {
  return rows.reduce((sum, row) => sum + sizeOf(Object.values(row ?? {})), 0)
}

/** Keeps that a transaction is parked; gives the id under which its changes are to be kept in the same transaction. */
export async function beginParking(client: Client, parking: Parking): Promise<string> {
  const { origin, unit, at, conflict, dependsOn, state } = parking
  const { rows } = await client.query<{ id: string }>(
    `insert into understudy.parked_transaction
        (origin, unit, at, reason, "table", detail, depends_on, state, settled_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, case when $8 = 'open' then null else clock_timestamp() end)
      returning id::text as id`,
    [
      origin,
      String(unit),
      at.toISOString(),
      conflict.reason,
      conflict.table,
      conflict.detail,
      dependsOn,
      state,
    ],
  )
  return rows[0]?.id ?? ""
}

/** Keeps changes of a parked transaction, of which the first has this place in it. */
export async function parkChanges(
  client: Client,
  id: string,
  firstPlace: number,
  changes: readonly ParkedChange[],
): Promise<void> {
  const column = (of: (change: ParkedChange) => string | null): (string | null)[] => changes.map(of)
  await client.query(
    `insert into understudy.parked_change (transaction, place, seq, "table", operation, key, before, ours, theirs)
      select $1, $9::int + place - 1, seq, "table", operation, key::json, before::json, ours::json, theirs::json
      from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
        with ordinality as c(seq, "table", operation, key, before, ours, theirs, place)`,
    [
      id,
      column(({ seq }) => String(seq)),
      column(({ table }) => table),
      column(({ operation }) => operation),
      column(({ key }) => text(key)),
      column(({ before }) => text(before)),
      column(({ ours }) => text(ours)),
      column(({ theirs }) => (theirs === undefined ? null : JSON.stringify(theirs))),
      firstPlace,
    ],
  )
}

/** What stands on the primary for each of these changes: null where there is no such row, undefined where it cannot be read. */
export async function readTheirs(
  client: Client,
  changes: readonly PrimaryChange[],
): Promise<(NamedRow | null | undefined)[]> {
  const theirs: (NamedRow | null | undefined)[] = changes.map(() => undefined)
  for (const target of new Set(changes.map((change) => change.target))) {
    const places = [...changes.keys()].filter((place) => changes[place]?.target === target)
    const rows = places.map((place) => changes[place]?.before ?? changes[place]?.after ?? [])
    const found = await tryToRead(client, readRows(target, rows))
    if (found === undefined) continue
    for (const at of places) theirs[at] = null
    for (const { place, image } of found) {
      const at = places[place]
      if (at !== undefined) theirs[at] = image
    }
  }
  return theirs
}

interface FoundRow {
  readonly place: number
  readonly image: NamedRow
}

/** Undefined where the server refuses it: the transaction goes on nevertheless. */
async function tryToRead(client: Client, { text: sql, values }: Statement): Promise<FoundRow[] | undefined> {
  await client.query("savepoint understudy_theirs")
  let found: FoundRow[] | undefined
  try {
    found = (await client.query<FoundRow>(sql, [...values])).rows
  } catch (error) {
    if ((error as { severity?: unknown }).severity !== "ERROR") throw error
    await client.query("rollback to savepoint understudy_theirs")
  }
  await client.query("release savepoint understudy_theirs")
  return found
}
