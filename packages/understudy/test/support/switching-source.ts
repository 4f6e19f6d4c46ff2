import { abortable, delay, withDeadline } from "../../src/base/abort.ts"
import type { Engine, EngineSource, Limits, ServedAccess } from "../../src/engine/contract.ts"
import type { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import type { SqliteEngine } from "../../src/engine/sqlite/engine.ts"
import { UnderstudyError } from "../../src/errors/understudy-error.ts"

const PROBE_LIMIT_MS = 1_000
const RETIRE_LIMIT_MS = 10_000

/** How a source switches. */
export interface SwitchingOptions {
  /** So long writes wait once the primary is lost; Infinity: the fallback takes none. */
  readonly writesAfterMs?: number
}

/** Two engines of which one serves: what a controller does, by hand. */
export class SwitchingSource implements EngineSource {
  readonly #fallback: SqliteEngine
  readonly #writesAfterMs: number
  #primary: PostgresEngine
  readonly #serves: Record<ServedAccess, Engine | undefined>
  #changed = Promise.withResolvers<void>()
  #inDoubt: Promise<void> | undefined
  /** How often it was told of a lost connection. */
  suspicions = 0
  acknowledgements = 0

  constructor(primary: PostgresEngine, fallback: SqliteEngine, { writesAfterMs = 0 }: SwitchingOptions = {}) {
    this.#primary = primary
    this.#fallback = fallback
    this.#writesAfterMs = writesAfterMs
    this.#serves = { read: primary, write: primary }
  }

  current(access: ServedAccess): Engine | undefined {
    return this.#inDoubt === undefined ? this.#serves[access] : undefined
  }

  serving(limits: Limits, access: ServedAccess): Promise<Engine> {
    const reason = "primary.unreachable"
    return withDeadline(
      { signal: limits.signal, timeoutMs: limits.timeoutMs ?? 10_000 },
      () => new UnderstudyError("UNDERSTUDY_UNAVAILABLE", { reason }, { applied: "no" }),
      async (signal) => {
        for (;;) {
          const engine = this.current(access)
          if (engine !== undefined) return engine
          await abortable(this.#changed.promise, signal)
        }
      },
    )
  }

  readOnlyReason(): undefined {}

  asOf(): null {
    return null
  }

  acknowledged(): void {
    this.acknowledgements += 1
  }

  suspect(engine: Engine): void {
    this.suspicions += 1
    if (engine !== this.#primary || this.#serves.read !== engine) return
    this.#inDoubt ??= this.#look()
  }

  async #look(): Promise<void> {
    const { ok } = await this.#primary.probe(AbortSignal.timeout(PROBE_LIMIT_MS))
    this.#inDoubt = undefined
    if (ok) this.#tell()
    else await this.lose()
  }

  #tell(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  /** The primary is lost: it is closed, and the fallback stands in, for writes a while later. */
  async lose(): Promise<void> {
    this.#serves.read = this.#fallback
    this.#serves.write = undefined
    const closed = this.#primary.close()
    this.#tell()
    await closed
    if (this.#writesAfterMs === Infinity) return
    if (this.#writesAfterMs > 0) await delay(this.#writesAfterMs)
    this.#serves.write = this.#fallback
    this.#tell()
  }

  /** The primary is back, on an engine of its own: the fallback hands over, and ends. */
  async return(primary: PostgresEngine, handOver: () => Promise<void>): Promise<void> {
    this.#serves.write = undefined
    await this.#fallback.retire(RETIRE_LIMIT_MS)
    await handOver()
    this.#primary = primary
    this.#serves.read = primary
    this.#serves.write = primary
    this.#tell()
    await this.#fallback.close()
  }
}
