import { fork } from "node:child_process"
import { once } from "node:events"
import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { Client } from "pg"
import { expect, onTestFinished, test } from "vitest"
import { FAULT_POINTS } from "../../src/base/fault-point.ts"
import { classifyError } from "../../src/errors/classify.ts"
import { stopCapture } from "../../src/journal/local/capture.ts"
import { captureMigrations } from "../../src/journal/local/migration-trigger.ts"
import { uninstall } from "../../src/journal/uninstall.ts"
import { Replay } from "../../src/replay/replay.ts"
import { ReplayRun } from "../../src/replay/replay-run.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"
import { postgresOptions } from "../support/engines.ts"
import { openCounters, type ReplayedPair } from "./replayed-pair.ts"

const isPooled = process.env["UNDERSTUDY_TEST_POOLER"] !== undefined

function counters(): Promise<ReplayedPair> {
  return openCounters([1, 2, 3])
}

/** A journal of so many transactions, each adding one to a counter. */
async function fill(pair: ReplayedPair, transactions: number): Promise<void> {
  for (let count = 0; count < transactions; count += 1)
    await pair.write(`update counter set value = value + 1 where id = ${1 + (count % 3)}`)
}

async function values(pair: ReplayedPair): Promise<number[]> {
  const { rows } = await pair.client.query<{ value: number }>("select value from counter order by id")
  return rows.map(({ value }) => value)
}

const POINTS = FAULT_POINTS.filter((point) => point.startsWith("replay."))

test.each(POINTS)("promise 4: killed at %s, nothing is lost and nothing doubled", async (point) => {
  const pair = await counters()
  await pair.capture()
  await fill(pair, 9)
  const child = fork(join(import.meta.dirname, "replaying-process.ts"), [pair.url, pair.file], {
    execArgv: ["--conditions=understudy-faults", "--conditions=understudy-source"],
    env: { UNDERSTUDY_FAULT_POINT: point },
    stdio: "inherit",
  })
  const [, signal] = (await once(child, "close")) as [number | null, string | null]
  expect(signal).toBe("SIGKILL")
  expect([
    [0, 0, 0],
    [3, 3, 3],
  ]).toContainEqual(await values(pair))
  expect(await pair.replay()).toMatchObject({ stopped: "end", parked: 0 })
  expect(await values(pair)).toEqual([3, 3, 3])
})

test("promise 4: two replays of one journal, and of a copy of its file, apply it once", async () => {
  const pair = await counters()
  await pair.capture()
  await fill(pair, 60)
  await pair.on((writer) => writer.exec("pragma wal_checkpoint(truncate)"))
  const copy = `${pair.file}.copy`
  copyFileSync(pair.file, copy)
  const runs = [pair.file, copy, pair.file].map(
    (file) => new ReplayRun({ ...pair.options(), file }, new AbortController().signal, () => {}),
  )
  const results = await Promise.all(runs.map((run) => run.run(null)))
  for (const run of runs) run[Symbol.dispose]()
  expect(results.map(({ stopped, parked }) => [stopped, parked])).toEqual(
    Array.from({ length: 3 }, () => ["end", 0]),
  )
  expect(results.reduce((sum, { transactions }) => sum + transactions, 0)).toBe(60)
  expect(await values(pair)).toEqual([20, 20, 20])
})

test("promise 4: a run ends though writes go on and on, and the next one has them", async () => {
  const pair = await counters()
  await pair.capture()
  await fill(pair, 3)
  const isOver = new AbortController()
  let written = 3
  const writing = (async () => {
    while (!isOver.signal.aborted) {
      await fill(pair, 3)
      written += 3
      await new Promise(setImmediate)
    }
  })()
  const run = new ReplayRun(pair.options(), new AbortController().signal, () => {})
  onTestFinished(() => run[Symbol.dispose]())
  const first = await run.run(null)
  isOver.abort()
  await writing
  // Somebody wrote all the while: an origin that may have more is not one that is done.
  expect(first).toMatchObject({ stopped: "end", origins: [] })
  expect(first.transactions).toBeGreaterThan(2)
  expect(first.transactions).toBeLessThan(written)
  const second = await run.run(null)
  expect(second.origins).toHaveLength(1)
  expect(first.transactions + second.transactions).toBe(written)
  expect(await values(pair)).toEqual([written / 3, written / 3, written / 3])
})

test("promise 4: what another replay parks while its cursor is waited for is seen", async () => {
  const pair = await counters()
  await pair.capture()
  await pair.replay()
  await pair.write(
    "update counter set value = value + 1 where id = 1",
    "update counter set value = value + 1 where id = 2",
  )
  await pair.on((writer) => writer.exec("pragma wal_checkpoint(truncate)"))
  const copy = `${pair.file}.copy`
  copyFileSync(pair.file, copy)
  // Goes on from what the first one did to row 1; somebody else has made that just the same.
  await pair.write(
    "update counter set value = value + 1 where id = 1",
    "update counter set value = value + 1 where id = 3",
  )
  await pair.client.query("update counter set value = 1 where id = 1")
  // The first replay has sent its COMMIT, and that takes long.
  await pair.client.query(`
    create function wait() returns trigger language plpgsql as 'begin perform pg_advisory_xact_lock(1); return null; end';
    create constraint trigger wait after insert on understudy.parked_transaction deferrable initially deferred
      for each row execute function wait();
    begin; select pg_advisory_xact_lock(1)`)
  const waiting = async (count: number): Promise<void> => {
    await expect
      .poll(async () => (await pair.client.query("select from pg_locks where not granted")).rowCount, {
        timeout: 20_000,
      })
      .toBe(count)
  }
  const first = new ReplayRun({ ...pair.options(), file: copy }, new AbortController().signal, () => {})
  const second = new ReplayRun(pair.options(), new AbortController().signal, () => {})
  onTestFinished(() => {
    first[Symbol.dispose]()
    second[Symbol.dispose]()
  })
  const running = [first.run(null)]
  await waiting(1)
  running.push(second.run(null))
  await waiting(2)
  await pair.client.query("commit")
  expect(await Promise.all(running)).toMatchObject([{ parked: 1 }, { parked: 1, transactions: 0 }])
  expect((await pair.parked()).map(({ reason }) => reason)).toEqual(["row-changed", "depends-on"])
  expect(await values(pair)).toEqual([1, 0, 0])
})

test("promise 4: a file that was set back is done up to where the primary's cursor is", async () => {
  const pair = await counters()
  await pair.capture()
  await fill(pair, 3)
  await pair.on((writer) => writer.exec("pragma wal_checkpoint(truncate)"))
  const copy = `${pair.file}.copy`
  copyFileSync(pair.file, copy)
  await fill(pair, 3)
  await pair.replay()
  const run = new ReplayRun({ ...pair.options(), file: copy }, new AbortController().signal, () => {})
  expect(await run.run(null)).toMatchObject({ stopped: "end", transactions: 0 })
  run[Symbol.dispose]()
  expect(await values(pair)).toEqual([2, 2, 2])
})

test("promise 4: several openings of a file are handed back in their order, returned ones not again", async () => {
  const pair = await counters()
  const first = await pair.capture()
  await fill(pair, 3)
  const second = await pair.capture()
  await fill(pair, 3)
  const result = await pair.replay()
  expect(result).toMatchObject({ origins: [first.id, second.id], transactions: 6 })
  await pair.on((writer) => stopCapture(writer, { returned: result.origins }))
  await pair.client.query("delete from understudy.replay_cursor")
  expect(await pair.replay()).toMatchObject({ origins: [], transactions: 0 })
  expect(await values(pair)).toEqual([2, 2, 2])
})

test("promise 4: the journal of another primary's copy is left alone", async () => {
  const pair = await counters()
  await pair.capture(crypto.randomUUID())
  await fill(pair, 3)
  expect(await pair.replay()).toMatchObject({ stopped: "end", origins: [], transactions: 0, appliedTo: 3 })
  expect(await values(pair)).toEqual([0, 0, 0])
  const { rows } = await pair.client.query<{ id: string }>("select id from understudy.primary_mark")
  // It keeps nothing back that is meant for this one.
  const later = await pair.capture(rows[0]?.id ?? null)
  await pair.write("insert into counter values (4, 4)")
  expect(await pair.replay()).toMatchObject({ origins: [later.id], transactions: 1, parked: 0 })
  expect(await values(pair)).toEqual([0, 0, 0, 4])
  await pair.on((writer) =>
    writer.prepare("update understudy_origin set primary_mark = ?").run(rows[0]?.id ?? null),
  )
  expect(await pair.replay()).toMatchObject({ stopped: "end", transactions: 3 })
})

test("promise 4: what comes after a migration waits until the primary has it", async () => {
  const pair = await counters()
  await pair.capture()
  await fill(pair, 3)
  await pair.on((writer) => {
    stopCapture(writer)
    writer.exec(`alter table counter add note text;
      insert into understudy_change (unit, at, operation, after) values ((1 << 32) | 1000, 0, 'M', '0002')`)
    pair.engine.schema.changed()
  })
  await pair.capture()
  await pair.write("update counter set note = 'x' where id = 1")
  expect(await pair.replay()).toMatchObject({ stopped: "migration", migration: "0002", transactions: 3 })
  expect(await pair.replay()).toMatchObject({ stopped: "migration", transactions: 0 })
  await pair.client.query(`alter table counter add note text;
    create table kysely_migration (name text, timestamp text); insert into kysely_migration values ('0002', '')`)
  expect(await pair.replay()).toMatchObject({ stopped: "end", transactions: 1, parked: 0 })
  expect((await pair.rows("counter"))[0]).toEqual({ id: 1, value: 1, note: "x" })
})

test("promise 4: a migration is not passed over with changes that another primary is to have", async () => {
  const pair = await counters()
  await pair.capture(crypto.randomUUID())
  await fill(pair, 3)
  expect(await pair.replay()).toMatchObject({ stopped: "end", transactions: 0 })
  const { rows } = await pair.client.query<{ id: string }>("select id from understudy.primary_mark")
  await pair.on((writer) => {
    writer.exec("create table kysely_migration (name text, timestamp text)")
    stopCapture(writer)
    captureMigrations(writer)
    writer.exec("alter table counter add note text; insert into kysely_migration values ('0002', '')")
    pair.engine.schema.changed()
  })
  const later = await pair.capture(rows[0]?.id ?? null)
  await pair.write("insert into counter values (4, 4, 'x')")
  expect(await pair.replay()).toMatchObject({ stopped: "migration", migration: "0002", transactions: 0 })
  await pair.client.query(`alter table counter add note text;
    create table kysely_migration (name text, timestamp text); insert into kysely_migration values ('0002', '')`)
  expect(await pair.replay()).toMatchObject({ origins: [later.id], transactions: 1, parked: 0 })
  expect((await pair.rows("counter")).at(-1)).toEqual({ id: 4, value: 4, note: "x" })
})

test("promise 4: in a thread, it runs again and again, and a lost connection ends one run only", async () => {
  const pair = await counters()
  await pair.capture()
  await fill(pair, 6)
  const told: unknown[] = []
  const replay = new Replay(pair.options(), { progressed: (progress) => told.push(progress) })
  onTestFinished(() => replay.stop())
  expect(await replay.run()).toMatchObject({ stopped: "end", transactions: 6 })
  expect(told.at(-1)).toMatchObject({ done: 6, pending: 0, parked: 0 })
  await fill(pair, 3)
  expect(await replay.run()).toMatchObject({ transactions: 3 })
  if (!isPooled) {
    const admin = new Client(pair.adminUrl)
    await admin.connect()
    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'understudy replay'",
    )
    await admin.end()
    await fill(pair, 3)
    const failure = await replay.run().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Error)
    expect(classifyError(failure)).toBe("connection")
    expect(await replay.run()).toMatchObject({ stopped: "end", transactions: 3 })
    expect(await values(pair)).toEqual([4, 4, 4])
  }
  await replay.stop()
  await expect(replay.run()).rejects.toThrow("stopped")
})

test("promise 1: stopping it waits for no server that is silent", async () => {
  const pair = await counters()
  await pair.capture()
  await fill(pair, 3)
  const replay = new Replay(pair.options(), { progressed: () => {} })
  await replay.run()
  await fill(pair, 3)
  const server = await workerPostgres()
  await server.pause()
  onTestFinished(() => server.resume())
  const run = replay.run().catch((error: unknown) => error)
  await wait(500)
  const start = performance.now()
  await replay.stop()
  expect(performance.now() - start).toBeLessThan(15_000)
  expect(await run).toBeInstanceOf(Error)
})

test("promise 2: without the right to make its tables, the run ends with the server's refusal", async () => {
  const pair = await counters()
  await pair.capture()
  await fill(pair, 1)
  const admin = new Client(pair.adminUrl)
  await admin.connect()
  const name = `replayer_${Date.now()}`
  await admin.query(`create role ${name} login password 'secret'`)
  onTestFinished(async () => {
    await admin.query(`drop role ${name}`)
    await admin.end()
  })
  const url = Object.assign(new URL(pair.adminUrl), { username: name, password: "secret" }).href
  const options = { ...pair.options(), postgres: postgresOptions(url) }
  const replay = new Replay(options, { progressed: () => {} })
  onTestFinished(() => replay.stop())
  await expect(replay.run()).rejects.toMatchObject({ code: "42501", severity: "ERROR" })
})

test("promise 4: what replay made on the primary goes with the rest of Understudy's", async () => {
  const pair = await counters()
  await pair.capture()
  await fill(pair, 1)
  await pair.replay()
  const removed = await uninstall(pair.client)
  expect(removed).toMatchObject({
    tables: expect.arrayContaining(["understudy.parked_transaction", "understudy.replay_cursor"]) as string[],
  })
  expect((await pair.client.query("select to_regnamespace('understudy') as schema")).rows).toEqual([
    { schema: null },
  ])
})
