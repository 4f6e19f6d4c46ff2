/** So many batches in a row are applied before larger ones are tried. */
const GOOD_ENOUGH = 8

/** From so many on there is no limit any more. */
const NO_LIMIT = 1 << 20

/** What a {@link BatchSize} keeps, for the next one: it outlives the thread that works with it. */
export function batchMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
}

/**
 * How many local transactions go with one of the primary's. Where so many took too long, or the connection was lost over them,
 * half as many do from then on, and slowly more again: what was too much once is not tried anew with each page, nor with the
 * next try to return.
 */
export class BatchSize {
  /** Its number is the limit; 0: there is none. */
  readonly #memory: Int32Array<SharedArrayBuffer>
  #tried = 0
  #inARow = 0

  constructor(memory: SharedArrayBuffer = batchMemory()) {
    this.#memory = new Int32Array(memory)
  }

  /** So many of these go next. */
  begin(available: number): number {
    const most = this.#memory[0] ?? 0
    this.#tried = most === 0 ? available : Math.min(available, most)
    return this.#tried
  }

  applied(): void {
    this.#tried = 0
    this.#inARow += 1
    if (this.#inARow < GOOD_ENOUGH) return
    this.#inARow = 0
    const most = (this.#memory[0] ?? 0) * 2
    this.#memory[0] = most > NO_LIMIT ? 0 : most
  }

  /** The batch that was begun came to no end; nothing, where none was. */
  failed(): void {
    if (this.#tried === 0) return
    this.#memory[0] = Math.max(1, this.#tried >>> 1)
    this.#tried = 0
    this.#inARow = 0
  }
}
