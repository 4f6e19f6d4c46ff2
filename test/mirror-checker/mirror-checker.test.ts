import { expect, test } from "vitest"
import { checkMirrors } from "./check.ts"
import { describeResult } from "./describe.ts"

test(
  "promise 4: both copies hold the primary's rows, by whole transactions, whatever breaks",
  { timeout: 600_000 },
  async () => {
    const [seed, seconds] = [1, 20]
    const result = await checkMirrors({ seed, seconds })
    expect(result.found, [...result.events, describeResult(seed, result)].join("\n")).toEqual([])
  },
)
