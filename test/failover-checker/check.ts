import {
  anyFor,
  drill,
  SCENARIOS,
  type DrillOptions,
  type DrillResult,
  type Scenario,
} from "../../packages/understudy/src/drill/index.ts"
import { killedAtStep } from "./killed-at-step.ts"

const isMissing = (scenario: Scenario): boolean => scenario.missing?.() !== undefined

/** What can go wrong in a check. */
export const CHECKED: readonly Scenario[] = [...SCENARIOS, killedAtStep].filter((each) => !isMissing(each))

/** What cannot go wrong on this machine. */
export const MISSING: readonly Scenario[] = SCENARIOS.filter(isMissing)

/** What a check is. */
export interface CheckOptions extends Omit<DrillOptions, "scenarios"> {
  /** So long there is load and things go wrong. */
  readonly seconds: number
  /** What may go wrong, by name. Default: all there is. */
  readonly scenarios?: readonly string[]
}

/** Lets things go wrong in any order, and looks after each what came of it. */
export async function checkFailover({ seconds, scenarios, ...options }: CheckOptions): Promise<DrillResult> {
  const chosen = CHECKED.filter(({ name }) => scenarios?.includes(name) ?? true)
  const result = await drill({ ...options, scenarios: anyFor(seconds, chosen) })
  return result.found.length > 0 ? result : { ...result, found: tooLittle(result, seconds) }
}

/** Clients whom nobody serves would find nothing. */
function tooLittle({ history, reads }: DrillResult, seconds: number): string[] {
  const acknowledged = history.entries.filter(
    ({ instance, outcome }) => instance !== null && outcome?.kind === "ok",
  ).length
  return [
    ...(acknowledged > seconds * 5 ? [] : [`only ${acknowledged} writes were acknowledged in ${seconds} s`]),
    // A reader waits behind all writes that came while a backend stood still.
    ...(reads.times > seconds / 5 ? [] : [`there were only ${reads.times} reads in ${seconds} s`]),
  ]
}
