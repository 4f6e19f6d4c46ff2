import { expect, it } from "vitest"
import { LeaseLedger } from "../../src/ids/lease-ledger.ts"
import type { PrimarySequence } from "../../src/ids/primary-sequences.ts"

function sequence(last: bigint | null, change: Partial<PrimarySequence> = {}): PrimarySequence {
  const bounds = last === null ? null : { last, step: 1n, least: 1n, greatest: 2n ** 63n - 1n }
  return { name: "t.id", oid: "1", bounds, ...change }
}

function idsFrom(first: bigint, count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => first + BigInt(index))
}

/** A ledger that has leased 1,000 ids from 11. */
function leased(): LeaseLedger {
  const ledger = new LeaseLedger()
  ledger.note([sequence(5n)])
  for (const request of ledger.note([sequence(10n)])) ledger.add(request, idsFrom(11n, request.count))
  return ledger
}

it("promise 4: nothing is leased for a table until a row is added to it", () => {
  const ledger = new LeaseLedger()
  expect(ledger.note([sequence(null), sequence(7n, { name: "u.id", oid: "2" })])).toEqual([])
  expect(ledger.note([sequence(null), sequence(7n, { name: "u.id", oid: "2" })])).toEqual([])
  expect(ledger.note([sequence(1n), sequence(7n, { name: "u.id", oid: "2" })])).toEqual([
    { name: "t.id", oid: "1", step: 1n, count: 1_000 },
  ])
})

it("promise 4: a lease is filled up once less than half of it is left", () => {
  const ledger = leased()
  for (let count = 0; count < 500; count += 1) ledger.take("t.id")
  expect(ledger.note([sequence(1_010n)])).toEqual([])
  expect(ledger.take("t.id")).toBe(511n)
  expect(ledger.note([sequence(1_010n)])).toMatchObject([{ count: 501 }])
})

it.each([
  ["the sequence is another one", [sequence(1_010n, { oid: "2" })]],
  ["the sequence was set back", [sequence(900n)]],
  ["the sequence was set to its start", [sequence(null)]],
  ["the column is gone", []],
])("promise 4: leases are void where %s", (_name, sequences) => {
  const ledger = leased()
  expect(ledger.note([sequence(1_010n)])).toEqual([])
  expect(ledger.note(sequences)).toEqual([])
  expect(ledger.take("t.id")).toBeUndefined()
})

it("promise 4: a lease of a sequence that goes down is void where it was set back", () => {
  const down = (last: bigint): PrimarySequence =>
    sequence(null, { bounds: { last, step: -1n, least: -(2n ** 63n), greatest: -1n } })
  const ledger = new LeaseLedger()
  ledger.note([down(-1n)])
  for (const request of ledger.note([down(-2n)])) ledger.add(request, [-3n, -4n])
  ledger.note([down(-9n)])
  expect(ledger.take("t.id")).toBe(-3n)
  ledger.note([down(-2n)])
  expect(ledger.take("t.id")).toBeUndefined()
})

it("promise 4: what is drawn while leases become void is not given", () => {
  const ledger = new LeaseLedger()
  ledger.note([sequence(5n)])
  const [request] = ledger.note([sequence(10n)])
  ledger.clear()
  if (request !== undefined) ledger.add(request, [11n])
  expect(ledger.take("t.id")).toBeUndefined()
})
