import { abortable, withDeadline } from "../base/abort.ts"
import type { Engine, Limits, ServedAccess } from "../engine/contract.ts"

/** Why nobody gets the engine that serves. `doubt`: a probe looks whether it is still there. */
export type Hold = "doubt" | "settling" | "returning"

/** How long one waits for an engine when the call gives no limit. */
const DEFAULT_WAIT_MS = 10_000

/** Which engine serves, who may have it now, and who waits for it. */
export class Gate {
  #engine: Engine | undefined
  readonly #held: Readonly<Record<"read" | "write", Set<Hold>>> = { read: new Set(), write: new Set() }
  #changed = Promise.withResolvers<void>()
  #failure: Error | undefined

  get engine(): Engine | undefined {
    return this.#engine
  }

  /** From now on this engine serves; undefined: none. */
  serve(engine: Engine | undefined): void {
    this.#engine = engine
    this.#held.read.delete("doubt")
    this.#held.write.delete("doubt")
    this.#change()
  }

  /** Nothing will ever serve again, or not before a person acts: who waits is told, and who comes. */
  fail(error: Error): void {
    this.#failure = error
    this.#change()
  }

  hold(access: ServedAccess, why: Hold): void {
    this.#held[access].add(why)
  }

  release(access: ServedAccess, why: Hold): void {
    if (this.#held[access].delete(why)) this.#change()
  }

  isHeld(access: ServedAccess): boolean {
    return this.#held[access].size > 0
  }

  /** The engine that serves this kind of work now; undefined where one must wait for it. */
  current(access: ServedAccess): Engine | undefined {
    return this.#held[access].size === 0 ? this.#engine : undefined
  }

  /** Waits for it. `overdue` gives the error where the limit passes first. */
  async serving(access: ServedAccess, limits: Limits, overdue: (limitMs: number) => Error): Promise<Engine> {
    const timeoutMs = limits.timeoutMs ?? DEFAULT_WAIT_MS
    return withDeadline(
      { signal: limits.signal, timeoutMs },
      () => overdue(timeoutMs),
      async (signal) => {
        for (;;) {
          if (this.#failure !== undefined) throw this.#failure
          const engine = this.current(access)
          if (engine !== undefined) return engine
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
