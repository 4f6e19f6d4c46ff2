import { delay } from "../base/abort.ts"
import { systemClock } from "../base/clock.ts"
import type { Engine } from "../engine/contract.ts"
import { diagnose } from "../engine/postgres/diagnose.ts"
import { OwnLateness } from "./own-lateness.ts"
import { emptyHistory, judge, PROBE_INTERVAL_MS } from "./probe-history.ts"
import { outcomeOf, type ProbeOutcome } from "./probe-outcome.ts"

const PROBE_DEADLINE_MS = 1_000

/**
 * Waits for long work on an engine, such as its migrations, which have no time limit of their own; rejects with the last
 * probe's error where the engine does not answer any more. The work itself is left to who closes the engine.
 */
export async function whileAnswering<T>(engine: Engine, work: Promise<T>): Promise<T> {
  if (engine.dialect === "sqlite") return work
  const over = new AbortController()
  const silence = untilSilent(engine, over.signal)
  silence.catch(() => {})
  work.catch(() => {})
  try {
    return await Promise.race([work, silence])
  } finally {
    over.abort()
  }
}

async function untilSilent(engine: Engine, signal: AbortSignal): Promise<never> {
  let history = emptyHistory("serving")
  for (;;) {
    await delay(PROBE_INTERVAL_MS, signal)
    const lateness = new OwnLateness(systemClock)
    const result = await engine.probe(AbortSignal.any([signal, AbortSignal.timeout(PROBE_DEADLINE_MS)]))
    const isLate = lateness.end()
    signal.throwIfAborted()
    const outcome = result.ok ? "good" : meaningOf(result.error, isLate)
    const probe = { outcome, suspected: false, atMs: systemClock.monotonicMs() }
    const judgement = judge(history, probe, { writesHeld: false })
    history = judgement.history
    if (judgement.verdict === "lost" && !result.ok) throw result.error
  }
}

/** A refusal is an answer too, and a server that has no place left is there: the work has its own connection. */
function meaningOf(error: unknown, isLate: boolean): ProbeOutcome {
  const outcome = outcomeOf(diagnose(error))
  if (outcome === "refused" || outcome === "crowded") return "good"
  return outcome === "silent" && isLate ? "void" : outcome
}
