import type { Texts } from "./primary-change.ts"

/** So many rows go with one statement. */
const MOST_ROWS = 5_000
/**
 * And so many characters, if one row alone has no more: the values of a column are one text, which has to be far below the
 * longest that there can be, and the memory of a replay does not grow with the size of rows.
 */
const MOST_CHARACTERS = 8 * 1024 * 1024

/** A run of rows: the place of the first, and the one after the last. */
export interface Chunk {
  readonly from: number
  readonly to: number
}

/** Cuts rows of these sizes, in characters, into runs of which each goes with one statement. */
export function chunksOf(sizes: readonly number[]): Chunk[] {
  const chunks: Chunk[] = []
  let from = 0
  let characters = 0
  for (const [place, size] of sizes.entries()) {
    const isFull = place - from >= MOST_ROWS || characters + size > MOST_CHARACTERS
    if (isFull && place > from) {
      chunks.push({ from, to: place })
      from = place
      characters = 0
    }
    characters += size
  }
  if (from < sizes.length) chunks.push({ from, to: sizes.length })
  return chunks
}

/** How many characters a row has; none where there is no row. */
export function sizeOf(row: Texts | null | undefined): number {
  let size = 0
  for (const text of row ?? []) size += text?.length ?? 0
  return size
}
