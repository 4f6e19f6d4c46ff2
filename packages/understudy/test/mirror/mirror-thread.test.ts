import { DatabaseSync } from "node:sqlite"
import { beforeEach, expect, onTestFinished, test } from "vitest"
import type { MirrorFailure } from "../../src/mirror/mirror-failure.ts"
import type { MirrorProgress } from "../../src/mirror/mirror-progress.ts"
import { Mirror } from "../../src/mirror/mirror.ts"
import type { PostgresOptions } from "../../src/engine/postgres/options.ts"
import { startFaultProxy } from "understudy-db/testing"
import { postgresOptions } from "../support/engines.ts"
import { openMirroredPair, type MirroredPair } from "./mirrored-pair.ts"

interface Tables {
  item: { id: number }
}

let pair: MirroredPair<Tables>
beforeEach(async () => {
  pair = await openMirroredPair<Tables>({
    "0001": {
      up: (db) =>
        db.schema
          .createTable("item")
          .addColumn("id", "integer", (column) => column.primaryKey())
          .execute(),
    },
  })
  await pair.caughtUp()
  await pair.stop()
  return () => pair[Symbol.asyncDispose]()
})

/** A pooler keeps its connections to the server, whoever comes and goes: nothing is to be seen of the mirror there. */
const isPooled = process.env["UNDERSTUDY_TEST_POOLER"] !== undefined

/** A mirror in a thread of its own, with all that it tells. */
function startThread(postgres: PostgresOptions = postgresOptions(pair.url)): {
  mirror: Mirror
  told: MirrorProgress[]
  failures: MirrorFailure[]
} {
  const told: MirrorProgress[] = []
  const failures: MirrorFailure[] = []
  const limits = { exclude: [], maxRows: 1_000_000, maxBytes: 2 ** 30 }
  const mirror = new Mirror(
    { postgres, file: pair.file, limits, throttle: { workMs: 20, pauseMs: 0 } },
    { progressed: (progress) => told.push(progress), failed: (failure) => failures.push(failure) },
  )
  onTestFinished(() => mirror.stop())
  return { mirror, told, failures }
}

async function connections(): Promise<number> {
  const { rows } = await pair.client.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
      where datname = current_database() and application_name = 'understudy mirror'`,
  )
  return rows[0]?.count ?? -1
}

function ids(): unknown[] {
  using database = new DatabaseSync(pair.file, { readOnly: true })
  return database
    .prepare("select id from item order by id")
    .all()
    .map(({ id }) => id)
}

test.skipIf(isPooled)(
  "asleep it has no connection and asks nothing; awake it catches up first (promise 4)",
  async () => {
    const { mirror, told, failures } = startThread()
    await expect.poll(() => told.at(-1)?.state, { timeout: 20_000 }).toBe("live")
    await expect.poll(connections, { timeout: 20_000 }).toBe(1)
    mirror.pause()
    mirror.pause()
    await expect.poll(connections, { timeout: 20_000 }).toBe(0)
    await pair.client.query("insert into item values (1)")
    const asleep = told.length
    mirror.resume()
    mirror.resume()
    await expect.poll(() => told.length, { timeout: 20_000 }).toBeGreaterThan(asleep)
    expect(told[asleep]?.state).toBe("live")
    expect(ids()).toEqual([1])
    expect(failures).toEqual([])
  },
)

test.skipIf(isPooled)("one that was stopped while it slept, or at once, ends (promise 1)", async () => {
  const first = startThread()
  await first.mirror.stop()
  const second = startThread()
  await expect.poll(() => second.told.length, { timeout: 20_000 }).toBeGreaterThan(0)
  second.mirror.pause()
  await second.mirror.stop()
  await expect.poll(connections, { timeout: 20_000 }).toBe(0)
})

test("a thread that gets no turn for longer than a connection may take has its copy after all (promise 4)", async () => {
  const { hostname: host, port } = new URL(pair.url)
  await using proxy = await startFaultProxy({ target: { host, port: Number(port) } })
  proxy.delay(60)
  const { mirror, told, failures } = startThread(
    postgresOptions(proxy.url(pair.url), { connectTimeoutMs: 50 }),
  )
  await expect.poll(() => told.at(-1)?.state, { timeout: 20_000 }).toBe("live")
  expect(failures).toEqual([])
  await mirror.stop()
})

test("what is switched off has no copy any more, and begins again when it is switched on (promise 2)", async () => {
  const { told, failures } = startThread()
  await expect.poll(() => told.at(-1)?.state, { timeout: 20_000 }).toBe("live")
  await pair.client.query("update understudy.primary_mark set capture = false")
  await expect.poll(() => failures.at(-1)?.reason, { timeout: 20_000 }).toBe("mirror.switched-off")
  using database = new DatabaseSync(pair.file)
  expect(database.prepare("select count(*) as count from understudy_copy").get()).toEqual({ count: 0 })
})

test.skipIf(isPooled)(
  "a server that is killed and comes back is followed again, and the failure was told (promises 2 and 4)",
  async () => {
    const { told, failures } = startThread()
    await expect.poll(() => told.at(-1)?.state, { timeout: 20_000 }).toBe("live")
    await pair.client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'understudy mirror'",
    )
    await expect.poll(() => failures.length, { timeout: 20_000 }).toBeGreaterThan(0)
    expect(failures[0]?.reason).toBe("mirror.failed")
    await pair.client.query("insert into item values (7)")
    await expect.poll(ids, { timeout: 20_000 }).toEqual([7])
  },
)
