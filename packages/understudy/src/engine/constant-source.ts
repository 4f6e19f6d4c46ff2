import type { UnderstudyError } from "../errors/understudy-error.ts"
import type { Engine, EngineSource } from "./contract.ts"
import { unavailable } from "./lost.ts"

/**
 * A source that knows one engine alone: for work that is bound to it, such as its migrations. Once a connection was lost
 * nothing serves, since nobody would tell whether the engine is back.
 */
export function constantSource(engine: Engine): EngineSource {
  let lost: UnderstudyError | undefined
  return {
    current: () => (lost === undefined ? engine : undefined),
    serving: () => (lost === undefined ? Promise.resolve(engine) : Promise.reject(lost)),
    readOnlyReason: () => undefined,
    asOf: () => null,
    acknowledged() {},
    suspect(_engine, error) {
      lost ??= unavailable(error)
    },
  }
}
