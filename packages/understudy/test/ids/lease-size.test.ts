import { expect, it } from "vitest"
import { leaseSize } from "../../src/ids/lease-size.ts"

const NEW = { least: 1n, step: 1n, last: 1n } as const
const INT4 = { ...NEW, greatest: 2n ** 31n - 1n }
const MINUTES_A_YEAR = 525_600

it.each([
  ["int8", { ...NEW, greatest: 2n ** 63n - 1n }, 1_000],
  ["int4", INT4, 511],
  ["int4, half used up", { ...INT4, last: 2n ** 30n }, 255],
  ["int4 by twos", { ...INT4, step: 2n }, 255],
  ["int4 used up", { ...INT4, last: INT4.greatest }, 0],
  ["int4 set beyond its end", { ...INT4, last: INT4.greatest + 5n }, 0],
  ["int2", { ...NEW, greatest: 2n ** 15n - 1n }, 0],
  ["a sequence of a thousand", { ...NEW, greatest: 1_000n }, 0],
  ["int8 downwards", { least: -(2n ** 63n), greatest: -1n, step: -1n, last: -1n }, 1_000],
  ["int4 downwards", { least: -(2n ** 31n), greatest: -1n, step: -1n, last: -1n }, 511],
] as const)("promise 4: a lease from %s has its size from what is left", (_name, bounds, size) => {
  expect(leaseSize(bounds)).toBe(size)
})

it("promise 4: a service that restarts each minute does not use a sequence up", () => {
  let last = 1n
  const years = Array.from({ length: 5 }, () => {
    for (let minute = 0; minute < MINUTES_A_YEAR; minute += 1) last += BigInt(leaseSize({ ...INT4, last }))
    return Number(last) / Number(INT4.greatest)
  })
  expect(years[0]).toBeLessThan(0.13)
  expect(years[4]).toBeLessThan(0.5)
})
