import { Client } from "pg"
import { expect, onTestFinished, test, vi } from "vitest"
import { inTransaction } from "../../src/journal/own-transaction.ts"
import type { ConflictPolicies } from "../../src/replay/conflict-policies.ts"
import type { ShownChange } from "../../src/replay/parked.ts"
import { listParked, showParked } from "../../src/replay/parked-list.ts"
import { dismissParked, forgetSettled, reapplyParked } from "../../src/replay/settle.ts"
import { balances, openAccounts, transfer } from "./accounts.ts"

const WAYS: readonly [what: string, ours: string, theirs: string, reason: string][] = [
  [
    "a row that somebody changed to just what ours is",
    "update account set balance = 101 where id = 1",
    "update account set balance = 101 where id = 1",
    "row-changed",
  ],
  [
    "a row that somebody deleted",
    "update account set balance = 101 where id = 1",
    "delete from account where id = 1",
    "row-missing",
  ],
  [
    "a row that changes nothing and is gone",
    "update account set balance = balance where id = 1",
    "delete from account where id = 1",
    "row-missing",
  ],
  [
    "a deleted row that somebody changed",
    "delete from account where id = 1",
    "update account set balance = 101 where id = 1",
    "row-changed",
  ],
  [
    "a deleted row that somebody deleted",
    "delete from account where id = 1",
    "delete from account where id = 1",
    "row-missing",
  ],
  [
    "a key that somebody took",
    "insert into account values (9, 'nine', 1, null)",
    "insert into account values (9, 'nine', 1, null)",
    "key-taken",
  ],
  [
    "a key that came and went and that somebody took",
    "insert into account values (9, 'nine', 1, null); delete from account where id = 9",
    "insert into account values (9, 'other', 1, null)",
    "key-taken",
  ],
  [
    "a unique value that somebody took",
    "insert into account values (9, 'nine', 1, null)",
    "insert into account values (10, 'nine', 1, null)",
    "unique",
  ],
  [
    "a unique value that an update takes",
    "update account set owner = 'nine' where id = 1",
    "insert into account values (10, 'nine', 1, null)",
    "unique",
  ],
  [
    "a parent that somebody deleted",
    "insert into card values (1, 1)",
    "delete from account where id = 1",
    "foreign-key",
  ],
  [
    "a parent that somebody has given a child",
    "delete from account where id = 1",
    "insert into card values (1, 1)",
    "foreign-key",
  ],
  [
    "a value that the primary refuses",
    "update account set balance = -5 where id = 1",
    "alter table account add constraint solvent check (balance >= 0)",
    "check",
  ],
  [
    "a value that the primary wants",
    "insert into card values (9, null)",
    "alter table card alter account set not null",
    "not-null",
  ],
  [
    "a column that the primary lacks",
    "insert into account values (9, 'nine', 1, 'x')",
    "alter table account drop note",
    "column-missing",
  ],
  ["a table that the primary lacks", "insert into card values (9, null)", "drop table card", "table-missing"],
  [
    "what a deferred constraint refuses",
    "insert into card values (9, 5)",
    "delete from account where id = 5; alter table card alter constraint card_account_fkey deferrable initially deferred",
    "foreign-key",
  ],
  [
    "what a trigger refuses",
    "insert into card values (9, 5)",
    `create function no() returns trigger language plpgsql as 'begin raise exception ''no''; end';
      create trigger no before insert on card for each row execute function no()`,
    "refused",
  ],
]

test.each(WAYS)("promise 4: %s parks the transaction, whole", async (_, ours, theirs, reason) => {
  const pair = await openAccounts()
  await pair.write("update account set note = 'seen' where id = 4", ...ours.split("; "))
  await pair.client.query(theirs)
  const before = await pair.client.query("select * from account order by id")
  // Both with others in one set, and alone.
  for (let id = 100; id < 120; id += 1)
    await pair.write(`insert into account values (${id}, 'n${id}', 0, null)`)
  expect(await pair.replay()).toMatchObject({ stopped: "end", transactions: 20, parked: 1 })
  expect(await pair.parked()).toEqual([expect.objectContaining({ reason, state: "open" })])
  const after = await pair.client.query("select * from account where id < 100 order by id")
  expect(after.rows).toEqual(before.rows)
})

test("promise 4: no half of a transfer is applied, nor of those that go on from it", async () => {
  const pair = await openAccounts()
  await transfer(pair, 1, 2)
  await transfer(pair, 2, 3)
  await transfer(pair, 4, 5)
  await pair.write("insert into card values (1, 3)")
  await pair.write("insert into card values (2, 5)")
  await pair.client.query("update account set balance = balance - 1 where id = 1")
  expect(await pair.replay()).toMatchObject({ transactions: 3, parked: 2, tablesParked: ["account"] })
  expect(await balances(pair)).toEqual([99, 100, 100, 90, 110])
  expect(await pair.parked()).toMatchObject([{ reason: "row-changed" }, { reason: "depends-on" }])
  // A later run knows of them too.
  await transfer(pair, 3, 4)
  await pair.replay({ default: "primary", tables: {} })
  expect((await pair.parked()).at(-1)).toMatchObject({ reason: "depends-on" })
})

test("promise 2: a row that could not be read is not said to be gone", async () => {
  const pair = await openAccounts()
  const { client } = pair
  await pair.write("update account set note = 'ours' where id = 1")
  await pair.write(
    "delete from card where id = 1",
    "update account set balance = 7 where id = 2",
    "insert into card values (1, 2)",
  )
  await pair.write("insert into card values (7, 3)")
  await client.query(`insert into card values (7, null); update account set balance = 8 where id = 2;
    alter table account alter balance type date using '2026-01-01'`)
  await client.query("alter table account drop note")
  await pair.replay()
  const changesOf = async (id = ""): Promise<readonly ShownChange[] | undefined> =>
    (await showParked(client, id))?.changes
  const [one, two, three] = (await listParked(client)).map(({ id }) => id)
  const [lost, other, taken] = [await changesOf(one), await changesOf(two), await changesOf(three)]
  expect(lost?.map(({ theirs, now }) => [theirs, now])).toEqual([[undefined, undefined]])
  expect(other?.map(({ theirs, now }) => [theirs, now])).toEqual([
    [undefined, undefined],
    [null, null],
  ])
  expect(taken).toMatchObject([{ theirs: { id: "7", account: null }, now: { id: "7" } }])
})

test("promise 4: what refers to a row that is parked is parked only if that made the key", async () => {
  const pair = await openAccounts()
  await pair.write("insert into account values (9, 'nine', 0, null)")
  await pair.write("update account set owner = 'two' where id = 2")
  await pair.write("update account set balance = 1 where id = 3")
  for (const [id, account] of [9, 2, 3, 4].entries())
    await pair.write(`insert into card values (${id}, ${account})`)
  for (const [id, owner] of ["nine", "two", "owner 3", "owner 4"].entries())
    await pair.write(`insert into letter values (${id}, '${owner}')`)
  for (let id = 20; id < 40; id += 1) await pair.write(`insert into card values (${id}, 9)`)
  // Others have taken just these values: a letter would hang on their row.
  await pair.client.query(`insert into account values (10, 'nine', 0, null), (11, 'two', 0, null);
    update account set balance = 2 where id = 3`)
  expect(await pair.replay()).toMatchObject({ transactions: 5, parked: 3 + 3 + 20 })
  expect(await pair.rows("card")).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }])
  expect(await pair.rows("letter")).toMatchObject([{ id: 2 }, { id: 3 }])
  const dependent = (await listParked(pair.client)).filter(({ reason }) => reason === "depends-on")
  expect(
    dependent
      .map(({ table }) => table)
      .toSorted()
      .slice(-3),
  ).toEqual(["card", "letter", "letter"])
  expect(dependent).toHaveLength(23)
})

test("promise 4: one that goes on from others waits for all of them, be those between settled or not", async () => {
  const pair = await openAccounts()
  const { client } = pair
  for (const balance of [1, 2, 3]) await pair.write(`update account set balance = ${balance} where id = 1`)
  await client.query("update account set balance = 50 where id = 1")
  await pair.replay()
  const [one = "", two = "", three = ""] = (await listParked(client)).map(({ id }) => id)
  await dismissParked(client, two)
  await client.query(
    "update understudy.parked_transaction set settled_at = now() - interval '31 days' where state <> 'open'",
  )
  expect(await forgetSettled(client, 30)).toBe(0)
  await expect(reapplyParked(client, three)).rejects.toMatchObject({ why: "depends-on", transactions: [one] })
  await dismissParked(client, one)
  expect(await reapplyParked(client, three, { force: true })).toEqual({ changes: 1, overwritten: 1 })
})

test("promise 4: a parked transaction is shown, re-applied in its order, or dismissed", async () => {
  const pair = await openAccounts()
  await transfer(pair, 1, 2)
  await transfer(pair, 2, 3)
  await pair.client.query("update account set balance = 50 where id = 1")
  await pair.replay()
  const { client } = pair
  const [first, second] = await listParked(client)
  expect(first).toMatchObject({ reason: "row-changed", table: "account", dependsOn: [], changes: 2 })
  expect(second).toMatchObject({ reason: "depends-on", dependsOn: [first?.id] })
  const shown = await showParked(client, first?.id ?? "")
  expect(shown?.changes[0]).toMatchObject({
    key: { id: "1" },
    before: { balance: "100" },
    ours: { balance: "90" },
    theirs: { balance: "50" },
    now: { balance: "50" },
  })
  const [one = "", two = ""] = [first?.id, second?.id]
  await expect(reapplyParked(client, two)).rejects.toMatchObject({ why: "depends-on", transactions: [one] })
  await expect(reapplyParked(client, one)).rejects.toMatchObject({ why: "conflict", reason: "row-changed" })
  await client.query("update account set balance = 100 where id = 1")
  expect(await reapplyParked(client, one)).toEqual({ changes: 2, overwritten: 0 })
  expect(await balances(pair)).toEqual([90, 110, 100, 100, 100])
  await client.query("update account set balance = 0 where id = 3")
  expect(await reapplyParked(client, two, { force: true })).toEqual({ changes: 2, overwritten: 1 })
  expect(await balances(pair)).toEqual([90, 100, 110, 100, 100])
  await expect(reapplyParked(client, two)).rejects.toMatchObject({ why: "settled" })
  await expect(dismissParked(client, "999")).rejects.toMatchObject({ why: "not-found" })
  expect(await listParked(client)).toEqual([])
  expect(await forgetSettled(client, 30)).toBe(0)
  await client.query("update understudy.parked_transaction set settled_at = now() - interval '31 days'")
  expect(await forgetSettled(client, 30)).toBe(2)
})

test("promise 4: who settles waits for no row for long, and holds none when he is gone", async () => {
  const pair = await openAccounts()
  await transfer(pair, 1, 2)
  await pair.client.query("update account set balance = 50 where id = 1")
  await pair.replay()
  const [parked] = await listParked(pair.client)
  const other = new Client(pair.url)
  await other.connect()
  onTestFinished(() => other.end())
  await other.query("begin; select from account where id = 2 for update")
  await pair.client.query("update account set balance = 100 where id = 1")
  await expect(reapplyParked(pair.client, parked?.id ?? "")).rejects.toMatchObject({ code: "55P03" })
  await other.query("rollback")
  const { rows } = await inTransaction(pair.client, () =>
    pair.client.query("select current_setting('idle_in_transaction_session_timeout') as limit"),
  )
  expect(rows).toEqual([{ limit: "15s" }])
  const committing = vi.fn<() => void>()
  await reapplyParked(pair.client, parked?.id ?? "", { committing })
  expect(committing).toHaveBeenCalledTimes(1)
})

test("promise 4: where ours wins, theirs is kept", async () => {
  const pair = await openAccounts()
  await transfer(pair, 1, 2)
  await pair.write("insert into account values (9, 'nine', 1, null)")
  await pair.write("delete from account where id = 3")
  await pair.write("update account set note = 'back' where id = 4")
  await pair.client.query(`
    update account set balance = 50, note = 'theirs' where id = 1;
    insert into account values (9, 'other', 2, null);
    update account set balance = 3 where id = 3;
    delete from account where id = 4`)
  const ours: ConflictPolicies = { default: "primary", tables: { account: "fallback" } }
  expect(await pair.replay(ours)).toMatchObject({ transactions: 4, parked: 0, tablesParked: [] })
  expect(await pair.rows("account")).toEqual((await pair.localRows("account")).map((row) => row))
  const kept = await listParked(pair.client, { state: "applied" })
  expect(kept.map(({ reason }) => reason)).toEqual(["row-changed", "key-taken", "row-changed", "row-missing"])
  const shown = await showParked(pair.client, kept[0]?.id ?? "")
  expect(shown?.changes).toMatchObject([
    { ours: { balance: "90" }, theirs: { balance: "50", note: "theirs" } },
  ])
})

test("promise 4: columns that nobody else changed are merged, and two increments are two", async () => {
  const pair = await openAccounts()
  await pair.write("update account set balance = balance + 1 where id = 1")
  await pair.write("update account set balance = balance + 1 where id = 2")
  await pair.client.query("update account set note = 'theirs' where id = 1")
  await pair.client.query("update account set balance = balance + 1 where id = 2")
  const merge: ConflictPolicies = { default: "columns", tables: {} }
  expect(await pair.replay(merge)).toMatchObject({ transactions: 1, parked: 1 })
  const { rows } = await pair.client.query("select balance, note from account where id in (1, 2) order by id")
  expect(rows).toEqual([
    { balance: 101, note: "theirs" },
    { balance: 101, note: null },
  ])
})

test.each([
  ["a unique constraint", "alter table account add constraint one_note unique (note) deferrable"],
  ["an exclusion", "alter table account add constraint one_note exclude (note with =) deferrable"],
  [
    "the primary key",
    `alter table account drop constraint account_pkey cascade;
      alter table account add primary key (id) deferrable initially deferred`,
  ],
])("promise 4: %s that is checked later is no conflict by itself", async (_, constraint) => {
  const pair = await openAccounts()
  await pair.client.query(constraint)
  const insert = (id: number): string => `insert into account values (${id}, 'n${id}', 0, 'note ${id}')`
  for (let id = 10; id < 40; id += 1) await pair.write(insert(id))
  expect(await pair.replay()).toMatchObject({ transactions: 30, parked: 0 })
  // Somebody has the key, and somebody the note.
  await pair.write(insert(50))
  await pair.write(insert(60))
  await pair.write(insert(70))
  await pair.client.query(`insert into account values (50, 'other', 0, null), (61, 'another', 0, 'note 60')`)
  const ofNote = constraint.includes("note")
  expect(await pair.replay()).toMatchObject(ofNote ? { transactions: 1, parked: 2 } : { transactions: 2 })
  expect(await pair.parked()).toMatchObject([
    { reason: "key-taken" },
    ...(ofNote ? [{ reason: "unique", detail: "one_note" }] : []),
  ])
  // Ours wins over a row of the same key all the same.
  await pair.write("insert into account values (80, 'n80', 1, null)")
  await pair.client.query("insert into account values (80, 'other 80', 0, null)")
  expect(await pair.replay({ default: "fallback", tables: {} })).toMatchObject({ transactions: 1, parked: 0 })
  expect(await pair.rows("account")).toContainEqual({ id: 80, owner: "n80", balance: 1, note: null })
})

test("promise 4: whoever holds a row is waited for", async () => {
  const pair = await openAccounts()
  await transfer(pair, 1, 2)
  await pair.client.query("begin; update account set note = note where id = 2")
  const replaying = pair.replay()
  await expect
    .poll(async () => (await pair.client.query("select from pg_locks where not granted")).rowCount, {
      timeout: 20_000,
    })
    .toBeGreaterThan(0)
  await pair.client.query("commit")
  expect(await replaying).toMatchObject({ transactions: 1, parked: 0 })
})
