import { expect, test } from "vitest"
import { describeDrill } from "../../packages/understudy/src/drill/index.ts"
import type { Entry } from "../../packages/understudy/src/drill/history.ts"
import type { Operation, Outcome } from "../../packages/understudy/src/drill/operations.ts"
import { judge, type Evidence, type Row } from "../../packages/understudy/src/drill/verdict.ts"
import { checkFailover } from "./check.ts"

test.each([
  ["one backend", 1, 1],
  ["three backends, each with its own fallback", 2, 3],
])(
  "promise 4: whatever breaks, each acknowledged write is there once, or parked as a whole: %s, seed %i",
  { timeout: 600_000 },
  async (_what, seed, instances) => {
    const result = await checkFailover({ seed, seconds: 30, instances })
    expect(result.found, [...describeDrill(result), ...result.events].join("\n")).toEqual([])
  },
)

// A checker that finds nothing wrong has to be able to.
const OPERATION: Operation = { id: "op", kind: "transfer", key: "a", other: "b", amount: 1, way: "write" }
const TICKET: Operation = { ...OPERATION, kind: "ticket" }
const ROW = { op: "op", giver: "a", taker: "b", amount: 1 }
const OK: Outcome = { kind: "ok", value: "7" }
const FAIL: Outcome = { kind: "fail", why: "", because: "in-flight" }
const REFUSED: Outcome = { kind: "fail", why: "" }
const UNKNOWN: Outcome = { kind: "unknown", why: "" }

interface Traces {
  readonly rows?: readonly object[]
  /** How many row changes each parked transaction has. */
  readonly parked?: readonly number[]
  readonly isGone?: boolean
}

function evidence({ rows = [], parked = [], isGone = false }: Traces): Evidence {
  return {
    rows: new Map([["op", rows as Row[]]]),
    parked: new Map([["op", parked]]),
    gone: new Set(isGone ? ["op"] : []),
  }
}

test.each<[what: string, outcome: Outcome | undefined, traces: Traces, isRight: boolean]>([
  ["acknowledged and there", OK, { rows: [ROW] }, true],
  ["acknowledged and parked", OK, { parked: [3] }, true],
  ["acknowledged and taken away", OK, { isGone: true }, true],
  ["acknowledged and lost", OK, {}, false],
  ["acknowledged and doubled", OK, { rows: [ROW, ROW] }, false],
  ["acknowledged, there and parked", OK, { rows: [ROW], parked: [3] }, false],
  ["acknowledged and parked twice", OK, { parked: [3, 3] }, false],
  ["acknowledged and parked by half", OK, { parked: [1] }, false],
  ["acknowledged, taken away and still there", OK, { rows: [ROW], isGone: true }, false],
  ["acknowledged and there with another amount", OK, { rows: [{ ...ROW, amount: 2 }] }, false],
  ["not applied and absent", FAIL, {}, true],
  ["refused, and not under way", REFUSED, {}, false],
  ["not applied and there", FAIL, { rows: [ROW] }, false],
  ["not applied and parked", FAIL, { parked: [3] }, false],
  ["unknown and there", UNKNOWN, { rows: [ROW] }, true],
  ["unknown and absent", UNKNOWN, {}, true],
  ["unknown and doubled", UNKNOWN, { rows: [ROW, ROW] }, false],
  ["never answered", undefined, {}, false],
])("the verdict on an operation that is %s", (_what, outcome, traces, isRight) => {
  const verdict = judge(entryOf(OPERATION, outcome), evidence(traces))
  if (isRight) expect(verdict).toBeUndefined()
  else expect(verdict).toBeTypeOf("string")
})

test("the verdict on an id that the client was told", () => {
  const there = (id: number): Evidence => evidence({ rows: [{ op: "op", id }] })
  expect(judge(entryOf(TICKET, OK), there(7))).toBeUndefined()
  expect(judge(entryOf(TICKET, OK), there(8))).toContain("was told the id 7, and it is 8")
})

function entryOf(operation: Operation, outcome: Outcome | undefined): Entry {
  const entry = { client: "client", instance: "backend", operation, invokedAtMs: 0 }
  return outcome === undefined ? entry : { ...entry, outcome }
}
