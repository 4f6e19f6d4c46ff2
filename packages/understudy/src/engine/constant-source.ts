import type { Engine, EngineSource } from "./contract.ts"

/** A source that always gives the one engine: for work that is bound to it, such as its migrations. */
export function constantSource(engine: Engine): EngineSource {
  return {
    current: () => engine,
    serving: () => Promise.resolve(engine),
    readOnlyReason: () => undefined,
    asOf: () => null,
    acknowledged() {},
    suspect() {},
  }
}
