import type { HandBack, HandedBack } from "./hand-back.ts"
import type { StandIn } from "./stand-in.ts"

/** What a return works with. */
export interface ReturnOptions {
  readonly standIn: StandIn
  readonly handBack: HandBack
  /** New writes wait from now on. */
  holdWrites(): void
}

/** Why the writes that the fallback took are kept, and not handed back. */
export type HeldBack = "primary-ahead" | "primary-changed"

/** The same in words. */
export const HELD: Readonly<Record<HeldBack, string>> = {
  "primary-ahead": "PostgreSQL has migrations that this program does not have",
  "primary-changed": "PostgreSQL is another database than the one that they were meant for",
}

/** Why changes that are left were not handed back; null where none are. */
export function heldBack(changes: number, ahead: readonly string[]): HeldBack | null {
  if (changes === 0) return null
  return ahead.length > 0 ? "primary-ahead" : "primary-changed"
}

/** What came of the fallback's writes. */
export interface Returned {
  /** The names of migrations that the primary has and the program has not. */
  readonly ahead: readonly string[]
  /** Null: they were handed back, or there were none. */
  readonly held: HeldBack | null
  /** Row changes that are kept. */
  readonly kept: number
  readonly handedBack: HandedBack
  /** The tables whose copy is not what the primary has: transactions that changed them are parked. */
  readonly outdated: readonly string[]
}

/** So long the last write on the fallback may take; otherwise the return is tried again later. Milliseconds. */
const LAST_WRITE_LIMIT_MS = 5_000
/** What is left is handed back in the pause, in which new writes wait. */
const SMALL_TAIL = 500
/** Where writes come faster than they are handed back, the pause is as long as it takes. */
const MOST_PASSES = 10

/**
 * Brings the primary up to date, hands back what the fallback has taken while that still serves, then holds new writes and
 * hands the rest back. When it resolves, the fallback takes no more writes, and the primary may serve; when it rejects, the
 * caller lets the fallback go on.
 */
export async function returnToPrimary({ standIn, handBack, holdWrites }: ReturnOptions): Promise<Returned> {
  const { ahead } = await handBack.migrateFirst(standIn.migrationsAmong())
  const isOwed = (): boolean => ahead.length === 0 && !handBack.isHeld && standIn.pending().changes > 0
  const left = (): number => (isOwed() ? standIn.changesAfter(handBack.appliedTo) : 0)
  for (let pass = 0; pass < MOST_PASSES && left() > (pass === 0 ? 0 : SMALL_TAIL); pass += 1)
    await handBack.run()
  holdWrites()
  await standIn.engine.retire(LAST_WRITE_LIMIT_MS)
  // Whatever the places in the journal say: what is marked as returned is forgotten.
  if (isOwed()) await handBack.run()
  if (ahead.length === 0) await handBack.migrateAll()
  await standIn.endCapture(handBack.origins, handBack.tablesParked)
  const { changes } = standIn.pending()
  const held = heldBack(changes, ahead)
  return { ahead, held, kept: changes, handedBack: handBack.handedBack, outdated: handBack.tablesParked }
}
