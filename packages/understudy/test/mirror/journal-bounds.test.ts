import { copyFile } from "node:fs/promises"
import { DatabaseSync } from "node:sqlite"
import { beforeEach, expect, test } from "vitest"
import { acknowledge, restartJournal, trimJournal } from "../../src/journal/tend-journal.ts"
import { openMirroredPair, type MirroredPair } from "./mirrored-pair.ts"

interface Tables {
  item: { id: number; body: string }
}

let pair: MirroredPair<Tables>
beforeEach(async () => {
  pair = await openMirroredPair<Tables>({
    "0001": {
      async up(db) {
        await db.schema
          .createTable("item")
          .addColumn("id", "integer", (column) => column.primaryKey())
          .addColumn("body", "text", (column) => column.notNull())
          .execute()
      },
    },
  })
  await pair.caughtUp()
  return () => pair[Symbol.asyncDispose]()
})

async function expectSame(): Promise<void> {
  await pair.caughtUp()
  const rows = await pair.primary.selectFrom("item").selectAll().orderBy("id").execute()
  expect(await pair.copy.selectFrom("item").selectAll().orderBy("id").execute()).toEqual(rows)
}

async function valueOf<T>(text: string): Promise<T> {
  return (await pair.client.query<{ value: T }>(`select ${text} as value`)).rows[0]?.value as T
}

const COUNT = "(select count(*)::int from understudy.journal)"
const LAPSES = "(select last_value + is_called::int from understudy.lapse)::int"

function inFile<T>(work: (database: DatabaseSync) => T): T {
  using database = new DatabaseSync(pair.file)
  return work(database)
}

const CAPTURE =
  "pg_get_functiondef((select oid from pg_proc where proname like 'capture\\_%' and pronamespace = 'understudy'::regnamespace))"

/** Has the journal take no more than a page, instead of 256 MB. */
async function makeJournalSmall(): Promise<void> {
  const definition = await valueOf<string>(CAPTURE)
  const small = definition.replace("268435456", "8192")
  expect(small).not.toBe(definition)
  await pair.client.query(small)
}

/** The bounds are looked at once a tick. */
const NEXT_TICK = "select setval('understudy.tick', 0)"

const FILL = "insert into item select g, repeat('x', 100) from generate_series(1, 1000) g"

test("promise 4: a journal that is too large takes no more, and the copy is made anew", async () => {
  await pair.stop()
  await makeJournalSmall()
  await pair.client.query(FILL)
  await pair.client.query(NEXT_TICK)
  await pair.client.query("update item set body = body || 'not captured'")
  expect(await valueOf(LAPSES)).toBeGreaterThan(1)
  expect(await valueOf(COUNT)).toBe(1000)
  pair.start()
  await expectSame()
  expect(await valueOf(COUNT)).toBe(0)
  await pair.client.query("insert into item values (0, 'captured again')")
  await expectSame()
})

test("promise 4: values that PostgreSQL keeps outside of the journal's rows count for its size", async () => {
  await pair.stop()
  const definition = await valueOf<string>(CAPTURE)
  await pair.client.query(definition.replace("268435456", "1000000"))
  await pair.client.query("alter table item alter body set storage external")
  await pair.client.query(
    "insert into item select 1, string_agg(md5(g::text), '') from generate_series(1, 100000) g",
  )
  await pair.client.query(NEXT_TICK)
  await pair.client.query("insert into item values (2, 'not captured')")
  expect(await valueOf(COUNT)).toBe(1)
  expect(await valueOf(LAPSES)).toBeGreaterThan(1)
})

test("promise 4: who wrote without being captured and has not committed yet is waited for", async () => {
  await pair.stop()
  await makeJournalSmall()
  await pair.client.query(FILL)
  await pair.client.query(NEXT_TICK)
  await pair.client.query("begin")
  await pair.client.query("insert into item values (-1, 'in neither')")
  pair.start()
  await expect.poll(() => pair.last.state).toBe("copying")
  await expect
    .poll(() => inFile((file) => file.prepare("select cursor from understudy_copy").get()))
    .toEqual({ cursor: null })
  await pair.client.query("commit")
  await expectSame()
})

test("promise 4: without a mirror for a day nothing is captured", async () => {
  await pair.stop()
  await pair.client.query("select setval('understudy.heartbeat', extract(epoch from now())::bigint - 86500)")
  await pair.client.query(NEXT_TICK)
  await pair.client.query("insert into item values (1, 'not captured')")
  expect(await valueOf(COUNT)).toBe(0)
  pair.start()
  await expectSame()
})

test("the journal is trimmed of what each mirror holds, and of nothing else", async () => {
  const other = crypto.randomUUID()
  const before = await valueOf<string>("pg_current_snapshot()::text")
  await acknowledge(pair.client, other, before)
  await pair.client.query("insert into item values (1, 'one')")
  await expectSame()
  const id = inFile((file) => String(file.prepare("select id from understudy_mirror").get()?.["id"]))
  await acknowledge(pair.client, id, await valueOf("pg_current_snapshot()::text"))
  await trimJournal(pair.client)
  expect(await valueOf(COUNT)).toBe(1)
  await acknowledge(pair.client, other, await valueOf("pg_current_snapshot()::text"))
  await trimJournal(pair.client)
  expect(await valueOf(COUNT)).toBe(0)
  await pair.client.query("insert into item values (2, 'two')")
  await expectSame()
})

test("promise 4: what the copy of a mirror's file tells does not have the primary taken for one that was set back", async () => {
  await expectSame()
  const id = inFile((file) => String(file.prepare("select id from understudy_mirror").get()?.["id"]))
  const known = (): Promise<string> =>
    valueOf(`(select cursor::text from understudy.mirror where id = '${id}')`)
  const earlier = await valueOf<string>("pg_current_snapshot()::text")
  await pair.client.query("insert into item values (1, 'one')")
  const later = await valueOf<string>("pg_current_snapshot()::text")
  await acknowledge(pair.client, id, later)
  await acknowledge(pair.client, id, earlier)
  expect(await known()).toBe(later)
  await pair.client.query("update understudy.mirror set cursor = '999999998:999999999:'")
  await acknowledge(pair.client, id, earlier)
  expect(await known()).toBe(earlier)
})

test("promise 4: a mirror that is gone does not have the others copy anew", async () => {
  const gone = crypto.randomUUID()
  const mirrors = "(select count(*)::int from understudy.mirror)"
  await acknowledge(pair.client, gone, await valueOf("pg_current_snapshot()::text"))
  await pair.client.query(
    "update understudy.mirror set seen_at = now() - interval '10 minutes' where id = $1",
    [gone],
  )
  await pair.client.query(FILL)
  await expectSame()
  const id = inFile((file) => String(file.prepare("select id from understudy_mirror").get()?.["id"]))
  await acknowledge(pair.client, id, await valueOf("pg_current_snapshot()::text"))
  await trimJournal(pair.client)
  expect([await valueOf(COUNT), await valueOf(mirrors)]).toEqual([1000, 2])
  await trimJournal(pair.client, 50_000)
  expect([await valueOf(COUNT), await valueOf(mirrors)]).toEqual([0, 1])
  await acknowledge(pair.client, gone, await valueOf("pg_current_snapshot()::text"))
  await restartJournal(pair.client)
  await expectSame()
  expect(await valueOf(mirrors)).toBe(1)
})

test("a mirror that was not seen for a day is forgotten, and copies anew (promise 4)", async () => {
  await pair.stop()
  await pair.client.query("insert into item values (1, 'one')")
  await pair.client.query("update understudy.mirror set seen_at = now() - interval '25 hours'")
  const other = crypto.randomUUID()
  await acknowledge(pair.client, other, await valueOf("pg_current_snapshot()::text"))
  await trimJournal(pair.client)
  expect(await valueOf(COUNT)).toBe(0)
  pair.start()
  await expectSame()
  expect(pair.last.primaryChanged).toBe(false)
})

test.each([false, true])(
  "a file that is set back to an earlier copy follows from there; trimmed meanwhile: %s (promise 4)",
  async (isTrimmed) => {
    await pair.client.query("insert into item values (1, 'one')")
    await expectSame()
    await pair.stop()
    await pair.copyDisposed()
    await copyFile(pair.file, `${pair.file}.earlier`)
    pair.start()
    await pair.client.query("insert into item values (2, 'two'); delete from item where id = 1")
    await pair.caughtUp()
    const id = inFile((file) => String(file.prepare("select id from understudy_mirror").get()?.["id"]))
    await acknowledge(pair.client, id, await valueOf("pg_current_snapshot()::text"))
    if (isTrimmed) await trimJournal(pair.client)
    await pair.client.query("insert into item values (3, 'three')")
    await pair.caughtUp()
    await pair.stop()
    await copyFile(`${pair.file}.earlier`, pair.file)
    pair.start()
    await pair.caughtUp()
    const rows = inFile((file) => file.prepare("select id from item order by id").all())
    expect(rows.map((row) => row["id"])).toEqual([2, 3])
    expect(pair.last.primaryChanged).toBe(false)
  },
)

test("promise 4: a journal that was restored from another server's dump begins anew", async () => {
  await pair.client.query("insert into item values (1, 'one')")
  await expectSame()
  await pair.stop()
  await pair.client.query(`
    insert into understudy.journal (xid, relation, key, "row") values ('999999999', 'item'::regclass, '(2)', '(2,two)');
    update understudy.primary_mark set complete_from = '999999999'`)
  pair.start()
  await expectSame()
  await pair.client.query("insert into item values (3, 'three')")
  await expectSame()
  expect(await valueOf("(select complete_from < '999999999' from understudy.primary_mark)")).toBe(true)
})

test.each([
  [
    "a cursor from the future",
    (): unknown => inFile((file) => file.exec("update understudy_copy set cursor = '9999999:9999999:'")),
  ],
  [
    "a primary that knows of less than it was told",
    () => pair.client.query("update understudy.mirror set cursor = '3:3:'"),
  ],
  ["another mark", () => pair.client.query("update understudy.primary_mark set id = gen_random_uuid()")],
])("the copy is made anew after a primary was set back or changed: %s (promise 4)", async (_, setBack) => {
  await pair.client.query("insert into item values (1, 'one'), (2, 'two')")
  await expectSame()
  await pair.stop()
  await pair.client.query(
    "alter table item disable trigger user; delete from item where id = 1; alter table item enable trigger user",
  )
  await setBack()
  pair.start()
  await expectSame()
  expect(pair.last.primaryChanged).toBe(true)
})
