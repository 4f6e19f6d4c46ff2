import { setTimeout as wait } from "node:timers/promises"
import { Client } from "pg"
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest"
import { installCapture, installJournal } from "../../src/journal/install-capture.ts"
import { lookAtPrimary } from "../../src/journal/primary-moment.ts"
import { findPrimaryTables, type PrimaryTable } from "../../src/journal/primary-table.ts"
import type { Migrations } from "../../src/migrate/migrate.ts"
import { BEGIN_FOLLOWING } from "../../src/mirror/read-only-transaction.ts"
import { EVENTS, type Events } from "./events.ts"
import { openMirroredPair, type MirroredPair } from "./mirrored-pair.ts"

const PARTITIONED = `
  drop table event;
  create table event (id int not null, at int not null, body text, primary key (id, at)) partition by range (at);
  create table event_old partition of event for values from (0) to (10);
  create table event_new partition of event for values from (10) to (20)`

const MIGRATIONS: Migrations = {
  ...EVENTS,
  "0002": {
    up: (db) =>
      db.schema
        .createTable("other")
        .addColumn("id", "integer", (id) => id.primaryKey())
        .execute(),
  },
}

let pair: MirroredPair<Events>
beforeEach(async () => {
  pair = await openMirroredPair<Events>(MIGRATIONS)
  await pair.caughtUp()
  await pair.stop()
})
afterEach(() => pair[Symbol.asyncDispose]())

/** The table in partitions, and a client of the mirror's; nothing is captured yet. */
async function partitioned(): Promise<{ own: Client; table: PrimaryTable }> {
  await pair.client.query(PARTITIONED)
  const own = new Client(pair.url)
  // The database may go before the client does.
  own.on("error", () => {})
  await own.connect()
  onTestFinished(() => own.end())
  await installJournal(own)
  const [table] = await findPrimaryTables(own, ["event"])
  if (table === undefined) throw new Error("the table is not found")
  return { own, table }
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
  const { own, table } = await partitioned()
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
})

test("promise 1: who empties or changes a table does not wait for what follows it", async () => {
  const { own, table } = await partitioned()
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
  expect(await pair.copy.selectFrom("event").selectAll().execute()).toEqual([{ id: 1, at: 1, body: null }])
})

test("promise 1: whether somebody waits is asked while others follow, too", async () => {
  const { client } = pair
  await client.query("insert into event select g, 1 from generate_series(1, 5000) g")
  // It is copied as a whole then, and the events are brought up by what was captured.
  await client.query("drop trigger understudy_insert on other; insert into other values (1)")
  pair.start({ workMs: 0, pauseMs: 300 })
  await pair.caughtUp()
  expect(await pair.copy.selectFrom("event").selectAll().execute()).toHaveLength(5_000)
}, 90_000)
