import { setTimeout as wait } from "node:timers/promises"
import { Client } from "pg"
import { afterEach, beforeEach, expect, test } from "vitest"
import { installCapture, installJournal } from "../../src/journal/install-capture.ts"
import { lookAtPrimary } from "../../src/journal/primary-moment.ts"
import { findPrimaryTables, type PrimaryTable } from "../../src/journal/primary-table.ts"
import type { Migrations } from "../../src/migrate/migrate.ts"
import { BEGIN_FOLLOWING } from "../../src/mirror/read-only-transaction.ts"
import { openMirroredPair, type MirroredPair } from "./mirrored-pair.ts"

interface Tables {
  event: { id: number; at: number }
}

const MIGRATIONS: Migrations = {
  "0001": {
    async up(db) {
      await db.schema
        .createTable("event")
        .addColumn("id", "integer", (column) => column.notNull())
        .addColumn("at", "integer", (column) => column.notNull())
        .addPrimaryKeyConstraint("event_key", ["id", "at"])
        .execute()
    },
  },
}

const PARTITIONED = `
  drop table event;
  create table event (id int not null, at int not null, primary key (id, at)) partition by range (at);
  create table event_old partition of event for values from (0) to (10);
  create table event_new partition of event for values from (10) to (20)`

let pair: MirroredPair<Tables>
beforeEach(async () => {
  pair = await openMirroredPair<Tables>(MIGRATIONS)
  await pair.caughtUp()
  await pair.stop()
})
afterEach(() => pair[Symbol.asyncDispose]())

async function findEvent(): Promise<PrimaryTable> {
  const [table] = await findPrimaryTables(pair.client, ["event"])
  if (table === undefined) throw new Error("the table is not found")
  return table
}

/** As a thread that gets its turn only after so long. */
function starved(client: Client, turnMs: number): Client {
  const query = async (...args: Parameters<Client["query"]>): Promise<unknown> => {
    await wait(turnMs)
    return client.query(...args)
  }
  return new Proxy(client, {
    get: (target, name) => (name === "query" ? query : Reflect.get(target, name)),
  })
}

test("promise 1: writers do not wait for a mirror that has no time while it makes its triggers", async () => {
  await pair.client.query(PARTITIONED)
  const own = new Client(pair.url)
  await own.connect()
  try {
    await installJournal(own)
    const table = await findEvent()
    const made = new AbortController()
    const making = installCapture(starved(own, 1_000), table).finally(() => made.abort())
    let longestMs = 0
    for (let id = 0; !made.signal.aborted; id += 1) {
      const fromMs = performance.now()
      await pair.client.query("insert into event values ($1, 1)", [id])
      longestMs = Math.max(longestMs, performance.now() - fromMs)
    }
    await making
    expect(longestMs).toBeLessThan(900)
  } finally {
    await own.end()
  }
})

test("promise 1: who empties or changes a table does not wait for what follows it", async () => {
  await pair.client.query(PARTITIONED)
  const own = new Client(pair.url)
  await own.connect()
  try {
    await installJournal(own)
    const table = await findEvent()
    await installCapture(own, table)
    await own.query(BEGIN_FOLLOWING)
    const moment = await lookAtPrimary(own, {
      relations: [table.oid],
      cursor: null,
      mirrorId: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
      hasMigrations: false,
    })
    expect(moment.shape).not.toBe("")
    await pair.client.query(`set lock_timeout = '5s';
      truncate event, event_old; alter table event_new add check (id >= 0); drop table event`)
  } finally {
    await own.end()
  }
})

test("promise 1: a table is let go while it is copied, and copied later", async () => {
  const { client } = pair
  await client.query("drop schema understudy cascade")
  await client.query("insert into event select g, g % 20 from generate_series(1, 300000) g")
  pair.start({ workMs: 0, pauseMs: 2_000 })
  const isRead = async (): Promise<boolean> =>
    (
      await client.query(
        "select from pg_locks where relation = 'event'::regclass and mode = 'AccessShareLock' and pid <> pg_backend_pid()",
      )
    ).rowCount !== 0
  while (!(await isRead())) await wait(10)
  const fromMs = performance.now()
  await client.query("truncate event")
  expect(performance.now() - fromMs).toBeLessThan(20_000)
  await client.query("insert into event values (1, 1)")
  await pair.stop()
  pair.start()
  await pair.caughtUp()
  expect(await pair.copy.selectFrom("event").selectAll().execute()).toEqual([{ id: 1, at: 1 }])
})
