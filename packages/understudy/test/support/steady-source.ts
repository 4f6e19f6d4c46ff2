import type { Engine, EngineSource } from "../../src/engine/contract.ts"

/** A source of one engine that is never in doubt: whatever connection was lost, the engine is still the one that serves. */
export function steadySource(engine: Engine): EngineSource {
  return {
    current: () => engine,
    serving: () => Promise.resolve(engine),
    readOnlyReason: () => undefined,
    asOf: () => null,
    acknowledged() {},
    suspect() {},
  }
}
