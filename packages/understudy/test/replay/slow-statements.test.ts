import { expect, onTestFinished, test } from "vitest"
import { BatchSize } from "../../src/replay/batch-size.ts"
import { replayMemory } from "../../src/replay/replay-memory.ts"
import { ReplayRun, type ReplayOptions } from "../../src/replay/replay-run.ts"
import { openCounters, type ReplayedPair } from "./replayed-pair.ts"

const COUNTERS = 64

/** Each written row takes 50 ms on the primary; one of the value 1000 takes a minute. */
async function slowCounters(): Promise<ReplayedPair> {
  const pair = await openCounters(Array.from({ length: COUNTERS }, (_, id) => id))
  await pair.client.query(`
    create function slowly(value integer) returns boolean language plpgsql as
      'begin perform pg_sleep(case value when 0 then 0 when 1000 then 60 else 0.05 end); return true; end';
    alter table counter add check (slowly(value))`)
  await pair.capture()
  for (let id = 0; id < COUNTERS; id += 1) await pair.write(`update counter set value = 1 where id = ${id}`)
  return pair
}

function runOf(pair: ReplayedPair, options: Partial<ReplayOptions> = {}): ReplayRun {
  const run = new ReplayRun({ ...pair.options(), ...options }, new AbortController().signal, () => {})
  onTestFinished(() => run[Symbol.dispose]())
  return run
}

test("promise 4: what takes too long at once is handed back in parts, and alone it is parked", async () => {
  const pair = await slowCounters()
  await pair.write("update counter set value = 1000 where id = 7")
  await pair.write("update counter set value = 2 where id = 8")
  const run = runOf(pair, { statementLimitMs: 1_000 })
  expect(await run.run(null)).toMatchObject({ stopped: "end", transactions: COUNTERS + 1, parked: 1 })
  expect(await pair.parked()).toMatchObject([{ reason: "refused", detail: "57014" }])
  const { rows } = await pair.client.query(
    `select count(distinct xmin::text) > 2 as parts, count(*) filter (where value = 0)::int as old,
      max(value) as most from counter`,
  )
  expect(rows).toEqual([{ parts: true, old: 0, most: 2 }])
}, 120_000)

test("promise 4: a limit of the role on transactions ends no batch", async ({ skip }) => {
  const pair = await slowCounters()
  const { rows } = await pair.client.query<{ database: string; limit: string | null }>(
    "select current_database() as database, current_setting('transaction_timeout', true) as limit",
  )
  if (rows[0]?.limit === null) return skip("this PostgreSQL has no such limit")
  await pair.client.query(`alter database "${rows[0]?.database}" set transaction_timeout = '1s'`)
  expect(await runOf(pair).run(null)).toMatchObject({ stopped: "end", transactions: COUNTERS, parked: 0 })
}, 120_000)

test("promise 4: what costs the connection is tried in smaller batches by each try after it", async () => {
  const pair = await slowCounters()
  // As a pooler does that lets no query take longer.
  let cut: Promise<unknown> = Promise.resolve()
  const cutting = setInterval(() => {
    cut = pair.client.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name like '%replay%' and state = 'active' and clock_timestamp() - query_start > '1s'`)
  }, 50)
  onTestFinished(async () => {
    clearInterval(cutting)
    await cut
  })
  const memory = replayMemory()
  let tries = 0
  for (let isDone = false; !isDone && tries < 10; tries += 1)
    isDone = await runOf(pair, { memory })
      .run(null)
      .then(
        () => true,
        () => false,
      )
  expect(tries).toBeGreaterThan(1)
  expect(tries).toBeLessThan(10)
  const { rows } = await pair.client.query("select count(*)::int as count from counter where value = 1")
  expect(rows).toEqual([{ count: COUNTERS }])
}, 120_000)

test("a batch that came to no end is halved, and grows again after a while", () => {
  const memory = replayMemory()
  const size = new BatchSize(memory)
  size.tooLarge()
  expect(size.begin(4_000)).toBe(4_000)
  size.tooLarge()
  expect(size.begin(4_000)).toBe(2_000)
  size.tooLarge()
  size.tooLarge()
  for (let count = 0; count < 8; count += 1) {
    expect(size.begin(4_000)).toBe(1_000)
    size.applied()
  }
  expect(size.begin(4_000)).toBe(2_000)
  expect(new BatchSize(memory).begin(4_000)).toBe(2_000)
  expect(size.begin(1)).toBe(1)
  size.tooLarge()
  expect(size.begin(4_000)).toBe(1)
})
