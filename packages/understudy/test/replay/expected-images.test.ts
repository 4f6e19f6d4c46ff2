import { copyFileSync } from "node:fs"
import { sql } from "kysely"
import { expect, onTestFinished, test } from "vitest"
import { SqliteEngine } from "../../src/engine/sqlite/engine.ts"
import { startCapture, stopCapture } from "../../src/journal/local/capture.ts"
import { listParked, showParked } from "../../src/replay/parked-list.ts"
import { ReplayRun } from "../../src/replay/replay-run.ts"
import { dismissParked, forgetSettled, reapplyParked } from "../../src/replay/settle.ts"
import { sessionsOn } from "../support/engines.ts"
import { balances, openAccounts, transfer } from "./accounts.ts"
import { openReplayedPair, type AnyTables } from "./replayed-pair.ts"

const STAMP = `
  create function stamp() returns trigger language plpgsql as 'begin new.note := ''v'' || new.balance; return new; end';
  create trigger stamp before insert or update on account for each row execute function stamp()`

test("promise 4: what the primary's triggers made of a row is expected of it from then on", async () => {
  const pair = await openAccounts()
  await pair.client.query(STAMP)
  await transfer(pair, 1, 2)
  await pair.write("insert into account values (9, 'nine', 1, null)")
  expect(await pair.replay()).toMatchObject({ transactions: 2, parked: 0 })
  await transfer(pair, 2, 9)
  await pair.write("update account set id = 10 where id = 9")
  await pair.write("update account set balance = balance + 5 where id = 10")
  expect(await pair.replay()).toMatchObject({ transactions: 3, parked: 0 })
  await pair.client.query("update account set owner = 'other' where id = 2")
  await transfer(pair, 1, 2)
  expect(await pair.replay()).toMatchObject({ transactions: 0, parked: 1 })
  const { rows } = await pair.client.query(
    "select id, balance, note from account where id in (1, 2, 10) order by id",
  )
  expect(rows).toEqual([
    { id: 1, balance: 90, note: "v90" },
    { id: 2, balance: 100, note: "v100" },
    { id: 10, balance: 16, note: "v16" },
  ])
})

test("promise 4: nothing is expected of a row that a file which was set back does not know", async () => {
  const pair = await openAccounts()
  await pair.client.query(STAMP)
  await pair.write("update account set balance = 7 where id = 3")
  await pair.on((writer) => writer.exec("pragma wal_checkpoint(truncate)"))
  const file = `${pair.file}.copy`
  copyFileSync(pair.file, file)
  await pair.write("update account set balance = balance + 1 where id = 1")
  expect(await pair.replay()).toMatchObject({ transactions: 2, parked: 0 })

  const values = { int8: "bigint", timestamptz: "string" } as const
  const engine = new SqliteEngine({ file, role: "fallback", synchronous: "normal", waitMs: 5_000, values })
  onTestFinished(() => engine.close())
  await engine.withWriter((writer) => startCapture(writer, { units: engine.units, primaryMark: null }))
  const local = sessionsOn<AnyTables>(engine)
  for (const id of [1, 3])
    await local.write((session) =>
      sql`update account set balance = balance + 1 where id = ${id}`.execute(session),
    )
  const run = new ReplayRun({ ...pair.options(), file }, new AbortController().signal, () => {})
  onTestFinished(() => run[Symbol.dispose]())
  // Row 3 is as it was handed back; row 1 is, by chance, as this file makes it: that is not its own doing.
  expect(await run.run(null)).toMatchObject({ transactions: 1, parked: 1 })
  expect(await pair.parked()).toMatchObject([{ reason: "row-changed", table: "account" }])
  expect(await balances(pair)).toEqual([101, 100, 8, 100, 100])
})

test("promise 4: what is applied by a person expects what the primary's triggers made, too", async () => {
  const pair = await openAccounts()
  const { client } = pair
  await client.query(STAMP)
  await transfer(pair, 1, 4)
  await pair.capture()
  await pair.write(
    "update account set balance = balance + 1 where id = 1",
    "update account set balance = balance + 1 where id = 1",
    "update account set balance = balance + 1 where id = 2",
  )
  await pair.write("update account set balance = balance + 1 where id = 1")
  await client.query("update account set owner = 'somebody else' where id = 2")
  expect(await pair.replay()).toMatchObject({ transactions: 1, parked: 2 })
  const [first = "", second = ""] = (await listParked(client)).map(({ id }) => id)
  await expect(reapplyParked(client, first)).rejects.toMatchObject({ why: "conflict", reason: "row-changed" })
  await client.query(`alter table account disable trigger stamp;
    update account set owner = 'owner 2', note = null where id = 2; alter table account enable trigger stamp`)
  expect(await reapplyParked(client, first)).toEqual({ changes: 3, overwritten: 0 })
  expect(await reapplyParked(client, second)).toEqual({ changes: 1, overwritten: 0 })
  expect(await balances(pair)).toEqual([93, 101, 100, 110, 100])
})

test("promise 5: what was expected of rows is forgotten once the file has nothing left and nothing is parked", async () => {
  const pair = await openAccounts()
  const { client } = pair
  await client.query(STAMP)
  const expected = async (): Promise<number | undefined> =>
    (await client.query<{ count: number }>("select count(*)::int as count from understudy.replay_expected"))
      .rows[0]?.count
  await pair.capture()
  await transfer(pair, 1, 2)
  await pair.write("update account set balance = 7 where id = 3")
  await client.query("update account set balance = 8 where id = 3")
  const { origins } = await pair.replay()
  expect(await expected()).toBe(2)
  await pair.on((writer) => stopCapture(writer, { returned: origins }))
  const again = async (): Promise<number | undefined> => {
    const run = new ReplayRun(pair.options(), new AbortController().signal, () => {})
    await run.run(null)
    run[Symbol.dispose]()
    return expected()
  }
  expect(await again()).toBe(2)
  const [parked] = await listParked(client)
  await dismissParked(client, parked?.id ?? "")
  expect(await again()).toBe(0)
  // Of a file that does not come back nobody knows; what is old is forgotten nevertheless.
  await client.query(`insert into understudy.replay_expected values ('old', 'account', '["1"]', '{}', '{}')`)
  await client.query("insert into understudy.replay_cursor (origin, home, seq) values ('old', 'old', 1)")
  await forgetSettled(client, 30)
  expect(await expected()).toBe(1)
  await client.query("update understudy.replay_cursor set moved_at = now() - interval '31 days'")
  await forgetSettled(client, 30)
  expect(await expected()).toBe(0)
})

test("promise 4: a role that prints fewer digits makes no conflicts", async () => {
  const pair = await openReplayedPair((db) =>
    db.schema
      .createTable("measure")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("value", "double precision")
      .addColumn("count", "integer")
      .execute(),
  )
  onTestFinished(() => pair[Symbol.asyncDispose]())
  const { client } = pair
  await pair.both((db) =>
    db
      .insertInto("measure")
      .values({ id: 1, value: 0.1 + 0.2, count: 0 })
      .execute(),
  )
  // What triggers make is expected by its text.
  await client.query(`
    create function double() returns trigger language plpgsql as 'begin new.value := new.value * 2; return new; end';
    create trigger double before update on measure for each row execute function double();
    do $$ begin execute format('alter database %I set extra_float_digits = 0', current_database()); end $$`)
  await pair.capture()
  await pair.write("update measure set count = 1")
  await pair.write("update measure set count = 2")
  expect(await pair.replay()).toMatchObject({ transactions: 2, parked: 0 })
  // Behind a pooler, or in a role's name, somebody who settles has the same defaults.
  await pair.write("update measure set count = 3")
  await client.query("set extra_float_digits = 0; update measure set count = 9")
  expect(await pair.replay()).toMatchObject({ parked: 1 })
  const [parked] = await listParked(client)
  const shown = await showParked(client, parked?.id ?? "")
  const [change] = shown?.changes ?? []
  expect(change?.now).toEqual(change?.theirs)
  expect(Number(change?.before?.["value"])).toBe(0.1 + 0.2)
})
