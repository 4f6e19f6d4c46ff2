/** The types whose ids may come from a random block. */
export type BlockType = "int4" | "int8"

/** Ids that follow one another. */
export interface Block {
  readonly first: bigint
  readonly last: bigint
}

interface Space {
  readonly from: bigint
  /** Not itself in it. */
  readonly to: bigint
  readonly blockSize: bigint
}

/** Above what sequences come to, and below what JavaScript's numbers hold exactly. */
const SPACES: Readonly<Record<BlockType, Space>> = {
  int8: { from: 2n ** 40n, to: 2n ** 52n, blockSize: 2n ** 32n },
  int4: { from: 2n ** 30n, to: 2n ** 31n, blockSize: 2n ** 16n },
}

/** In a space so full that so many draws find no whole block, the largest part that was found is taken. */
const DRAWS = 32

/**
 * A block that nobody has an id of, as far as is known here. It begins anywhere, and not at a multiple of its size: so two
 * instances meet only where one's few ids reach into the other's.
 *
 * @param random A whole number from 0, below the one that is given.
 * @param nextTaken The least id, not below this one, that a row has; undefined: none has.
 * @returns undefined where no free id was found.
 */
export function drawBlock(
  type: BlockType,
  random: (below: bigint) => bigint,
  nextTaken: (from: bigint) => bigint | undefined,
): Block | undefined {
  const { from, to, blockSize } = SPACES[type]
  let largest: Block | undefined
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const first = from + random(to - from - blockSize + 1n)
    const taken = nextTaken(first)
    const end = taken === undefined || taken > first + blockSize ? first + blockSize : taken
    if (end - first === blockSize) return { first, last: end - 1n }
    if (end > first && (largest === undefined || end - first > largest.last - largest.first + 1n))
      largest = { first, last: end - 1n }
  }
  return largest
}
