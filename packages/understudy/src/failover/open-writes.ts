import { delay } from "../base/abort.ts"
import { Backoff } from "./backoff.ts"
import type { StandIn } from "./stand-in.ts"

/** What opening a stand-in's writes works with. */
export interface OpenWritesOptions {
  /** On the monotonic clock: an outage that is over before was none. */
  readonly fromMs: number
  readonly signal: AbortSignal
  /** Is it still this one that is to take them? */
  isWanted(): boolean
  /** Told after each try: they are taken, or refused with a reason. */
  tried(): void
}

/** Has the stand-in take writes once the outage has lasted long enough, tried again where they cannot be kept yet. */
export async function openWrites(
  standIn: StandIn,
  { fromMs, signal, isWanted, tried }: OpenWritesOptions,
): Promise<void> {
  const backoff = new Backoff()
  await delay(Math.max(0, fromMs - performance.now()), signal).catch(() => {})
  while (!signal.aborted && isWanted()) {
    const areOpen = await standIn.openWrites()
    tried()
    if (areOpen) return
    backoff.failed()
    await backoff.untilDue(signal)
  }
}
