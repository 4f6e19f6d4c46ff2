import * as fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import { startFaultProxy } from "understudy-db/testing"
import { BatchSize } from "../../src/replay/batch-size.ts"
import { replayMemory } from "../../src/replay/replay-memory.ts"
import { ReplayRun } from "../../src/replay/replay-run.ts"
import { postgresOptions } from "../support/engines.ts"
import { openReplayedPair, type ReplayedPair } from "./replayed-pair.ts"

const RUNS = Math.max(8, Number(process.env["UNDERSTUDY_PROPERTY_RUNS"] ?? 0) / 50)

/** What each change was and made, in its order; and another row that one of its kind changes. */
const TRIGGERS = `
  create table log (place integer generated always as identity primary key, what text not null);
  create function stamp() returns trigger language plpgsql as $$begin
    if new.value = 13 then return null; end if;
    if new.value = 14 then raise exception 'not 14'; end if;
    new.stamped := 'v' || new.value || coalesce(new.stamped, ''); return new; end$$;
  create function tell() returns trigger language plpgsql as $$begin
    insert into log (what) values (tg_op || ' ' || coalesce(old::text, '') || ' ' || coalesce(new::text, ''));
    if tg_op = 'UPDATE' and new.value = 15 then update item set value = 0 where id = 1 and value <> 0; end if;
    return null; end$$;
  create trigger stamp before insert or update on item for each row execute function stamp();
  create trigger tell after insert or update or delete on item for each row execute function tell()`

async function items(): Promise<ReplayedPair> {
  const pair = await openReplayedPair(async (db) => {
    for (const name of ["item", "plain"])
      await db.schema
        .createTable(name)
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("value", "integer", (column) => column.notNull())
        .addColumn("stamped", "text")
        .execute()
    for (const name of ["item", "plain"])
      await db
        .insertInto(name)
        .values([1, 2, 3, 4, 5, 6].map((id) => ({ id, value: 1, stamped: null })))
        .execute()
  })
  await pair.client.query(TRIGGERS)
  await pair.capture()
  return pair
}

const id = fc.integer({ min: 1, max: 7 })
const table = fc.constantFrom("item", "item", "plain")
const statement = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(table, id)
      .map(([name, at]) => `update ${name} set value = value + 1 where id = ${at}`),
  },
  fc
    .tuple(id, fc.constantFrom(2, 13, 14, 15, 15, 15))
    .map(([at, value]) => `update item set value = ${value} where id = ${at}`),
  fc.constant("update item set value = value + 1 where id = 1"),
  fc.tuple(table, id).map(([name, at]) => `update ${name} set value = value where id = ${at}`),
  fc
    .tuple(table, id)
    .map(([name, at]) => `insert into ${name} values (${at}, 5, 'it''s \\ "new"') on conflict do nothing`),
  fc.tuple(table, id).map(([name, at]) => `delete from ${name} where id = ${at}`),
)
const program = fc.array(fc.array(statement, { minLength: 1, maxLength: 3 }), { minLength: 8, maxLength: 40 })
const others = fc.array(id, { maxLength: 2 })

async function outcome(pair: ReplayedPair): Promise<unknown> {
  const { rows: log } = await pair.client.query("select what from log order by place")
  const { rows: parked } = await pair.client.query(
    `select t.reason, t."table", json_agg(c order by c.place) as changes from understudy.parked_transaction t
      join (select transaction, place, operation, key::text, before::text, ours::text, theirs::text
        from understudy.parked_change) c on c.transaction = t.id group by t.id order by t.id`,
  )
  return {
    item: await pair.rows("item"),
    plain: await pair.rows("plain"),
    log,
    parked: parked.map((each: { changes: { transaction: unknown }[] }) => ({
      ...each,
      changes: each.changes.map((change) => ({ ...change, transaction: null })),
    })),
  }
}

test("promise 4: transactions in one message come to the same as each by itself", async () => {
  await fc.assert(
    fc.asyncProperty(program, others, async (transactions, taken) => {
      await using together = await items()
      await using single = await items()
      for (const pair of [together, single])
        for (const at of taken) await pair.client.query("update item set value = 77 where id = $1", [at])
      for (const statements of transactions) {
        await together.write(...statements)
        await single.write(...statements)
        await single.replay()
      }
      await together.replay()
      expect(await outcome(together)).toEqual(await outcome(single))
    }),
    { numRuns: RUNS },
  )
}, 600_000)

test("promise 4: a journal of a table with triggers does not take the way to the primary for each row", async () => {
  const pair = await items()
  onTestFinished(() => pair[Symbol.asyncDispose]())
  const count = 300
  for (let row = 0; row < count; row += 1) await pair.write(`insert into item values (${100 + row}, 1, null)`)
  const { hostname: host, port } = new URL(pair.url)
  await using proxy = await startFaultProxy({ target: { host, port: Number(port) } })
  proxy.delay(20)
  const postgres = postgresOptions(proxy.url(pair.url))
  using run = new ReplayRun({ ...pair.options(), postgres }, new AbortController().signal, () => {})
  const began = performance.now()
  expect(await run.run(null)).toMatchObject({ stopped: "end", transactions: count, parked: 0 })
  // Six times there and back for each were 72 s.
  expect(performance.now() - began).toBeLessThan(20_000)
}, 120_000)

test("promise 4: a far primary is no slow one: as much goes at once", async () => {
  const pair = await items()
  onTestFinished(() => pair[Symbol.asyncDispose]())
  for (let row = 0; row < 100; row += 1) await pair.write(`insert into plain values (${100 + row}, 1, null)`)
  const { hostname: host, port } = new URL(pair.url)
  await using proxy = await startFaultProxy({ target: { host, port: Number(port) } })
  proxy.delay(75)
  const memory = replayMemory()
  const options = { ...pair.options(), postgres: postgresOptions(proxy.url(pair.url)), memory }
  using run = new ReplayRun(options, new AbortController().signal, () => {})
  expect(await run.run(null)).toMatchObject({ stopped: "end", transactions: 100, parked: 0 })
  expect(new BatchSize(memory).begin(4_000)).toBe(4_000)
}, 120_000)

test("a trigger that keeps the statement's text keeps its own row's alone", async () => {
  const pair = await items()
  onTestFinished(() => pair[Symbol.asyncDispose]())
  await pair.client.query(`
    create table audit (place integer generated always as identity primary key, statement text not null);
    create function audit() returns trigger language plpgsql as
      $$begin insert into audit (statement) values (current_query()); return null; end$$;
    create trigger audit after insert on plain for each row execute function audit()`)
  for (let row = 0; row < 20; row += 1)
    await pair.write(`insert into plain values (${100 + row}, ${7_000 + row}, null)`)
  expect(await pair.replay()).toMatchObject({ stopped: "end", transactions: 20, parked: 0 })
  const { rows } = await pair.client.query(
    "select count(*)::int as rows, max(length(statement)) as longest from audit",
  )
  expect(rows).toMatchObject([{ rows: 20 }])
  expect(rows[0].longest).toBeLessThan(1_000)
})

test("promise 4: a row that a later one's trigger changed is not taken for what was made of it", async () => {
  await using together = await items()
  await using single = await items()
  for (const statements of [
    "update item set value = value + 1 where id = 1",
    "update item set value = 15 where id = 2",
    "update item set value = value + 1 where id = 1",
  ]) {
    await together.write(statements)
    await single.write(statements)
    await single.replay()
  }
  await together.replay()
  expect(await outcome(together)).toEqual(await outcome(single))
})
