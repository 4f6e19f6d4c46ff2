import { expect, onTestFinished, test } from "vitest"
import { systemClock } from "../../src/base/clock.ts"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import { ParkedCount } from "../../src/failover/parked-count.ts"
import { dismissParked } from "../../src/replay/settle.ts"
import { postgresOptions } from "../support/engines.ts"
import { openParked, type ParkedTransactions } from "../support/parked-transactions.ts"

const WAIT = { timeout: 20_000 }

interface Instance {
  readonly count: ParkedCount
  readonly engine: PostgresEngine
  /** What it was told, in turn. */
  readonly told: readonly unknown[]
  /** Lets time pass. */
  pass(ms: number): void
}

/** One that counts, as others do at the same database. */
async function openInstance({ url }: ParkedTransactions): Promise<Instance> {
  const engine = await PostgresEngine.open(postgresOptions(url), AbortSignal.timeout(10_000))
  onTestFinished(() => engine.close())
  let aheadMs = 0
  const clock = { ...systemClock, monotonicMs: () => performance.now() + aheadMs }
  const told: unknown[] = []
  const note = (what: unknown): void => void told.push(what)
  return {
    count: new ParkedCount({ counted: note, failed: note }, clock),
    engine,
    told,
    pass: (ms) => void (aheadMs += ms),
  }
}

test("promise 2: what other instances park, and settle, is known a minute later", async () => {
  const parked = await openParked()
  const { count, engine, told, pass } = await openInstance(parked)
  // Sessions come all the while: one that comes while a count runs is not heard.
  const toldInUse = (): readonly unknown[] => {
    count.used(engine)
    return told
  }
  await expect.poll(toldInUse, WAIT).toEqual([0])
  const id = await parked.park({ a: 11 })
  expect(toldInUse()).toEqual([0])
  pass(60_000)
  await expect.poll(toldInUse, WAIT).toEqual([0, 1])
  await dismissParked(parked.client, id)
  pass(60_000)
  await expect.poll(toldInUse, WAIT).toEqual([0, 1, 0])
  expect(count.open).toBe(0)
})

test("promise 2: counts never overlap, and what was settled while one ran is in the next", async () => {
  const parked = await openParked()
  const id = await parked.park({ a: 11 })
  const { count, engine, told } = await openInstance(parked)
  const asking = count.ask(engine)
  await dismissParked(parked.client, id)
  await count.ask(engine)
  await count.ask(engine)
  await asking
  await expect.poll(() => told.at(-1), WAIT).toBe(0)
  const before = told.length
  await Promise.all([count.ask(engine), count.ask(engine), count.ask(engine)])
  await expect.poll(() => told.slice(before), WAIT).toEqual([0, 0])
  expect(count.open).toBe(0)
})
