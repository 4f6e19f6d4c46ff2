import { expect, onTestFinished, test } from "vitest"
import { openReplayedPair, type ReplayedPair } from "./replayed-pair.ts"

/** Parents with children that go with them, are left without them, or follow their key; and grandchildren. */
async function family(): Promise<ReplayedPair> {
  const pair = await openReplayedPair(async (db) => {
    await db.schema
      .createTable("parent")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("boss", "integer", (column) => column.references("parent.id"))
      .execute()
    await db.schema
      .createTable("child")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("parent", "integer", (column) =>
        column.references("parent.id").onDelete("cascade").onUpdate("cascade"),
      )
      .execute()
    await db.schema
      .createTable("grandchild")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("child", "integer", (column) => column.references("child.id").onDelete("cascade"))
      .execute()
    await db.schema
      .createTable("friend")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("parent", "integer", (column) =>
        column.references("parent.id").onDelete("set null").onUpdate("cascade"),
      )
      .execute()
  })
  onTestFinished(() => pair[Symbol.asyncDispose]())
  await pair.both(async (db) => {
    for (const id of [1, 2, 3]) {
      await db.insertInto("parent").values({ id, boss: null }).execute()
      await db.insertInto("child").values({ id, parent: id }).execute()
      await db.insertInto("grandchild").values({ id, child: id }).execute()
      await db.insertInto("friend").values({ id, parent: id }).execute()
    }
  })
  await pair.capture()
  return pair
}

const TABLES = ["parent", "child", "grandchild", "friend"]

async function expectAlike(pair: ReplayedPair): Promise<void> {
  for (const table of TABLES) {
    const local = (await pair.localRows(table)).map((row) => JSON.stringify(row, plain))
    expect((await pair.rows(table)).map((row) => JSON.stringify(row))).toEqual(local)
  }
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value
}

async function children(pair: ReplayedPair): Promise<unknown[]> {
  const all: unknown[] = []
  for (const table of TABLES.slice(1)) all.push(await pair.rows(table))
  return all
}

const PROGRAMS: readonly (readonly [what: string, ...transactions: string[]])[] = [
  ["a delete that cascades", "delete from parent where id = 1"],
  ["a key that changes, and its children with it", "update parent set id = 10 where id = 1"],
  [
    "a key that changes and changes back",
    "update parent set id = 10 where id = 1; update parent set id = 1 where id = 10",
  ],
  [
    "a key that changes, and then the parent goes",
    "update parent set id = 10 where id = 1",
    "delete from parent where id = 10",
  ],
  [
    "a new parent that children are moved to, and the old one goes",
    "insert into parent values (9, null); update child set parent = 9 where parent = 1; delete from parent where id = 1",
  ],
  ["rows that refer to each other", "insert into parent values (20, null), (21, 20)"],
  [
    "many of everything in one go",
    "delete from parent where id = 2; insert into parent values (2, null); insert into child values (2, 2)",
    "update parent set id = id + 100",
  ],
]

test.each(PROGRAMS)("promise 4: %s leads to the same rows", async (_, ...transactions) => {
  const pair = await family()
  for (const transaction of transactions) await pair.write(...transaction.split("; "))
  expect(await pair.replay()).toMatchObject({ parked: 0, transactions: transactions.length })
  await expectAlike(pair)
})

const FOREIGN: readonly (readonly [what: string, ours: string, theirs: string])[] = [
  ["a child", "delete from parent where id = 1", "insert into child values (50, 1)"],
  ["a grandchild", "delete from parent where id = 1", "insert into grandchild values (50, 1)"],
  ["one that would lose its parent", "delete from parent where id = 1", "insert into friend values (50, 1)"],
  [
    "one that would follow a key",
    "update parent set id = 10 where id = 1",
    "insert into child values (50, 1)",
  ],
  [
    "a row of a table that only the primary has",
    "delete from parent where id = 1",
    "create table extra (parent integer references parent on delete cascade); insert into extra values (1)",
  ],
]

test.each(FOREIGN)(
  "promise 4: %s that somebody else has made does not go with what we do to its parent",
  async (_, ours, theirs) => {
    const pair = await family()
    await pair.write(ours)
    await pair.write("insert into parent values (30, null)")
    await pair.client.query(theirs)
    const before = await children(pair)
    expect(await pair.replay()).toMatchObject({ parked: 1, transactions: 1 })
    expect((await pair.parked())[0]?.reason).toMatch(/^(foreign-children|row-changed|foreign-key)$/)
    expect(await children(pair)).toEqual(before)
  },
)

test("promise 4: a child that somebody else changed is a conflict, though it is to go with its parent", async () => {
  const pair = await family()
  await pair.write("delete from parent where id = 1")
  await pair.client.query("update child set parent = 2 where id = 1")
  expect(await pair.replay()).toMatchObject({ parked: 1 })
  expect(await pair.rows("child")).toHaveLength(3)
})
