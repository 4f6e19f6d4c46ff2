/** So many batches in a row are applied before larger ones are tried. */
const GOOD_ENOUGH = 8

/** From so many on there is no limit any more. */
const NO_LIMIT = 1 << 20

/** What a {@link BatchSize} keeps, for the next one: it outlives the thread that works with it. */
export function batchMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
}

/**
 * How many local transactions go with one of the primary's. Where so many took too long, or the connection was lost over them,
 * half as many do from then on, and slowly more again: what was too much once is not tried anew with each page, nor with the
 * next try to return. Nor is it forgotten over which one alone the connection was lost.
 */
export class BatchSize {
  /** The limit, 0 where there is none; and how often the connection was lost in a row over one transaction alone. */
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

  /** How often the connection was lost in a row over one transaction alone, the same one each time. */
  get lostAlone(): number {
    return this.#memory[1] ?? 0
  }

  /** The batch that was begun is applied. `tookLong`: half as many are to do another time. */
  applied({ tookLong = false }: { readonly tookLong?: boolean } = {}): void {
    this.#memory[1] = 0
    if (tookLong) return this.tooLarge()
    this.#tried = 0
    this.#inARow += 1
    if (this.#inARow < GOOD_ENOUGH) return
    this.#inARow = 0
    const most = (this.#memory[0] ?? 0) * 2
    this.#memory[0] = most > NO_LIMIT ? 0 : most
  }

  /** The connection was lost over the batch that was begun; nothing, where none was. */
  lost(): void {
    if (this.#tried === 1) this.#memory[1] = this.lostAlone + 1
    this.tooLarge()
  }

  /** The batch that was begun took too long; nothing, where none was. */
  tooLarge(): void {
    if (this.#tried === 0) return
    this.#memory[0] = Math.max(1, this.#tried >>> 1)
    this.#tried = 0
    this.#inARow = 0
  }
}
