/** So many ids are leased at most. */
const LARGEST = 1_000n
/** A lease takes no larger part of what a sequence can still give. */
const SMALLEST_PART = 2n ** 22n

/** The bounds of a sequence, and where it is. */
export interface SequenceBounds {
  readonly least: bigint
  readonly greatest: bigint
  readonly step: bigint
  readonly last: bigint
}

/** How many ids a sequence can still give. */
function leftIn({ least, greatest, step, last }: SequenceBounds): bigint {
  const room = step > 0n ? greatest - last : last - least
  return room < 0n ? 0n : room / (step > 0n ? step : -step)
}

/**
 * How many ids to hold. One lease in each minute takes an eighth of what is left in a year, and so never all of it: 511 of a
 * new sequence of int4, none of one of int2.
 */
export function leaseSize(bounds: SequenceBounds): number {
  const part = leftIn(bounds) / SMALLEST_PART
  return Number(part < LARGEST ? part : LARGEST)
}
