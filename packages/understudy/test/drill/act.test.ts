import { expect, test } from "vitest"
import { actOf, toldOf } from "../../src/drill/act.ts"
import { describeAct } from "../../src/drill/describe.ts"
import type { Entry } from "../../src/drill/history.ts"
import type { Outcome } from "../../src/drill/operations.ts"

function write(
  invokedAtMs: number,
  endedAtMs: number,
  outcome: Outcome,
  instance: string | null = "backend",
): Entry {
  const operation = {
    id: String(invokedAtMs),
    kind: "note",
    key: "a",
    other: "b",
    amount: 1,
    way: "write",
  } as const
  return { client: "client", instance, operation, invokedAtMs, endedAtMs, outcome }
}

const OK: Outcome = { kind: "ok", value: null }
const STATES = [
  { atMs: 10, state: "primary" },
  { atMs: 1_040, state: "fallback" },
  { atMs: 3_000, state: "returning" },
  { atMs: 3_200, state: "primary" },
  { atMs: 9_000, state: "fallback" },
]
const SEEN = {
  scenario: "kill",
  beganAtMs: 500,
  endedAtMs: 4_000,
  parked: 2,
  found: [],
  downs: [{ atMs: 1_000, how: "refusal", instance: null }],
  instances: [
    {
      name: "backend",
      states: STATES,
      handedBack: [
        { atMs: 3_190, transactions: 7, changes: 9, parked: 2 },
        { atMs: 9_500, transactions: 100, changes: 100, parked: 0 },
      ],
    },
  ],
  entries: [
    write(600, 610, OK),
    write(1_010, 1_260, OK),
    write(3_100, 3_250, OK),
    write(3_100, 3_900, OK, null),
    write(8_000, 8_001, OK),
  ],
} as const

test("a scenario's figures are read from what happened while it lasted", () => {
  expect(actOf(SEEN)).toMatchObject({
    told: { acknowledged: 3, forbidden: 0, notApplied: 0, unknown: 0, errors: [] },
    figures: { detection: { refusal: [40], silence: [] }, firstWrite: [220], return: [200], pause: [150] },
    transactions: 7,
    changes: 9,
  })
})

test("a loss that only another backend meets is none of this one's", () => {
  const act = actOf({ ...SEEN, downs: [{ atMs: 1_000, how: "silence", instance: "backend 2" }] })
  expect(act.figures).toMatchObject({ detection: { refusal: [], silence: [] }, firstWrite: [] })
})

test("what the clients were told is counted by its meaning", () => {
  const told = toldOf([
    write(1, 2, OK),
    write(1, 2, { kind: "fail", why: "a unique key", because: "rule" }),
    write(1, 2, { kind: "fail", why: "cut\nand more" }),
    write(1, 2, { kind: "fail", why: "cut\nand other" }),
    write(1, 2, { kind: "unknown", why: "cut at COMMIT" }),
    write(1, 2, { kind: "fail", why: "of others" }, null),
  ])
  expect(told).toEqual({
    acknowledged: 1,
    forbidden: 1,
    notApplied: 2,
    unknown: 1,
    errors: [
      ["cut", 2],
      ["cut at COMMIT", 1],
    ],
  })
})

test("a scenario that failed says so, with what was found", () => {
  const lines = describeAct(actOf({ ...SEEN, found: ["operation 7 is acknowledged, and lost"] }))
  expect(lines.join("\n")).toMatch(/verdict +FAILED\n +operation 7 is acknowledged, and lost$/)
  expect(describeAct(actOf(SEEN)).join("\n")).toContain("nothing lost, nothing doubled")
})
