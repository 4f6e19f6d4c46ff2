import { setTimeout as wait } from "node:timers/promises"
import { expect, onTestFinished, test } from "vitest"
import { LoneFailures } from "../../src/replay/lone-failures.ts"
import { replayMemory } from "../../src/replay/replay-memory.ts"
import { ReplayRun, type ReplayOptions } from "../../src/replay/replay-run.ts"
import { openCounters, type ReplayedPair } from "./replayed-pair.ts"

const COUNTERS = 64
/** A value that the primary has trouble with. */
const BAD = 13

/** A journal that sets each counter to 1, and one of them to a bad value before that. */
async function fill(pair: ReplayedPair): Promise<void> {
  await pair.capture()
  for (let id = 0; id < COUNTERS; id += 1) {
    if (id === 7) await pair.write(`update counter set value = ${BAD} where id = 50`)
    await pair.write(`update counter set value = 1 where id = ${id === 50 ? 49 : id}`)
  }
}

async function troubled(trouble: string): Promise<ReplayedPair> {
  const pair = await openCounters(Array.from({ length: COUNTERS }, (_, id) => id))
  await pair.client.query(`
    create sequence met;
    create function trouble(value integer) returns boolean language plpgsql as
      $$begin if value = ${BAD} then ${trouble} end if; return true; end$$;
    alter table counter add check (trouble(value))`)
  await fill(pair)
  return pair
}

function runOf(pair: ReplayedPair, options: Partial<ReplayOptions> = {}): ReplayRun {
  const run = new ReplayRun({ ...pair.options(), ...options }, new AbortController().signal, (progress) =>
    pair.told.push(progress),
  )
  onTestFinished(() => run[Symbol.dispose]())
  return run
}

async function counted(pair: ReplayedPair): Promise<unknown> {
  const { rows } = await pair.client.query(
    `select count(*) filter (where value = 1)::int as one, count(*) filter (where value = ${BAD})::int as bad from counter`,
  )
  return rows[0]
}

const STUBBORN = ["XX002", "08001", "53400", "40001"]

test.each(STUBBORN)(
  "promise 4: what meets %s each time is parked alone, and the rest is handed back",
  async (code) => {
    const pair = await troubled(`raise exception using errcode = '${code}';`)
    const run = runOf(pair, { troubleLimitMs: 0 })
    expect(await run.run(null)).toMatchObject({ stopped: "end", transactions: COUNTERS, parked: 1 })
    expect(await pair.parked()).toMatchObject([{ reason: "refused", detail: code, state: "open" }])
    expect(await counted(pair)).toEqual({ one: COUNTERS - 1, bad: 0 })
  },
  60_000,
)

test.each(["53100", "25006"])("promise 4: what all would meet (%s) parks nothing, ever", async (code) => {
  const pair = await troubled(`raise exception using errcode = '${code}';`)
  const run = runOf(pair, { troubleLimitMs: 0 })
  for (let count = 0; count < 2; count += 1) await expect(run.run(null)).rejects.toMatchObject({ code })
  expect(await pair.parked()).toEqual([])
})

test("promise 4: a trouble that lasts is for a while the server's, and costs the run; then what meets it is parked", async () => {
  const pair = await troubled("raise exception using errcode = '58030';")
  const options = { memory: replayMemory(), troubleLimitMs: 6_000 }
  const beganMs = performance.now()
  const again = (): Promise<unknown> => runOf(pair, options).run(null)
  await expect(again()).rejects.toMatchObject({ code: "58030" })
  expect(await pair.parked()).toEqual([])
  while (performance.now() - beganMs < 6_000) await wait(100)
  expect(await again()).toMatchObject({ stopped: "end", parked: 1 })
  expect(await counted(pair)).toEqual({ one: COUNTERS - 1, bad: 0 })
}, 60_000)

test("promise 4: a trouble that passes parks nothing", async () => {
  const pair = await troubled(`if nextval('met') < 9 then raise exception using errcode = 'XX000'; end if;`)
  expect(await runOf(pair).run(null)).toMatchObject({ stopped: "end", transactions: COUNTERS + 1, parked: 0 })
  expect(await counted(pair)).toEqual({ one: COUNTERS - 1, bad: 1 })
}, 60_000)

test("promise 4: what costs the connection each time, alone too, is parked, and the rest is handed back", async () => {
  const pair = await troubled("perform pg_terminate_backend(pg_backend_pid());")
  const memory = replayMemory()
  let tries = 0
  for (let isDone = false; !isDone;) {
    tries += 1
    if (tries > 30) break
    isDone = await runOf(pair, { memory })
      .run(null)
      .then(
        () => true,
        () => false,
      )
  }
  expect(tries).toBeLessThan(20)
  expect(await pair.parked()).toMatchObject([{ reason: "refused", detail: "08006", state: "open" }])
  expect(await counted(pair)).toEqual({ one: COUNTERS - 1, bad: 0 })
}, 120_000)

test("promise 4: who holds a row for long is told of, and all is handed back after it", async () => {
  const pair = await openCounters(Array.from({ length: COUNTERS }, (_, id) => id))
  await fill(pair)
  await pair.client.query("begin; select from counter where id = 3 for update")
  const running = runOf(pair).run(null)
  await expect.poll(() => pair.told.at(-1)?.hindered, { timeout: 40_000 }).toEqual({ table: "counter" })
  expect(pair.told.at(-1)?.pending).toBeGreaterThan(COUNTERS / 2)
  await pair.client.query("commit")
  expect(await running).toMatchObject({ stopped: "end", transactions: COUNTERS + 1, parked: 0 })
  expect(pair.told.at(-1)).toMatchObject({ hindered: null, pending: 0 })
}, 60_000)

test("promise 4: who was in the way makes nothing slower afterwards", async () => {
  const pair = await troubled(`if nextval('met') < 9 then raise exception using errcode = '40001'; end if;`)
  expect(await runOf(pair).run(null)).toMatchObject({ stopped: "end", transactions: COUNTERS + 1, parked: 0 })
  const { rows } = await pair.client.query<{ batches: number }>(
    "select count(distinct xmin::text)::int as batches from counter",
  )
  expect(rows[0]?.batches).toBeLessThan(40)
}, 60_000)

test("what a run met that came to no end is not counted on by the next, and a trouble is over with a good one", () => {
  const failures = new LoneFailures(replayMemory(), 0)
  const meet = (): string[] => Array.from({ length: 8 }, () => failures.met("broken"))
  failures.runBegins()
  failures.begin(1)
  expect(meet().at(-1)).toBe("park")
  failures.runBegins()
  failures.begin(1)
  expect(failures.met("broken")).toBe("again")

  const memory = replayMemory()
  const patient = new LoneFailures(memory)
  patient.runBegins()
  patient.met("broken")
  const since = new Float64Array(memory).at(-1)
  expect(since).toBeGreaterThan(0)
  patient.runBegins()
  patient.runEnds()
  expect(new Float64Array(memory).at(-1)).toBe(0)
})

test("a connection that cannot be had, or is lost over nothing, counts for no transaction", () => {
  const failures = new LoneFailures(replayMemory())
  for (let count = 0; count < 9; count += 1) {
    failures.runBegins()
    failures.lost()
    failures.begin(1)
    failures.applied()
    failures.lost()
  }
  failures.begin(1)
  expect(failures.isSuspect).toBe(false)
  failures.lost()
  failures.runBegins()
  failures.lost()
  failures.begin(1)
  expect(failures.isSuspect).toBe(true)
  for (let count = 1; count < 5; count += 1) failures.lost()
  expect(failures.isHopeless).toBe(true)
  failures.begin(2)
  expect(failures.isSuspect).toBe(false)
})
