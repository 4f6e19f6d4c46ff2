import { expect, test } from "vitest"
import { workerPostgres } from "../support/worker-postgres.ts"
import { describeFailure } from "./describe.ts"
import { Engines } from "./engines.ts"
import { fuzz } from "./fuzz.ts"

const SEED = 20260

/** UNDERSTUDY_FUZZ_PROGRAMS: how many programs are run. */
const PROGRAMS = Number(process.env["UNDERSTUDY_FUZZ_PROGRAMS"] ?? 60)

test("promise 3: random programs come to the same on both engines", { timeout: 600_000 }, async () => {
  const server = await workerPostgres()
  await using engines = await Engines.open(server)
  await using byBytes = await Engines.open(server, "C")
  const different: string[] = []
  const { tally, next } = await fuzz(
    { engines, byBytes },
    {
      seed: SEED,
      from: 0,
      programs: PROGRAMS,
      mostFailures: 5,
      onFailure: (failure) => different.push(describeFailure(engines.current, failure, SEED)),
    },
  )
  expect(different).toEqual([])
  expect(next).toBe(PROGRAMS)
  // Programs that mostly fail, or are refused, would agree on nothing.
  expect(tally.refused / tally.statements).toBeLessThan(0.1)
  expect(tally.errors / tally.statements).toBeLessThan(0.2)
  expect(tally.withRows / tally.statements).toBeGreaterThan(0.5)
})
