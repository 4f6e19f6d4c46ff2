import { delay } from "../base/abort.ts"
import { isSuspicious } from "../errors/classify.ts"
import { isUnderstudyError } from "../errors/understudy-error.ts"
import type { Engine, EngineSource, Limits, ServedAccess } from "./contract.ts"
import { unavailable } from "./lost.ts"

const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 500

/** Milliseconds before a unit of work goes on; it waits for a probe anyway, so the first time there is none. */
export function pauseBefore(tries: number): number {
  if (tries <= 1) return 0
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1)) * (0.5 + Math.random() / 2)
}

/** Has it looked whether an engine is lost; not where the caller has given up, and we have cut the connection ourselves. */
export function suspect(source: EngineSource, engine: Engine, error: unknown, { signal }: Limits): void {
  if (isSuspicious(error) && signal?.aborted !== true) source.suspect(engine, error)
}

/** Leads a unit of work from an engine that has failed it to the one that serves then, until its time is over. */
export class Onward {
  readonly #source: EngineSource
  readonly #access: ServedAccess
  readonly #limits: Limits
  readonly #dueMs: number
  #tries = 0

  /** @param sinceMs When the limits began to run, on the monotonic clock. */
  constructor(source: EngineSource, access: ServedAccess, limits: Limits, sinceMs: number) {
    this.#source = source
    this.#access = access
    this.#limits = limits
    this.#dueMs = limits.timeoutMs === undefined ? Infinity : sinceMs + limits.timeoutMs
  }

  /** What is left of the limits. */
  get limits(): Limits {
    if (this.#limits.timeoutMs === undefined) return this.#limits
    return { signal: this.#limits.signal, timeoutMs: Math.max(1, Math.ceil(this.#dueMs - performance.now())) }
  }

  /** Where it goes on. Throws where its time is over, or where only an engine that is closed is left. */
  async engineAfter(failed: Engine, error: unknown): Promise<Engine> {
    suspect(this.#source, failed, error, this.#limits)
    this.#limits.signal?.throwIfAborted()
    this.#tries += 1
    const pauseMs = pauseBefore(this.#tries)
    if (performance.now() + pauseMs >= this.#dueMs) throw unavailable(error)
    if (pauseMs > 0) await delay(pauseMs, this.#limits.signal)
    const engine = await this.#source.serving(this.limits, this.#access)
    if (engine === failed && isUnderstudyError(error, "UNDERSTUDY_CLOSED")) throw error
    return engine
  }
}
