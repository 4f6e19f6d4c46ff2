/** So many batches in a row are applied before larger ones are tried. */
const GOOD_ENOUGH = 8

/**
 * How many local transactions go with one of the primary's. Where so many took too long, or the connection was lost over them,
 * half as many do from then on, and slowly more again: what was too much once is not tried anew with each page.
 */
export class BatchSize {
  #most = Infinity
  #tried = 0
  #inARow = 0

  /** So many of these go next. */
  begin(available: number): number {
    this.#tried = Math.min(available, this.#most)
    return this.#tried
  }

  applied(): void {
    this.#tried = 0
    this.#inARow += 1
    if (this.#inARow < GOOD_ENOUGH) return
    this.#inARow = 0
    this.#most *= 2
  }

  /** The batch that was begun came to no end; nothing, where none was. */
  failed(): void {
    if (this.#tried === 0) return
    this.#most = Math.max(1, this.#tried >>> 1)
    this.#tried = 0
    this.#inARow = 0
  }
}
