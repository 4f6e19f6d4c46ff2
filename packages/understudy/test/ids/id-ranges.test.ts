import fc from "fast-check"
import { expect, it } from "vitest"
import { IdQueue, toRanges } from "../../src/ids/id-ranges.ts"

/** Ids as a sequence gives them while others draw from it too. */
const DRAWN = fc
  .record({
    step: fc.bigInt({ min: -3n, max: 3n }).filter((step) => step !== 0n),
    start: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
    gaps: fc.array(fc.nat({ max: 2 })),
  })
  .map(({ step, start, gaps }) => {
    let id = start
    return { step, ids: gaps.map((gap) => (id += step * BigInt(gap + 1))) }
  })

function takeAll(queue: IdQueue): bigint[] {
  const taken: bigint[] = []
  for (let id = queue.take(); id !== undefined; id = queue.take()) taken.push(id)
  return taken
}

it("promise 4: what was drawn is given as it was drawn, each id once", () => {
  fc.assert(
    fc.property(fc.array(DRAWN, { maxLength: 4 }), fc.nat({ max: 5 }), (leases, before) => {
      const queue = new IdQueue()
      const taken: bigint[] = []
      for (const { step, ids } of leases) {
        queue.add(toRanges(ids, step))
        for (let count = 0; count < before; count += 1) {
          const id = queue.take()
          if (id !== undefined) taken.push(id)
        }
      }
      const all = leases.flatMap(({ ids }) => ids)
      expect(queue.left).toBe(all.length - taken.length)
      expect([...taken, ...takeAll(queue)]).toEqual(all)
      expect(queue.left).toBe(0)
    }),
  )
})

it("promise 4: ids without a gap are one range", () => {
  expect(toRanges([7n, 9n, 11n, 15n, 17n], 2n)).toEqual([
    { first: 7n, step: 2n, count: 3 },
    { first: 15n, step: 2n, count: 2 },
  ])
  expect(toRanges([-1n, -2n, -3n], -1n)).toEqual([{ first: -1n, step: -1n, count: 3 }])
  expect(toRanges([], 1n)).toEqual([])
})
