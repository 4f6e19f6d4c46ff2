import type { Client } from "pg"
import {
  deleteRows,
  everyPlace,
  findRows,
  insertRows,
  lockRows,
  updateRows,
  type Statement,
} from "./guarded-statement.ts"
import type { NetChange, NetTable } from "./net-changes.ts"
import type { Texts } from "./primary-change.ts"
import { chunksOf, sizeOf } from "./row-chunks.ts"
import type { Target } from "./target-table.ts"

/** Some row was not as expected: nothing is known but that. */
export class NotAsExpected extends Error {
  override readonly name = "NotAsExpected"
}

/**
 * Applies what many transactions together do, in a few statements. Rows go first, children before parents, so that others
 * may take what was unique about them; then rows come and change, parents first.
 *
 * @throws NotAsExpected or the server's error, where one of the transactions may be a conflict.
 */
export async function applySets(client: Client, tables: readonly NetTable[]): Promise<void> {
  await client.query("set constraints all deferred")
  for (const { target, changes } of tables.toReversed()) {
    const gone = [...changes.values()].filter(({ after }) => after === null)
    await inChunks(client, rowsOf(gone, "before"), (rows) => deleteRows(target, rows))
    const passing = gone.filter(({ before }) => before === null)
    await expectAbsent(
      client,
      target,
      passing.map(({ row }) => row),
    )
  }
  for (const { target, changes } of tables) {
    const there = [...changes.values()].filter(({ after }) => after !== null)
    const come = there.filter(({ before }) => before === null)
    await inChunks(client, rowsOf(come, "after"), (rows) => insertRows(target, rows))
    await updateAll(
      client,
      target,
      there.filter(({ before }) => before !== null),
    )
  }
  await client.query("set constraints all immediate")
}

function rowsOf(changes: readonly NetChange[], which: "before" | "after"): Texts[] {
  return changes.map((change) => change[which]).filter((row) => row !== null)
}

/** Each statement must find all of its rows. `sizeAt`: the size of what goes with one. */
async function inChunks(
  client: Client,
  rows: readonly Texts[],
  statementOf: (rows: readonly Texts[], from: number) => Statement,
  sizeAt: (place: number) => number = (place) => sizeOf(rows[place]),
): Promise<void> {
  for (const { from, to } of chunksOf([...rows.keys()].map(sizeAt))) {
    const { text, values } = statementOf(rows.slice(from, to), from)
    const { rowCount } = await client.query(text, [...values])
    if (rowCount !== to - from) throw new NotAsExpected()
  }
}

/** What came and went within the batch: nobody else may have a row of that key. */
async function expectAbsent(client: Client, target: Target, rows: readonly Texts[]): Promise<void> {
  for (const { from, to } of chunksOf(rows.map(sizeOf))) {
    const { text, values } = findRows(target, rows.slice(from, to))
    if ((await client.query(text, [...values])).rowCount !== 0) throw new NotAsExpected()
  }
}

/** All columns that one of them changes are written for each: the others have in them what they had before. */
async function updateAll(client: Client, target: Target, changes: readonly NetChange[]): Promise<void> {
  const places = changes.map(({ before, after }) =>
    everyPlace(target).filter((place) => before?.[place] !== after?.[place]),
  )
  // What changes nothing was acknowledged of its row nevertheless.
  const same = changes.filter((_, index) => places[index]?.length === 0)
  await inChunks(client, rowsOf(same, "before"), (rows) => lockRows(target, rows))
  const changed = changes.filter((_, index) => places[index]?.length !== 0)
  const after = rowsOf(changed, "after")
  const update = { written: [...new Set(places.flat())], guarded: everyPlace(target) }
  const before = rowsOf(changed, "before")
  await inChunks(
    client,
    before,
    (rows, from) => updateRows(target, rows, after.slice(from, from + rows.length), update),
    (place) => sizeOf(before[place]) + sizeOf(after[place]),
  )
}
