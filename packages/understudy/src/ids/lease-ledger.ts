import { IdQueue, toRanges } from "./id-ranges.ts"
import { leaseSize, type SequenceBounds } from "./lease-size.ts"
import type { PrimarySequence } from "./primary-sequences.ts"

/** Ids that are to be drawn. */
export interface LeaseRequest {
  readonly name: string
  readonly oid: string
  readonly step: bigint
  readonly count: number
}

/** What is known of one column's sequence, and the ids leased from it. */
interface Held {
  readonly oid: string
  readonly ids: IdQueue
  /** Where the sequence was when it was last looked at. */
  last: bigint | null
  /** The sequence has moved since it was first looked at: rows are inserted. */
  isUsed: boolean
  /** The leased id that the sequence gave last. */
  furthest: bigint | null
}

function newlySeen({ oid, bounds }: PrimarySequence): Held {
  return { oid, ids: new IdQueue(), last: bounds?.last ?? null, isUsed: false, furthest: null }
}

/** Is the sequence before an id that it gave? It was set back then, and will give that one again. */
function wasSetBack(furthest: bigint | null, bounds: SequenceBounds | null): boolean {
  if (furthest === null) return false
  if (bounds === null) return true
  return bounds.step > 0n ? bounds.last < furthest : bounds.last > furthest
}

/** Keeps the ids leased from the primary, by column; in memory, so that a restart forgets them. No I/O. */
export class LeaseLedger {
  readonly #columns = new Map<string, Held>()

  /**
   * Takes note of how the primary's sequences are. Leases of a column that is gone, or drawn for by another sequence, or whose
   * sequence was set back, are void.
   *
   * @returns What to draw. Nothing for a table to which no row was added since it was first looked at.
   */
  note(sequences: readonly PrimarySequence[]): LeaseRequest[] {
    const names = new Set(sequences.map(({ name }) => name))
    for (const name of this.#columns.keys()) if (!names.has(name)) this.#columns.delete(name)
    return sequences.flatMap((sequence) => this.#noteOne(sequence))
  }

  #noteOne(sequence: PrimarySequence): LeaseRequest[] {
    const { name, oid, bounds } = sequence
    const known = this.#columns.get(name)
    const isSame = known?.oid === oid && !wasSetBack(known.furthest, bounds)
    const held = isSame ? known : newlySeen(sequence)
    this.#columns.set(name, held)
    if (bounds === null) return []
    held.isUsed ||= bounds.last !== held.last
    held.last = bounds.last
    const size = leaseSize(bounds)
    if (!held.isUsed || held.ids.left * 2 >= size) return []
    return [{ name, oid, step: bounds.step, count: size - held.ids.left }]
  }

  /** Keeps what was drawn, unless the lease has become void meanwhile. */
  add({ name, oid, step }: LeaseRequest, ids: readonly bigint[]): void {
    const held = this.#columns.get(name)
    if (held?.oid !== oid) return
    held.ids.add(toRanges(ids, step))
    held.furthest = ids.at(-1) ?? held.furthest
  }

  /** The next leased id of a column; undefined where there is none. It is given once. */
  take(name: string): bigint | undefined {
    return this.#columns.get(name)?.ids.take()
  }

  /** Forgets all leases. */
  clear(): void {
    this.#columns.clear()
  }
}
