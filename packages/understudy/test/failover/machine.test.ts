import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  connectionStateOf,
  INITIAL_STATE,
  reduce,
  watchOf,
  type CandidateFacts,
  type MachineContext,
  type MachineEvent,
  type MachineState,
} from "../../src/failover/machine.ts"

const contextOf = (
  roles: readonly CandidateFacts["role"][],
  { wanted = null, owed = null }: Partial<Pick<MachineContext, "wanted" | "owed">> = {},
): MachineContext => ({ candidates: roles.map((role) => ({ role })), wanted, owed })

const BOTH = contextOf(["primary", "fallback", "fallback"])
const OWING = contextOf(["primary", "fallback", "fallback"], { owed: "journal.owed" })
const ALONE = contextOf(["primary"])
const EMBEDDED = contextOf(["embedded", "embedded"])
const REFUSED = contextOf(["fallback"], { wanted: "url.scheme-unsupported" })
const BEHIND = contextOf(["embedded"], { wanted: "data.left-behind" })
const NOTHING = contextOf([], { wanted: "url.port-invalid" })

const failed = (
  candidate: number,
  reason: "primary.refused" | "storage.file-unusable" = "primary.refused",
): MachineEvent => ({
  type: "open-failed",
  candidate,
  reason,
})
const opened = (candidate: number): MachineEvent => ({ type: "opened", candidate })
const notMigrated = (candidate: number): MachineEvent => ({ type: "migration-failed", candidate })
const start: MachineEvent = { type: "start" }
const lost: MachineEvent = { type: "primary-lost", reason: "primary.timeout" }
const back: MachineEvent = { type: "primary-back" }
const returned: MachineEvent = { type: "returned" }
const returnFailed: MachineEvent = { type: "return-failed", reason: "primary.disconnected" }

function run(context: MachineContext, events: readonly MachineEvent[]): MachineState {
  return events.reduce((state, event) => reduce(context, state, event).state, INITIAL_STATE)
}

describe("the machine (promise 2: the state and its reason)", () => {
  it.each<[string, MachineContext, MachineEvent[], string, string]>([
    ["PostgreSQL is lost", BOTH, [start, opened(0), lost, opened(1)], "fallback", "primary.timeout"],
    [
      "and the file fails",
      BOTH,
      [start, opened(0), lost, failed(1, "storage.file-unusable"), opened(2)],
      "fallback",
      "primary.timeout",
    ],
    [
      "and nothing is left",
      BOTH,
      [start, opened(0), lost, failed(1, "storage.file-unusable"), failed(2, "storage.file-unusable")],
      "fallback",
      "primary.timeout",
    ],
    ["and is back", BOTH, [start, opened(0), lost, opened(1), back], "returning", "primary.timeout"],
    ["and serves again", BOTH, [start, opened(0), lost, opened(1), back, returned], "primary", "connected"],
    [
      "and is lost on the way back",
      BOTH,
      [start, opened(0), lost, opened(1), back, returnFailed],
      "fallback",
      "primary.disconnected",
    ],
    [
      "PostgreSQL is lost, and there is no fallback",
      ALONE,
      [start, opened(0), lost],
      "fallback",
      "primary.timeout",
    ],
    ["and is back, alone", ALONE, [start, opened(0), lost, back, opened(0)], "primary", "connected"],

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
    ["and answers later", ALONE, [start, failed(0), back, opened(0)], "primary", "connected"],
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
    [
      "a migration fails on SQLite alone, and PostgreSQL is back",
      BOTH,
      [start, opened(0), lost, notMigrated(1), notMigrated(2), back, opened(0)],
      "primary",
      "connected",
    ],
    ["and is not", BOTH, [start, failed(0), notMigrated(1), failed(2)], "fallback", "primary.refused"],
    ["and no PostgreSQL can be dialled", REFUSED, [start, notMigrated(0)], "starting", "migration.failed"],
    [
      "and its fallback is back by then",
      BOTH,
      [start, failed(0), opened(1), back],
      "returning",
      "primary.refused",
    ],
    ["writes are owed", OWING, [start, opened(1)], "fallback", "journal.owed"],
    ["and handed back", OWING, [start, opened(1), back, returned], "primary", "connected"],
    [
      "and the file fails",
      OWING,
      [start, failed(1, "storage.file-unusable"), opened(2)],
      "fallback",
      "journal.owed",
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
    waiting: run(BOTH, [start, failed(0), failed(1), failed(2)]),
    dialling: run(BOTH, [start, failed(0), failed(1), failed(2), back]),
    standing: run(BOTH, [start, opened(0), lost]),
    returning: run(BOTH, [start, failed(0), opened(1), back]),
    closed: { name: "closed" },
  }
  const events: Record<string, MachineEvent> = {
    start,
    opened: opened(0),
    "opened late": opened(1),
    "open-failed": failed(0),
    "migration-failed": { type: "migration-failed", candidate: 0 },
    "primary-lost": lost,
    "primary-back": back,
    returned,
    "return-failed": returnFailed,
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
        "initial + primary-lost -> starting (start)",
        "initial + primary-back -> starting (start)",
        "initial + returned -> starting (start)",
        "initial + return-failed -> starting (start)",
        "initial + close -> closed (closed) ! shut",
        "starting + start -> starting (start)",
        "starting + opened -> primary (connected)",
        "starting + opened late -> starting (start)",
        "starting + open-failed -> starting (start) ! open 1",
        "starting + migration-failed -> starting (migration.failed)",
        "starting + primary-lost -> starting (start)",
        "starting + primary-back -> starting (start)",
        "starting + returned -> starting (start)",
        "starting + return-failed -> starting (start)",
        "starting + close -> closed (closed) ! shut",
        "halted + start -> starting (migration.failed)",
        "halted + opened -> starting (migration.failed)",
        "halted + opened late -> starting (migration.failed)",
        "halted + open-failed -> starting (migration.failed)",
        "halted + migration-failed -> starting (migration.failed)",
        "halted + primary-lost -> starting (migration.failed)",
        "halted + primary-back -> starting (migration.failed)",
        "halted + returned -> starting (migration.failed)",
        "halted + return-failed -> starting (migration.failed)",
        "halted + close -> closed (closed) ! shut",
        "embedded + start -> embedded (configured)",
        "embedded + opened -> embedded (configured)",
        "embedded + opened late -> embedded (configured)",
        "embedded + open-failed -> embedded (configured)",
        "embedded + migration-failed -> embedded (configured)",
        "embedded + primary-lost -> embedded (configured)",
        "embedded + primary-back -> embedded (configured)",
        "embedded + returned -> embedded (configured)",
        "embedded + return-failed -> embedded (configured)",
        "embedded + close -> closed (closed) ! shut",
        "primary + start -> primary (connected)",
        "primary + opened -> primary (connected)",
        "primary + opened late -> primary (connected)",
        "primary + open-failed -> primary (connected)",
        "primary + migration-failed -> primary (connected)",
        "primary + primary-lost -> fallback (primary.timeout) ! drop-primary, open 1",
        "primary + primary-back -> primary (connected)",
        "primary + returned -> primary (connected)",
        "primary + return-failed -> primary (connected)",
        "primary + close -> closed (closed) ! shut",
        "fallback + start -> fallback (primary.refused)",
        "fallback + opened -> fallback (primary.refused)",
        "fallback + opened late -> fallback (primary.refused)",
        "fallback + open-failed -> fallback (primary.refused)",
        "fallback + migration-failed -> fallback (primary.refused)",
        "fallback + primary-lost -> fallback (primary.refused)",
        "fallback + primary-back -> returning (primary.refused) ! return",
        "fallback + returned -> fallback (primary.refused)",
        "fallback + return-failed -> fallback (primary.refused)",
        "fallback + close -> closed (closed) ! shut",
        "waiting + start -> fallback (primary.refused)",
        "waiting + opened -> fallback (primary.refused)",
        "waiting + opened late -> fallback (primary.refused)",
        "waiting + open-failed -> fallback (primary.refused)",
        "waiting + migration-failed -> fallback (primary.refused)",
        "waiting + primary-lost -> fallback (primary.refused)",
        "waiting + primary-back -> fallback (primary.refused) ! open 0",
        "waiting + returned -> fallback (primary.refused)",
        "waiting + return-failed -> fallback (primary.refused)",
        "waiting + close -> closed (closed) ! shut",
        "dialling + start -> fallback (primary.refused)",
        "dialling + opened -> primary (connected)",
        "dialling + opened late -> fallback (primary.refused)",
        "dialling + open-failed -> fallback (primary.refused)",
        "dialling + migration-failed -> starting (migration.failed)",
        "dialling + primary-lost -> fallback (primary.refused)",
        "dialling + primary-back -> fallback (primary.refused)",
        "dialling + returned -> fallback (primary.refused)",
        "dialling + return-failed -> fallback (primary.refused)",
        "dialling + close -> closed (closed) ! shut",
        "standing + start -> fallback (primary.timeout)",
        "standing + opened -> fallback (primary.timeout)",
        "standing + opened late -> fallback (primary.timeout)",
        "standing + open-failed -> fallback (primary.timeout)",
        "standing + migration-failed -> fallback (primary.timeout)",
        "standing + primary-lost -> fallback (primary.timeout)",
        "standing + primary-back -> fallback (primary.timeout)",
        "standing + returned -> fallback (primary.timeout)",
        "standing + return-failed -> fallback (primary.timeout)",
        "standing + close -> closed (closed) ! shut",
        "returning + start -> returning (primary.refused)",
        "returning + opened -> returning (primary.refused)",
        "returning + opened late -> returning (primary.refused)",
        "returning + open-failed -> returning (primary.refused)",
        "returning + migration-failed -> returning (primary.refused)",
        "returning + primary-lost -> returning (primary.refused)",
        "returning + primary-back -> returning (primary.refused)",
        "returning + returned -> primary (connected)",
        "returning + return-failed -> fallback (primary.disconnected)",
        "returning + close -> closed (closed) ! shut",
        "closed + start -> closed (closed)",
        "closed + opened -> closed (closed)",
        "closed + opened late -> closed (closed)",
        "closed + open-failed -> closed (closed)",
        "closed + migration-failed -> closed (closed)",
        "closed + primary-lost -> closed (closed)",
        "closed + primary-back -> closed (closed)",
        "closed + returned -> closed (closed)",
        "closed + return-failed -> closed (closed)",
        "closed + close -> closed (closed)",
      ]
    `)
  })

  const anyEvent = fc.oneof(
    fc.constantFrom<MachineEvent>(start, lost, back, returned, returnFailed, { type: "close" }),
    fc.record({ type: fc.constant("opened" as const), candidate: fc.nat(3) }),
    fc.record({ type: fc.constant("migration-failed" as const), candidate: fc.nat(3) }),
    fc.nat(3).map((candidate) => failed(candidate)),
  )
  const anyContext = fc.constantFrom(BOTH, OWING, ALONE, EMBEDDED, REFUSED, BEHIND, NOTHING)

  it("closed stays closed, one opening at a time", () => {
    fc.assert(
      fc.property(anyContext, fc.array(anyEvent, { maxLength: 16 }), (given, list) => {
        let state: MachineState = INITIAL_STATE
        for (const event of list) {
          const step = reduce(given, state, event)
          if (state.name === "closed") expect(step).toEqual({ state, effects: [] })
          expect(step.effects.filter(({ type }) => type === "open" || type === "return").length).toBeLessThan(
            2,
          )
          state = step.state
        }
      }),
    )
  })

  it("promise 4: the primary serves after its opening, or after what the fallback took was handed back", () => {
    fc.assert(
      fc.property(anyContext, fc.array(anyEvent, { maxLength: 16 }), (given, list) => {
        let state: MachineState = INITIAL_STATE
        /** Has a fallback served since the primary did? */
        let mayOwe = false
        for (const event of list) {
          const { state: next } = reduce(given, state, event)
          if (next.name === "fallback" && next.candidate !== null) mayOwe = true
          if (next.name === "primary" && state.name !== "primary") {
            expect(given.candidates[0]?.role).toBe("primary")
            if (mayOwe) expect([state.name, event]).toEqual(["returning", returned])
            else expect(event).toEqual(opened(0))
            mayOwe = false
          }
          if (next.name === "returning") expect(next.candidate).toBeGreaterThan(0)
          state = next
        }
      }),
    )
  })

  it("the primary is watched where it serves, and where it is away, and nowhere else", () => {
    const watched = Object.entries(states).map(([name, state]) => `${name}: ${watchOf(BOTH, state)}`)
    expect(watched).toMatchInlineSnapshot(`
      [
        "initial: none",
        "starting: none",
        "halted: none",
        "embedded: none",
        "primary: serving",
        "fallback: away",
        "waiting: away",
        "dialling: away",
        "standing: away",
        "returning: none",
        "closed: none",
      ]
    `)
    expect(watchOf(REFUSED, run(REFUSED, [start, opened(0)]))).toBe("none")
  })
})
