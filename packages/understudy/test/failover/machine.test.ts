import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  connectionStateOf,
  INITIAL_STATE,
  reduce,
  type MachineContext,
  type MachineEvent,
  type MachineState,
} from "../../src/failover/machine.ts"

const BOTH: MachineContext = {
  candidates: [{ role: "primary" }, { role: "fallback" }, { role: "fallback" }],
  wanted: null,
}
const ALONE: MachineContext = { candidates: [{ role: "primary" }], wanted: null }
const EMBEDDED: MachineContext = { candidates: [{ role: "embedded" }, { role: "embedded" }], wanted: null }
const REFUSED: MachineContext = { candidates: [{ role: "fallback" }], wanted: "url.scheme-unsupported" }
const BEHIND: MachineContext = { candidates: [{ role: "embedded" }], wanted: "data.left-behind" }
const NOTHING: MachineContext = { candidates: [], wanted: "url.port-invalid" }

const failed = (
  candidate: number,
  reason: "primary.refused" | "storage.file-unusable" = "primary.refused",
): MachineEvent => ({
  type: "open-failed",
  candidate,
  reason,
})
const opened = (candidate: number): MachineEvent => ({ type: "opened", candidate })
const start: MachineEvent = { type: "start" }

function run(context: MachineContext, events: readonly MachineEvent[]): MachineState {
  return events.reduce((state, event) => reduce(context, state, event).state, INITIAL_STATE)
}

describe("the machine at start (promise 2: the state and its reason)", () => {
  it.each<[string, MachineContext, MachineEvent[], string, string]>([
    ["PostgreSQL answers", BOTH, [start, opened(0)], "primary", "connected"],
    ["PostgreSQL refuses", BOTH, [start, failed(0), opened(1)], "fallback", "primary.refused"],
    [
      "and the file fails too",
      BOTH,
      [start, failed(0), failed(1, "storage.file-unusable"), opened(2)],
      "fallback",
      "primary.refused",
    ],
    ["nothing is left", BOTH, [start, failed(0), failed(1), failed(2)], "fallback", "primary.refused"],
    ["no PostgreSQL is wanted", EMBEDDED, [start, opened(0)], "embedded", "configured"],
    [
      "and its file fails",
      EMBEDDED,
      [start, failed(0, "storage.file-unusable"), opened(1)],
      "embedded",
      "configured",
    ],
    ["the URL was refused", REFUSED, [start, opened(0)], "fallback", "url.scheme-unsupported"],
    ["data was left behind", BEHIND, [start, opened(0)], "fallback", "data.left-behind"],
    ["no fallback, PostgreSQL refuses", ALONE, [start, failed(0)], "fallback", "primary.refused"],
    [
      "and answers later",
      ALONE,
      [start, failed(0), { type: "retry-due" }, opened(0)],
      "primary",
      "connected",
    ],
    ["no candidate at all", NOTHING, [start], "fallback", "url.port-invalid"],
    [
      "a migration fails",
      BOTH,
      [start, { type: "migration-failed", candidate: 0 }],
      "starting",
      "migration.failed",
    ],
    [
      "and nothing follows",
      BOTH,
      [start, { type: "migration-failed", candidate: 0 }, opened(0)],
      "starting",
      "migration.failed",
    ],
    ["closed while it starts", BOTH, [start, { type: "close" }, opened(0)], "closed", "closed"],
  ])("%s", (_name, context, events, state, reason) => {
    expect(connectionStateOf(run(context, events))).toEqual({ state, reason })
  })

  const states: Record<string, MachineState> = {
    initial: INITIAL_STATE,
    starting: run(BOTH, [start]),
    halted: run(BOTH, [start, { type: "migration-failed", candidate: 0 }]),
    embedded: { name: "embedded", candidate: 0, reason: "configured" },
    primary: run(BOTH, [start, opened(0)]),
    fallback: run(BOTH, [start, failed(0), opened(1)]),
    waiting: { name: "fallback", candidate: null, reason: "primary.refused" },
    closed: { name: "closed" },
  }
  const events: Record<string, MachineEvent> = {
    start,
    opened: opened(0),
    "opened late": opened(1),
    "open-failed": failed(0),
    "migration-failed": { type: "migration-failed", candidate: 0 },
    "retry-due": { type: "retry-due" },
    close: { type: "close" },
  }

  it("every state × event", () => {
    const table = Object.entries(states).flatMap(([stateName, state]) =>
      Object.entries(events).map(([eventName, event]) => {
        const step = reduce(BOTH, state, event)
        const { state: name, reason } = connectionStateOf(step.state)
        const effects = step.effects.map((effect) =>
          "candidate" in effect ? `${effect.type} ${effect.candidate}` : effect.type,
        )
        return `${stateName} + ${eventName} -> ${name} (${reason})${effects.length > 0 ? ` ! ${effects.join(", ")}` : ""}`
      }),
    )
    expect(table).toMatchInlineSnapshot(`
      [
        "initial + start -> starting (start) ! open 0",
        "initial + opened -> primary (connected)",
        "initial + opened late -> starting (start)",
        "initial + open-failed -> starting (start) ! open 1",
        "initial + migration-failed -> starting (migration.failed)",
        "initial + retry-due -> starting (start)",
        "initial + close -> closed (closed) ! shut",
        "starting + start -> starting (start)",
        "starting + opened -> primary (connected)",
        "starting + opened late -> starting (start)",
        "starting + open-failed -> starting (start) ! open 1",
        "starting + migration-failed -> starting (migration.failed)",
        "starting + retry-due -> starting (start)",
        "starting + close -> closed (closed) ! shut",
        "halted + start -> starting (migration.failed)",
        "halted + opened -> starting (migration.failed)",
        "halted + opened late -> starting (migration.failed)",
        "halted + open-failed -> starting (migration.failed)",
        "halted + migration-failed -> starting (migration.failed)",
        "halted + retry-due -> starting (migration.failed)",
        "halted + close -> closed (closed) ! shut",
        "embedded + start -> embedded (configured)",
        "embedded + opened -> embedded (configured)",
        "embedded + opened late -> embedded (configured)",
        "embedded + open-failed -> embedded (configured)",
        "embedded + migration-failed -> embedded (configured)",
        "embedded + retry-due -> embedded (configured)",
        "embedded + close -> closed (closed) ! shut",
        "primary + start -> primary (connected)",
        "primary + opened -> primary (connected)",
        "primary + opened late -> primary (connected)",
        "primary + open-failed -> primary (connected)",
        "primary + migration-failed -> primary (connected)",
        "primary + retry-due -> primary (connected)",
        "primary + close -> closed (closed) ! shut",
        "fallback + start -> fallback (primary.refused)",
        "fallback + opened -> fallback (primary.refused)",
        "fallback + opened late -> fallback (primary.refused)",
        "fallback + open-failed -> fallback (primary.refused)",
        "fallback + migration-failed -> fallback (primary.refused)",
        "fallback + retry-due -> fallback (primary.refused)",
        "fallback + close -> closed (closed) ! shut",
        "waiting + start -> fallback (primary.refused)",
        "waiting + opened -> primary (connected)",
        "waiting + opened late -> fallback (primary.refused)",
        "waiting + open-failed -> fallback (primary.refused) ! retry-later",
        "waiting + migration-failed -> starting (migration.failed)",
        "waiting + retry-due -> fallback (primary.refused) ! open 0",
        "waiting + close -> closed (closed) ! shut",
        "closed + start -> closed (closed)",
        "closed + opened -> closed (closed)",
        "closed + opened late -> closed (closed)",
        "closed + open-failed -> closed (closed)",
        "closed + migration-failed -> closed (closed)",
        "closed + retry-due -> closed (closed)",
        "closed + close -> closed (closed)",
      ]
    `)
  })

  it("closed stays closed, primary only by its own opening, one opening at a time", () => {
    const anyEvent = fc.oneof(
      fc.constantFrom<MachineEvent>(start, { type: "retry-due" }, { type: "close" }),
      fc.record({ type: fc.constant("opened" as const), candidate: fc.nat(3) }),
      fc.record({ type: fc.constant("migration-failed" as const), candidate: fc.nat(3) }),
      fc.nat(3).map((candidate) => failed(candidate)),
    )
    const anyContext = fc.constantFrom(BOTH, ALONE, EMBEDDED, REFUSED, BEHIND, NOTHING)
    fc.assert(
      fc.property(anyContext, fc.array(anyEvent, { maxLength: 12 }), (context, list) => {
        let state: MachineState = INITIAL_STATE
        for (const event of list) {
          const step = reduce(context, state, event)
          if (state.name === "closed") expect(step).toEqual({ state, effects: [] })
          if (step.state.name === "primary" && state.name !== "primary") {
            expect(event).toEqual({ type: "opened", candidate: 0 })
            expect(context.candidates[0]?.role).toBe("primary")
          }
          expect(step.effects.filter(({ type }) => type === "open").length).toBeLessThan(2)
          state = step.state
        }
      }),
    )
  })
})
