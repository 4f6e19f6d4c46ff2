import { delay } from "../base/abort.ts"
import { classifyError, type ErrorClass } from "../errors/classify.ts"
import type { Engine } from "../engine/contract.ts"

const PROBE_INTERVAL_MS = 2_000
const PROBE_DEADLINE_MS = 1_000
/** So many misses in a row mean that it is away. */
const MISSES = 2
/** A miss is void if our own event loop was later than that: the fault was ours. */
const OWN_LATENESS_MS = 200
/** SQLSTATE. */
const TOO_MANY_CONNECTIONS = "53300"

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
  let misses = 0
  for (;;) {
    const dueMs = performance.now() + PROBE_INTERVAL_MS
    await delay(PROBE_INTERVAL_MS, signal)
    const lateMs = performance.now() - dueMs
    const result = await engine.probe(AbortSignal.any([signal, AbortSignal.timeout(PROBE_DEADLINE_MS)]))
    signal.throwIfAborted()
    if (result.ok || isAnswer(result.error)) misses = 0
    else if (lateMs < OWN_LATENESS_MS) misses += 1
    if (!result.ok && misses === MISSES) throw result.error
  }
}

/** A refusal is an answer too, and a server that has no place left is there: the work has its own connection. */
function isAnswer(error: unknown): boolean {
  const answered: ReadonlySet<ErrorClass> = new Set([
    "authentication",
    "configuration",
    "contention",
    "refused",
  ])
  return answered.has(classifyError(error)) || (error as { code?: unknown }).code === TOO_MANY_CONNECTIONS
}
