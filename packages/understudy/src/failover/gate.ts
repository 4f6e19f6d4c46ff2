import { abortable, withDeadline } from "../base/abort.ts"
import type { Engine, Limits, ServedAccess } from "../engine/contract.ts"

/** Why new writes wait: until it is clear that the outage lasts; until what the fallback took is handed back. */
export type WriteHold = "settling" | "returning"

/** How long one waits for an engine when the call gives no limit. */
const DEFAULT_WAIT_MS = 10_000

/** Which engine serves, who may have it now, and who waits for it. */
export class Gate {
  #engine: Engine | undefined
  /** Somebody has lost a connection of it, and it is looked whether it is there. */
  #inDoubt = false
  readonly #holds = new Set<WriteHold>()
  #changed = Promise.withResolvers<void>()
  #failure: Error | undefined

  get engine(): Engine | undefined {
    return this.#engine
  }

  /** From now on this engine serves; undefined: none. */
  serve(engine: Engine | undefined): void {
    if (engine === this.#engine) return
    this.#engine = engine
    this.#inDoubt = false
    this.#change()
  }

  /** Nothing serves any more, or not before a person acts: who waits is told, and who comes. */
  fail(error: Error): void {
    this.#failure = error
    this.#change()
  }

  get inDoubt(): boolean {
    return this.#inDoubt
  }

  /** Nobody gets the engine before it is cleared, or another one serves. */
  doubt(): void {
    this.#inDoubt = true
  }

  clear(): void {
    if (!this.#inDoubt) return
    this.#inDoubt = false
    this.#change()
  }

  holdWrites(why: WriteHold): void {
    this.#holds.add(why)
  }

  releaseWrites(why: WriteHold): void {
    if (this.#holds.delete(why)) this.#change()
  }

  holdsWrites(why?: WriteHold): boolean {
    return why === undefined ? this.#holds.size > 0 : this.#holds.has(why)
  }

  /** The engine that serves this kind of work now; undefined where one must wait for it. */
  current(access: ServedAccess): Engine | undefined {
    if (this.#inDoubt || (access === "write" && this.#holds.size > 0)) return undefined
    return this.#engine
  }

  /** Waits for it. `overdue` gives the error where the limit passes first. */
  async serving(access: ServedAccess, limits: Limits, overdue: (limitMs: number) => Error): Promise<Engine> {
    const timeoutMs = limits.timeoutMs ?? DEFAULT_WAIT_MS
    return withDeadline(
      { signal: limits.signal, timeoutMs },
      () => overdue(timeoutMs),
      async (signal) => {
        for (;;) {
          const engine = this.current(access)
          if (engine !== undefined) return engine
          if (this.#failure !== undefined) throw this.#failure
          await abortable(this.#changed.promise, signal)
        }
      },
    )
  }

  #change(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
