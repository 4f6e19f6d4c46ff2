import fc from "fast-check"
import { expect, it } from "vitest"
import { drawBlock } from "../../src/ids/random-block.ts"

const SPACES = {
  int4: { from: 2n ** 30n, to: 2n ** 31n, size: 2n ** 16n },
  int8: { from: 2n ** 40n, to: 2n ** 52n, size: 2n ** 32n },
} as const

const TYPE = fc.constantFrom("int4" as const, "int8" as const)
/** Parts of the whole, to draw by. */
const PARTS = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))

function randomFrom(parts: Iterator<number>): (below: bigint) => bigint {
  return (below) => BigInt(Math.floor(Number(below) * (parts.next().value as number)))
}

function nextAmong(taken: readonly bigint[]): (from: bigint) => bigint | undefined {
  return (from) => taken.filter((id) => id >= from).toSorted((a, b) => (a < b ? -1 : 1))[0]
}

it("promise 4: a block lies in its space, is no larger than it may be, and holds no id that is taken", () => {
  const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 })
  fc.assert(
    fc.property(TYPE, PARTS, places, (type, parts, takenAt) => {
      const { from, to, size } = SPACES[type]
      const taken = takenAt.map((at) => from + BigInt(Math.floor(Number(to - from - 1n) * at)))
      const block = drawBlock(type, randomFrom(parts), nextAmong(taken))
      if (block === undefined) return
      expect(block.first >= from && block.last < to).toBe(true)
      expect(block.last - block.first + 1n <= size && block.first <= block.last).toBe(true)
      expect(taken.filter((id) => id >= block.first && id <= block.last)).toEqual([])
    }),
  )
})

it("promise 4: where no whole block is free, the largest part that was found is taken; where none is, nothing", () => {
  const draws = [9n, 4n, 7n]
  let draw = 0
  const first = 2n ** 30n
  const random = (): bigint => draws[draw++ % draws.length] ?? 0n
  expect(drawBlock("int4", random, () => first + 10n)).toEqual({ first: first + 4n, last: first + 9n })
  expect(
    drawBlock(
      "int4",
      () => 0n,
      (from) => from,
    ),
  ).toBeUndefined()
})

it("promise 4: ids of int8 are whole numbers that JavaScript holds exactly", () => {
  const highest = drawBlock(
    "int8",
    (below) => below - 1n,
    () => undefined,
  )
  expect(Number.isSafeInteger(Number(highest?.last))).toBe(true)
  expect(highest?.last).toBe(2n ** 52n - 1n)
})
