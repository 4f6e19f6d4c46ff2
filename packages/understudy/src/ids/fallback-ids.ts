import type { IdColumn, IdSource } from "../engine/id-source.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import { drawBlock, type BlockType } from "./random-block.ts"

/** The rest of a block. */
interface OpenBlock {
  next: bigint
  readonly last: bigint
}

function noIds(column: string, why: string): UnderstudyError {
  return new UnderstudyError("UNDERSTUDY_NO_IDS", { column, why }, { applied: "no" })
}

/** Gives leased ids while there are some, then ids of random blocks. */
export class FallbackIds implements IdSource {
  readonly #takeLeased: (name: string) => bigint | undefined
  readonly #random: (below: bigint) => bigint
  readonly #blocks = new Map<string, OpenBlock>()

  /** @param random A whole number from 0, below the one that is given. */
  constructor(takeLeased: (name: string) => bigint | undefined, random: (below: bigint) => bigint) {
    this.#takeLeased = takeLeased
    this.#random = random
  }

  next(column: IdColumn): bigint {
    return this.#takeLeased(column.name) ?? this.#fromBlock(column)
  }

  #fromBlock(column: IdColumn): bigint {
    const { name, type } = column
    if (type === undefined) throw noIds(name, "no table has such a column")
    if (type === "int2") throw noIds(name, "smallint is too small for ids that no other database gives")
    const block = this.#openBlock(column, type)
    const id = block.next
    block.next += 1n
    return id
  }

  #openBlock({ name, nextTaken }: IdColumn, type: BlockType): OpenBlock {
    // A column whose type became another one has other blocks.
    const key = `${type} ${name}`
    const open = this.#blocks.get(key)
    if (open !== undefined && open.next <= open.last) return open
    const drawn = drawBlock(type, this.#random, nextTaken)
    if (drawn === undefined) throw noIds(name, "none was found that no row has")
    const block = { next: drawn.first, last: drawn.last }
    this.#blocks.set(key, block)
    return block
  }
}
