import { expect, test } from "vitest"
import { checkMirrors } from "./check.ts"
import { describeResult } from "./describe.ts"

const LONG = process.env["UNDERSTUDY_LONG"] === "1"
const LIMIT_MS = 600_000

async function expectSame(seed: number, seconds: number): Promise<void> {
  const result = await checkMirrors({ seed, seconds })
  expect(result.found, [...result.events, describeResult(seed, result)].join("\n")).toEqual([])
  // Writers whom nobody lets write, and readers who never look, would find nothing.
  expect(result.quietPoints).toBeGreaterThan(seconds / 15)
  expect(result.looks).toBeGreaterThan(seconds * 10)
  const idle = [...result.tallies].filter(([name, { applied }]) => applied === 0 && name !== "given up")
  expect(idle.length).toBeLessThan(result.tallies.size / 2)
}

test(
  "promise 4: both copies hold the primary's rows, by whole transactions, whatever breaks",
  { timeout: LIMIT_MS },
  () => expectSame(1, 20),
)

test.skipIf(!LONG).each(Array.from({ length: 20 }, (_, index) => index + 2))(
  "promise 4: the same for a minute, seed %i",
  { timeout: LIMIT_MS },
  (seed) => expectSame(seed, 60),
)
