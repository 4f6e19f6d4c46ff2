import { Client } from "pg"
import { startPostgres } from "understudy-db/testing"
import { beforeEach, describe, expect, onTestFinished, test } from "vitest"
import { LIFT_TRANSACTION_LIMIT } from "../../src/engine/postgres/transaction-limit.ts"
import { installCapture, installJournal } from "../../src/journal/install-capture.ts"
import { findPrimaryTables } from "../../src/journal/primary-table.ts"
import { openMirroredPair, type MirroredPair } from "./mirrored-pair.ts"

interface Tables {
  item: { id: number; parent: number | null; total: number }
  word: { id: string; body: string }
}

let pair: MirroredPair<Tables>
beforeEach(async () => {
  pair = await openMirroredPair<Tables>({
    "0001": {
      async up(db) {
        await db.schema
          .createTable("item")
          .addColumn("id", "integer", (column) => column.primaryKey())
          .addColumn("parent", "integer")
          .addColumn("total", "integer", (column) => column.notNull().defaultTo(0))
          .execute()
        await db.schema
          .createTable("word")
          .addColumn("id", "text", (column) => column.primaryKey())
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
  for (const table of ["item", "word"] as const) {
    const rows = await pair.primary.selectFrom(table).selectAll().execute()
    const copied = await pair.copy.selectFrom(table).selectAll().execute()
    const sorted = (all: readonly object[]): string[] => all.map((row) => JSON.stringify(row)).toSorted()
    expect(sorted(copied), table).toEqual(sorted(rows))
  }
}

describe("promise 4: the copy has what the program's own triggers made of a row", () => {
  test("a trigger after each row writes to the same rows", async () => {
    const { client } = pair
    await client.query(`
      create function grow() returns trigger language plpgsql as $$ begin
        update item set total = total + 1 where id in (new.id, new.parent); return null; end $$;
      create trigger grow after insert on item for each row execute function grow();
      create function keep() returns trigger language plpgsql as $$ begin
        insert into item values (old.id, null, -1); return null; end $$;
      create trigger keep after delete on item for each row when (old.id = 1) execute function keep()`)
    await client.query("insert into item values (1, null), (2, 1), (3, 1)")
    await expectSame()
    await client.query("delete from item where id in (1, 2)")
    await expectSame()
  })

  test("a trigger after the statement does", async () => {
    const { client } = pair
    await client.query(`
      create function grow() returns trigger language plpgsql as $$ begin
        if pg_trigger_depth() = 1 then update item set id = id + 100, total = total + 1 where id < 100; end if; return null; end $$;
      create trigger a_grow after insert or update on item for each statement execute function grow()`)
    await client.query("insert into item values (1), (2)")
    await expectSame()
    await client.query("update item set total = 7")
    await expectSame()
    await client.query(`
      create function refill() returns trigger language plpgsql as $$ begin insert into item values (1), (2); return null; end $$;
      create trigger a_refill after truncate on item for each statement execute function refill()`)
    await client.query("truncate item")
    await expectSame()
  })
})

test("a session whose first update finds no row does not plan its later ones for so few", async () => {
  const { client } = pair
  await client.query("update word set body = 'y'")
  await client.query("insert into word select g, 'x' from generate_series(1, 10000) g")
  // A loop within a loop takes 40 s for that; a second is usual.
  await client.query("begin; set local statement_timeout = '10s'; update word set id = 'n' || id; commit")
  await expectSame()
})

test("promise 4: keys that are equal and are written in another way are one row", async () => {
  const { client } = pair
  await client.query(`
    create collation no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    alter table word alter id type text collate no_case`)
  await client.query("insert into word values ('a', '1'), ('b', '2')")
  await expectSame()
  await client.query("update word set id = 'A' where id = 'a'")
  await expectSame()
})

describe("promise 1: a write never fails because it is captured", () => {
  test("a column of the key is renamed, or dropped", async () => {
    const { client } = pair
    const lapses = async (): Promise<unknown> =>
      (await client.query("select last_value, is_called from understudy.lapse")).rows[0]
    const before = await lapses()
    await client.query(
      "begin; alter table item rename column id to number; insert into item (number) values (1); commit",
    )
    await client.query("update item set total = 3; delete from item where number = 1")
    await client.query(
      "begin; alter table item drop column number; insert into item (total) values (4); commit",
    )
    await client.query("update item set total = 3; delete from item")
    // The table's shape tells of it: the journal of all others need not begin anew, again and again while somebody writes.
    expect(await lapses()).toEqual(before)
  })

  test("a transaction is prepared, on a server that lets it be", async () => {
    const server = await startPostgres({ settings: { max_prepared_transactions: "2" } })
    onTestFinished(() => server[Symbol.asyncDispose]())
    const client = new Client(server.url)
    await client.connect()
    onTestFinished(() => client.end())
    await client.query("create table item (id int primary key)")
    await installJournal(client)
    for (const table of await findPrimaryTables(client, ["item"])) await installCapture(client, table)
    await client.query("begin; insert into item values (1); prepare transaction 'one'")
    await client.query("commit prepared 'one'")
    expect((await client.query("select from understudy.journal")).rowCount).toBe(1)
  })

  test("somebody drops what is ours", async () => {
    const { client } = pair
    await pair.stop()
    for (const what of [
      "table understudy.journal",
      "sequence understudy.heartbeat",
      "sequence understudy.lapse",
    ]) {
      await client.query(`drop ${what} cascade`)
      await client.query("insert into item select coalesce(max(id), 0) + 1 from item")
      await client.query("update item set total = total + 1")
    }
    pair.start()
    await expectSame()
  })
})

test("promise 1: a copy is made and kept up whatever the role has for its defaults", async () => {
  const { client, primary, copy } = pair
  await pair.stop()
  await client.query(
    "drop schema understudy cascade; insert into item select g from generate_series(1, 100000) g",
  )
  const { rows } = await client.query<{ database: string; limitsTransactions: boolean }>(
    `select current_database() as database, current_setting('transaction_timeout', true) is not null as "limitsTransactions"`,
  )
  const defaults = {
    default_transaction_isolation: "serializable",
    default_transaction_read_only: "on",
    statement_timeout: "500ms",
    lock_timeout: "1ms",
    idle_in_transaction_session_timeout: "500ms",
    ...(rows[0]?.limitsTransactions === true ? { transaction_timeout: "500ms" } : {}),
  }
  for (const [name, value] of Object.entries(defaults))
    await client.query(`alter role current_user in database ${rows[0]?.database} set ${name} = '${value}'`)
  pair.start()
  await pair.caughtUp()
  // Behind a pooler it may go by a connection that has these defaults, too.
  await client.query(
    `begin read write; set local statement_timeout = 0; set local lock_timeout = 0; ${LIFT_TRANSACTION_LIMIT};
      update item set total = 1 where id % 2 = 0; commit`,
  )
  await pair.caughtUp()
  for (const database of [primary, copy])
    expect(
      await database
        .selectFrom("item")
        .select(({ fn }) => [fn.countAll().as("count"), fn.sum("total").as("total")])
        .executeTakeFirst(),
    ).toEqual({ count: 100_000n, total: 50_000n })
})
