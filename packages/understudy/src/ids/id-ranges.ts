/** Ids that follow one another by the same step. */
export interface IdRange {
  readonly first: bigint
  readonly step: bigint
  readonly count: number
}

/** Ids as ranges, in their order. While others draw from the same sequence there are gaps. */
export function toRanges(ids: readonly bigint[], step: bigint): IdRange[] {
  const ranges: { first: bigint; step: bigint; count: number }[] = []
  let expected: bigint | undefined
  for (const id of ids) {
    const last = ranges.at(-1)
    if (last !== undefined && id === expected) last.count += 1
    else ranges.push({ first: id, step, count: 1 })
    expected = id + step
  }
  return ranges
}

/** Gives the ids of ranges, each once. */
export class IdQueue {
  /** The one in use stands last. */
  #ranges: IdRange[] = []
  /** How many ids of the one in use were given. */
  #given = 0
  #left = 0

  /** How many ids are left. */
  get left(): number {
    return this.#left
  }

  add(ranges: readonly IdRange[]): void {
    this.#ranges = [...ranges.toReversed(), ...this.#ranges]
    for (const { count } of ranges) this.#left += count
  }

  /** The next id; undefined where none is left. */
  take(): bigint | undefined {
    const range = this.#ranges.at(-1)
    if (range === undefined) return undefined
    const id = range.first + range.step * BigInt(this.#given)
    this.#given += 1
    this.#left -= 1
    if (this.#given === range.count) {
      this.#ranges.pop()
      this.#given = 0
    }
    return id
  }
}
