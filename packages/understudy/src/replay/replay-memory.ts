/** The places in what a replay keeps for the next one. */
export const MEMORY = { most: 0, losses: 1, lostOver: 2, troubledSince: 3 } as const

/** What a replay keeps of one file for the next one: it outlives the thread that works with it. Nothing is known at first. */
export function replayMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(Object.keys(MEMORY).length * Float64Array.BYTES_PER_ELEMENT)
}
