import { expect, test } from "vitest"
import { describeDrill } from "../../packages/understudy/src/drill/index.ts"
import type { Operation, Outcome } from "../../packages/understudy/src/drill/operations.ts"
import { judge, type Evidence } from "../../packages/understudy/src/drill/verdict.ts"
import { checkFailover } from "./check.ts"

test.each([
  ["one backend", 1, 1],
  ["three backends, each with its own fallback", 2, 3],
])(
  "promise 4: whatever breaks, each acknowledged write is there once, or parked as a whole: %s",
  { timeout: 600_000 },
  async (_what, seed, instances) => {
    const result = await checkFailover({ seed, seconds: 30, instances })
    expect(result.found, [...result.events, ...describeDrill(result)].join("\n")).toEqual([])
  },
)

// A checker that finds nothing wrong has to be able to.
const OPERATION: Operation = { id: "op", kind: "ticket", key: "a", other: "b", amount: 1, way: "write" }
const OK: Outcome = { kind: "ok", value: "7" }
const FAIL: Outcome = { kind: "fail", why: "" }
const UNKNOWN: Outcome = { kind: "unknown", why: "" }

interface Traces {
  readonly present?: number
  readonly parked?: number
  readonly isGone?: boolean
  readonly id?: string
}

function evidence({ present = 0, parked = 0, isGone = false, id = "7" }: Traces): Evidence {
  return {
    present: new Map([["op", present]]),
    parked: new Map([["op", parked]]),
    gone: new Set(isGone ? ["op"] : []),
    ids: new Map([["op", id]]),
  }
}

test.each<[what: string, outcome: Outcome | undefined, traces: Traces, isRight: boolean]>([
  ["acknowledged and there", OK, { present: 1 }, true],
  ["acknowledged and parked", OK, { parked: 1 }, true],
  ["acknowledged and taken away", OK, { isGone: true }, true],
  ["acknowledged and lost", OK, {}, false],
  ["acknowledged and doubled", OK, { present: 2 }, false],
  ["acknowledged, there and parked", OK, { present: 1, parked: 1 }, false],
  ["acknowledged and parked twice", OK, { parked: 2 }, false],
  ["acknowledged, taken away and still there", OK, { present: 1, isGone: true }, false],
  ["acknowledged with another id", OK, { present: 1, id: "8" }, false],
  ["not applied and absent", FAIL, {}, true],
  ["not applied and there", FAIL, { present: 1 }, false],
  ["not applied and parked", FAIL, { parked: 1 }, false],
  ["unknown and there", UNKNOWN, { present: 1 }, true],
  ["unknown and absent", UNKNOWN, {}, true],
  ["unknown and doubled", UNKNOWN, { present: 2 }, false],
  ["never answered", undefined, {}, false],
])("the verdict on an operation that is %s", (_what, outcome, traces, isRight) => {
  const entry = {
    client: "client",
    instance: "backend",
    operation: OPERATION,
    invokedAtMs: 0,
    ...(outcome === undefined ? {} : { outcome }),
  }
  const verdict = judge(entry, evidence(traces))
  if (isRight) expect(verdict).toBeUndefined()
  else expect(verdict).toBeTypeOf("string")
})
