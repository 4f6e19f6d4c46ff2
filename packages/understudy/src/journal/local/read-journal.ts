import type { DatabaseSync } from "node:sqlite"
import { originOf } from "../../engine/sqlite/transaction-units.ts"
import type { LocalTransaction, MigrationRan, RowChange, Shape } from "./contract.ts"
import { decodeRow } from "./image.ts"
import { hasJournal, OPERATIONS } from "./journal-tables.ts"
import { readOrigins } from "./origins.ts"
import { findSeqRange, type SeqRange } from "./seq-range.ts"
import { readShapes } from "./shapes.ts"

/** Which transactions are read. */
export interface Page {
  /** Those whose changes all come later than this one. */
  readonly afterSeq: number
  /** Of this origin alone; all, if it is left out. */
  readonly originId?: number
  /** How many changes are enough. The last transaction is whole nevertheless. */
  readonly limit: number
  /** How many characters of rows are enough, likewise; any number, if it is left out. */
  readonly mostCharacters?: number
}

type Entry = readonly [
  seq: bigint,
  unit: bigint,
  at: bigint,
  shape: bigint | null,
  operation: string,
  before: string | null,
  after: string | null,
]

const WHOLE_JOURNAL: SeqRange = { first: 1, last: Number.MAX_SAFE_INTEGER }

/** Reads whole local transactions, in the order of their commits; none: there are no more. */
export function readTransactions(
  database: DatabaseSync,
  { afterSeq, originId, limit, mostCharacters = Infinity }: Page,
): LocalTransaction[] {
  if (!hasJournal(database)) return []
  const shapes = readShapes(database)
  const origins = new Map(readOrigins(database).map(({ id, origin }) => [id, origin]))
  const entries = database.prepare(
    `select seq, unit, at, shape, operation, before, after from understudy_change
      where seq between ? and ? order by seq`,
    { readBigInts: true, returnArrays: true },
  )
  const range = originId === undefined ? WHOLE_JOURNAL : findSeqRange(database, originId)
  if (range === undefined) return []
  const transactions: OpenTransaction[] = []
  let last: OpenTransaction | undefined
  let count = 0
  let characters = 0
  for (const row of entries.iterate(
    Math.max(afterSeq + 1, range.first),
    range.last,
  ) as IterableIterator<unknown>) {
    const entry = row as Entry
    const [, unit, at, , , before, after] = entry
    if (last?.unit !== unit) {
      if (count >= limit || characters >= mostCharacters) break
      const origin = origins.get(originOf(unit)) ?? ""
      last = { origin, unit, at: new Date(Number(at)), changes: [] }
      transactions.push(last)
    }
    last.changes.push(changeOf(entry, shapes))
    count += 1
    characters += (before?.length ?? 0) + (after?.length ?? 0)
  }
  return transactions
}

interface OpenTransaction extends LocalTransaction {
  readonly changes: (RowChange | MigrationRan)[]
}

const NAMES: ReadonlyMap<string, RowChange["operation"]> = new Map([
  [OPERATIONS.insert, "insert"],
  [OPERATIONS.update, "update"],
  [OPERATIONS.delete, "delete"],
])

function changeOf(
  [seq, , , shapeId, letter, before, after]: Entry,
  shapes: ReadonlyMap<number, Shape>,
): RowChange | MigrationRan {
  const operation = NAMES.get(letter)
  if (operation === undefined) return { operation: "migration", seq: Number(seq), name: after ?? "" }
  const shape = shapes.get(Number(shapeId))
  if (shape === undefined) throw new Error(`the journal has no shape ${shapeId}`)
  return {
    operation,
    seq: Number(seq),
    shape,
    before: before === null ? null : decodeRow(before),
    after: after === null ? null : decodeRow(after),
  }
}
