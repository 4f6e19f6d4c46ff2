import { abortable, withDeadline } from "../base/abort.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import { faultPoint } from "#fault-point"
import type { HandBack, HandedBack } from "./hand-back.ts"
import type { StandIn } from "./stand-in.ts"

/** What a return works with. */
export interface ReturnOptions {
  readonly standIn: StandIn
  readonly handBack: HandBack
  /** Has the primary's engine ready for those who will come. */
  warmUp(): Promise<void>
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

/**
 * So long new writes wait, for the last one on the fallback and for what is left; then the fallback goes on with them, and the
 * return is tried again later. Milliseconds.
 */
const PAUSE_LIMIT_MS = 5_000
/** A pass that took no longer has left what came meanwhile, and the pause takes about as long. Milliseconds. */
const SHORT_PASS_MS = 50
/** Where writes come faster than they are handed back, the pause is longer. */
const MOST_PASSES = 20

/** The primary may have fallen silent, or somebody may hold a row there for hours. */
function handBackBefore(endMs: number, handBack: HandBack): Promise<void> {
  const operation = "Handing back the last writes"
  return withDeadline(
    { timeoutMs: Math.max(0, endMs - performance.now()) },
    () => new UnderstudyError("UNDERSTUDY_TIMEOUT", { operation, limitMs: PAUSE_LIMIT_MS }),
    (signal) => abortable(handBack.run(), signal),
  )
}

/**
 * Brings the primary up to date, hands back what the fallback has taken while that still serves, then holds new writes and
 * hands the rest back. When it resolves, the fallback takes no more writes, and the primary may serve; when it rejects, the
 * caller lets the fallback go on.
 */
export async function returnToPrimary({
  standIn,
  handBack,
  warmUp,
  holdWrites,
}: ReturnOptions): Promise<Returned> {
  const { ahead } = await handBack.migrateFirst(standIn.migrationsAmong())
  faultPoint("failover.primary-migrated")
  const isOwed = (): boolean => ahead.length === 0 && standIn.pending().changes > 0
  const left = (): number => (isOwed() ? standIn.changesAfter(handBack.appliedTo) : 0)
  let passMs = Infinity
  for (let pass = 0; pass < MOST_PASSES && passMs > SHORT_PASS_MS && left() > 0; pass += 1) {
    const beganMs = performance.now()
    await handBack.run()
    passMs = performance.now() - beganMs
  }
  // Before the pause: another instance may be at it, which takes as long as it takes.
  if (ahead.length === 0) await handBack.migrateAll()
  await warmUp()
  holdWrites()
  faultPoint("failover.writes-held")
  const endMs = performance.now() + PAUSE_LIMIT_MS
  await standIn.engine.retire(PAUSE_LIMIT_MS)
  faultPoint("failover.retired")
  // Whatever the places in the journal say: what is marked as returned is forgotten.
  if (isOwed()) await handBackBefore(endMs, handBack)
  faultPoint("failover.handed-back")
  await standIn.endCapture(handBack)
  faultPoint("failover.capture-ended")
  const { changes } = standIn.pending()
  const held = heldBack(changes, ahead)
  return { ahead, held, kept: changes, handedBack: handBack.handedBack, outdated: handBack.tablesParked }
}
