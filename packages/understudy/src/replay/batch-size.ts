import { MEMORY } from "./replay-memory.ts"

/** So many batches in a row are applied before larger ones are tried. */
const GOOD_ENOUGH = 8

/** From so many on there is no limit any more. */
const NO_LIMIT = 1 << 20

/**
 * How many local transactions go with one of the primary's. Where so many took too long, or the connection was lost over them,
 * half as many do from then on, and slowly more again: what was too much once is not tried anew with each page, nor with the
 * next try to return.
 */
export class BatchSize {
  /** The limit is kept there; 0: there is none. */
  readonly #memory: Float64Array<SharedArrayBuffer>
  #tried = 0
  #inARow = 0

  constructor(memory: SharedArrayBuffer) {
    this.#memory = new Float64Array(memory)
  }

  /** So many of these go next. */
  begin(available: number): number {
    const most = this.#memory[MEMORY.most] ?? 0
    this.#tried = most === 0 ? available : Math.min(available, most)
    return this.#tried
  }

  /** The batch that was begun is applied. `tookLong`: half as many are to do another time. */
  applied({ tookLong = false }: { readonly tookLong?: boolean } = {}): void {
    if (tookLong) return this.tooLarge()
    this.#tried = 0
    this.#inARow += 1
    if (this.#inARow < GOOD_ENOUGH) return
    this.#inARow = 0
    const most = (this.#memory[MEMORY.most] ?? 0) * 2
    this.#memory[MEMORY.most] = most > NO_LIMIT ? 0 : most
  }

  /** The batch that was begun took too long, or cost the connection; nothing, where none was. */
  tooLarge(): void {
    if (this.#tried === 0) return
    this.#memory[MEMORY.most] = Math.max(1, this.#tried >>> 1)
    this.#tried = 0
    this.#inARow = 0
  }
}
