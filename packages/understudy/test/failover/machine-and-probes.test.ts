import fc from "fast-check"
import { expect, test } from "vitest"
import {
  INITIAL_STATE,
  reduce,
  servingCandidate,
  watchOf,
  type MachineContext,
  type MachineEvent,
  type MachineState,
} from "../../src/failover/machine.ts"
import { emptyHistory, judge, turnTo } from "../../src/failover/probe-history.ts"
import type { ProbeOutcome } from "../../src/failover/probe-outcome.ts"

const CANDIDATES = [{ role: "primary" }, { role: "fallback" }, { role: "fallback" }] as const
const anyContext = fc.constantFrom<MachineContext>(
  { candidates: CANDIDATES, wanted: null, owed: null },
  { candidates: CANDIDATES, wanted: null, owed: "journal.owed" },
  { candidates: CANDIDATES.slice(0, 1), wanted: null, owed: null },
)

interface Probe {
  readonly outcome: ProbeOutcome
  readonly suspected: boolean
  readonly writesHeld: boolean
}

/** A probe, or what came of what the machine asked for. Good ones are as frequent as in a life with outages. */
const anyProbe: fc.Arbitrary<Probe> = fc.record({
  outcome: fc.oneof(
    { weight: 3, arbitrary: fc.constant<ProbeOutcome>("good") },
    { weight: 2, arbitrary: fc.constantFrom<ProbeOutcome>("silent", "gone", "refused", "crowded", "void") },
  ),
  suspected: fc.boolean(),
  writesHeld: fc.boolean(),
})
const anyOutcome = fc.constantFrom("well", "well", "badly", "migration")
const anySteps = fc.array(fc.oneof(anyProbe, anyProbe, anyOutcome), { maxLength: 60 })

/** What the machine is told when what it asked for last has gone so. */
function cameOf(state: MachineState, how: string): MachineEvent | undefined {
  if (state.name === "returning")
    return how === "well" ? { type: "returned" } : { type: "return-failed", reason: "primary.disconnected" }
  const candidate =
    state.name === "starting" ? state.candidate : state.name === "fallback" ? state.opening : null
  if (candidate === null) return undefined
  if (how === "well") return { type: "opened", candidate }
  return how === "badly"
    ? { type: "open-failed", candidate, reason: "primary.refused" }
    : { type: "migration-failed", candidate }
}

/** One life: what the machine goes through, with what the probes had shown before each state. */
function live(
  context: MachineContext,
  steps: readonly (Probe | string)[],
  look: (
    before: MachineState,
    event: MachineEvent,
    after: MachineState,
    dropped: boolean,
    goods: number,
  ) => void,
): void {
  let state: MachineState = INITIAL_STATE
  let history = emptyHistory("serving")
  /** Good ones since the primary was lost, none of another kind after them. */
  let goods = 0
  const dispatch = (event: MachineEvent): void => {
    const step = reduce(context, state, event)
    look(
      state,
      event,
      step.state,
      step.effects.some(({ type }) => type === "drop-primary"),
      goods,
    )
    state = step.state
  }
  dispatch({ type: "start" })
  steps.forEach((step, index) => {
    if (typeof step === "string") {
      const event = cameOf(state, step)
      if (event !== undefined) dispatch(event)
      return
    }
    const side = watchOf(context, state)
    if (side === "none") return
    if (history.side !== side) history = turnTo(side, history)
    const { outcome, suspected, writesHeld } = step
    if (outcome === "good") goods += 1
    else if (outcome !== "void") goods = 0
    const { history: next, verdict } = judge(
      history,
      { outcome, suspected, atMs: index * 500 },
      { writesHeld },
    )
    history = next
    if (verdict === "lost") dispatch({ type: "primary-lost", reason: "primary.timeout" })
    if (verdict === "back") dispatch({ type: "primary-back" })
  })
}

test("promise 4: once it was away, the primary serves only after a good probe", () => {
  fc.assert(
    fc.property(anyContext, anySteps, (context, steps) => {
      let isAway = false
      live(context, steps, (before, event, after, _dropped, goods) => {
        if (before.name === "fallback" && event.type === "primary-back") expect(goods).toBeGreaterThan(0)
        if (after.name === "fallback") isAway = true
        if (after.name !== "primary") return
        if (isAway && before.name !== "primary")
          expect([before.name, event.type]).toBeOneOf([
            ["returning", "returned"],
            ["fallback", "opened"],
          ])
        isAway = false
      })
    }),
  )
})

test("promise 4: never do two engines take writes at once", () => {
  fc.assert(
    fc.property(anyContext, anySteps, (context, steps) => {
      /** Whose engine may take writes now: the primary's until it is dropped, a fallback's until it has returned. */
      const open = new Set<number>()
      live(context, steps, (before, event, after, dropped) => {
        if (dropped) open.delete(0)
        if (before.name === "returning" && event.type === "returned") open.delete(before.candidate)
        const serving = servingCandidate(after)
        if (serving !== null) open.add(serving)
        expect([...open]).toEqual(serving === null ? [] : [serving])
      })
    }),
  )
})

test("the lives of these tests see outages, returns and failures", () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(anyContext, anySteps, (context, steps) => {
      live(context, steps, (before, event, after) => seen.add(`${before.name} ${event.type} ${after.name}`))
    }),
    { numRuns: 500, seed: 1 },
  )
  expect([...seen]).toEqual(
    expect.arrayContaining([
      "primary primary-lost fallback",
      "fallback primary-back returning",
      "returning returned primary",
      "returning return-failed fallback",
      "fallback opened primary",
    ]),
  )
})
