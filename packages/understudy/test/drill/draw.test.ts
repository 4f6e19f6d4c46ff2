import { expect, test } from "vitest"
import { drawFrom } from "../../src/drill/draw.ts"

test("one seed always draws the same, another one something else", () => {
  expect(sequence(7)).toEqual(sequence(7))
  expect(sequence(7)).not.toEqual(sequence(8))
})

function sequence(seed: number): number[] {
  const draw = drawFrom(seed)
  return draw.times(20, () => draw.between(0, 1_000_000))
}

test("each number of a range comes up, as often as any other, and none beside it", () => {
  const draw = drawFrom(3)
  const counts = new Map<number, number>()
  for (let time = 0; time < 10_000; time += 1) {
    const number = draw.between(-2, 2)
    counts.set(number, (counts.get(number) ?? 0) + 1)
  }
  expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2])
  for (const count of counts.values()) expect(count).toBeGreaterThan(1_800)
})

test("what is picked, weighted or drawn as some is of what there is", () => {
  const draw = drawFrom(5)
  const picked = new Set(draw.times(200, () => draw.pick(["a", "b"])))
  expect(picked).toEqual(new Set(["a", "b"]))
  expect(
    draw.times(100, () =>
      draw.weighted([
        [1, "often"],
        [0, "never"],
      ]),
    ),
  ).not.toContain("never")
  for (const some of draw.times(100, () => draw.some([1, 2, 3, 4], 2, 3))) {
    expect(some).toEqual(some.toSorted())
    expect(new Set(some).size).toBe(some.length)
    expect([2, 3]).toContain(some.length)
  }
  expect(() => draw.pick([])).toThrow("nothing to pick from")
})

test("uuids are of version 4, and all different", () => {
  const draw = drawFrom(9)
  const uuids = draw.times(1_000, () => draw.uuid())
  expect(new Set(uuids).size).toBe(1_000)
  for (const uuid of uuids)
    expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/)
})
