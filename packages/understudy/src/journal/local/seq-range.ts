import type { DatabaseSync } from "node:sqlite"
import { unitsOf } from "../../engine/sqlite/transaction-units.ts"

/** Where the changes of one origin stand in the journal. Between the two all are there, and no other origin's. */
export interface SeqRange {
  readonly first: number
  readonly last: number
}

/**
 * Finds the changes of an origin without reading the others: numbers of transactions grow with the sequence, and nothing
 * but whole chunks from the front of an origin is ever forgotten. Undefined: it has none.
 */
export function findSeqRange(database: DatabaseSync, originId: number): SeqRange | undefined {
  const at = database.prepare("select seq, unit from understudy_change where seq >= ? order by seq limit 1", {
    readBigInts: true,
  })
  const end =
    Number(database.prepare("select max(seq) as last from understudy_change").get()?.["last"] ?? 0) + 1
  /** The least place from which on all transactions have at least this number. */
  const placeOf = (unit: bigint, from: number): number => {
    let [low, high] = [from, end]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const row = at.get(middle)
      if (row === undefined || (row["unit"] as bigint) >= unit) high = middle
      else low = middle + 1
    }
    return low
  }
  const from = placeOf(unitsOf(originId), 0)
  const to = placeOf(unitsOf(originId + 1), from)
  const first = Number(at.get(from)?.["seq"] ?? end)
  return first < to ? { first, last: to - 1 } : undefined
}
