import { BACKEND_SCENARIOS } from "./backend-scenarios.ts"
import { diskFull } from "./disk-full.ts"
import type { Draw } from "./draw.ts"
import { NETWORK_SCENARIOS } from "./network-scenarios.ts"
import type { Scenario } from "./scenario.ts"
import { SERVER_SCENARIOS } from "./server-scenarios.ts"

/** All there is, the plain ones first. */
export const SCENARIOS: readonly Scenario[] = [
  ...SERVER_SCENARIOS,
  ...NETWORK_SCENARIOS,
  ...BACKEND_SCENARIOS,
  diskFull,
]

/** Any of these, one after the other, for so many seconds. */
export function anyFor(
  seconds: number,
  scenarios: readonly Scenario[],
): (draw: Draw) => Generator<Scenario, void> {
  return function* (draw) {
    const possible = scenarios.filter(({ missing }) => missing?.() === undefined)
    const untilMs = performance.now() + seconds * 1_000
    while (performance.now() < untilMs) yield draw.pick(possible)
  }
}
