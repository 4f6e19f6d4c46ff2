import type { Client } from "pg"
import { readChanges, type RowChange } from "./journal-reader.ts"
import type { FollowedPosition } from "./copy-record.ts"
import { faultPoint } from "#fault-point"
import type { MirroredTable } from "./mirrored-table.ts"
import { rowFields } from "./row-text.ts"
import type { TableWriter } from "./table-writer.ts"

/** A table with what writes its copy. */
export interface FollowedTable {
  readonly table: MirroredTable
  readonly writer: TableWriter
}

/** What is done between two pieces of work: it may wait, and end the work by rejecting. */
export type Pause = () => Promise<void>

/** Changes of one page: as many are kept in memory at a time. */
const PAGE_SIZE = 1_000

/** Brings the copy of some tables from where it stands to the moment that the client's transaction sees. Gives the number of changes. */
export async function bringUp(
  client: Client,
  from: FollowedPosition | undefined,
  tables: readonly FollowedTable[],
  pause: Pause,
): Promise<number> {
  if (from === undefined) return 0
  const byRelation = new Map(tables.map((followed) => [followed.table.primary.oid, followed]))
  return applyChanges(client, from.cursor, byRelation, pause)
}

/**
 * Brings the copy from the cursor to the moment that the client's transaction sees. First every changed row is taken away,
 * then every row that is there in the end is put in: so no unique constraint minds an order that the primary did not have.
 * Gives the number of changed rows. Inside one transaction on either side.
 */
async function applyChanges(
  client: Client,
  cursor: string,
  tables: ReadonlyMap<number, FollowedTable>,
  pause: Pause,
): Promise<number> {
  const relations = [...tables.keys()]
  let count = 0
  let first: RowChange[] | undefined
  for await (const page of readChanges(client, cursor, relations, PAGE_SIZE)) {
    count += page.length
    first = count === page.length ? page : undefined
    for (const change of page) takeAway(change, tables)
    await pause()
  }
  faultPoint("mirror.apply.taken-away")
  if (first !== undefined) {
    for (const change of first) putIn(change, tables)
    return count
  }
  if (count === 0) return 0
  for await (const page of readChanges(client, cursor, relations, PAGE_SIZE)) {
    for (const change of page) putIn(change, tables)
    await pause()
  }
  return count
}

function takeAway(change: RowChange, tables: ReadonlyMap<number, FollowedTable>): void {
  const writer = tables.get(change.relation)?.writer
  if (change.kind === "truncate") writer?.clear()
  else writer?.delete(rowFields(change.key))
}

function putIn(change: RowChange, tables: ReadonlyMap<number, FollowedTable>): void {
  const followed = tables.get(change.relation)
  if (followed === undefined || change.kind === "truncate" || change.row === null) return
  const fields = rowFields(change.row)
  followed.writer.insert(followed.table.columns.map(({ place }) => fields[place] ?? null))
}
