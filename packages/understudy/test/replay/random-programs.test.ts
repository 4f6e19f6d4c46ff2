import * as fc from "fast-check"
import { expect, test } from "vitest"
import { openReplayedPair, type ReplayedPair } from "./replayed-pair.ts"

/** Each takes servers and seconds. */
const RUNS = Math.max(12, Number(process.env["UNDERSTUDY_PROPERTY_RUNS"] ?? 0) / 20)
const LIMIT_MS = 600_000

/** One statement, of accounts 1 to 6 and entries 1 to 8 that refer to them and go with them. */
const id = fc.integer({ min: 1, max: 6 })
const entryId = fc.integer({ min: 1, max: 8 })
const statement = fc.oneof(
  id.map((at) => `insert into account values (${at}, 'owner ${at}', 100) on conflict do nothing`),
  fc.tuple(id, id).map(([at, to]) => `update or ignore account set id = ${to} where id = ${at}`),
  id.map((at) => `update account set balance = balance + 1 where id = ${at}`),
  id.map((at) => `update account set balance = balance where id = ${at}`),
  id.map((at) => `update account set owner = 'other ' || id where id = ${at}`),
  id.map((at) => `delete from account where id = ${at}`),
  id.map((at) => `replace into account values (${at}, 'replaced ${at}', 7)`),
  fc
    .tuple(entryId, id)
    .map(
      ([at, to]) =>
        `insert into entry select ${at}, id, 'entry' from account where id = ${to} on conflict do nothing`,
    ),
  entryId.map((at) => `update entry set note = note || '.' where id = ${at}`),
  fc
    .tuple(entryId, id)
    .map(
      ([at, to]) =>
        `update entry set account = ${to} where id = ${at} and exists (select 1 from account where id = ${to})`,
    ),
  entryId.map((at) => `delete from entry where id = ${at}`),
)
const program = fc.array(fc.array(statement, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 25 })

async function ledger(): Promise<ReplayedPair> {
  const pair = await openReplayedPair(async (db) => {
    await db.schema
      .createTable("account")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("owner", "text", (column) => column.notNull().unique())
      .addColumn("balance", "integer", (column) => column.notNull())
      .execute()
    await db.schema
      .createTable("entry")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("account", "integer", (column) =>
        column.notNull().references("account.id").onDelete("cascade").onUpdate("cascade"),
      )
      .addColumn("note", "text", (column) => column.notNull())
      .execute()
  })
  await pair.both(async (db) => {
    for (const at of [1, 2, 3, 4])
      await db
        .insertInto("account")
        .values({ id: at, owner: `owner ${at}`, balance: 100 })
        .execute()
    for (const at of [1, 2, 3])
      await db.insertInto("entry").values({ id: at, account: at, note: "first" }).execute()
  })
  await pair.capture()
  return pair
}

/** A transaction that SQLite refuses leaves nothing. */
async function run(pair: ReplayedPair, transactions: readonly (readonly string[])[]): Promise<void> {
  for (const transaction of transactions)
    await pair.on((writer) => {
      writer.exec("begin immediate")
      try {
        for (const text of transaction) writer.exec(text)
        writer.exec("commit")
      } catch {
        if (writer.isTransaction) writer.exec("rollback")
      }
    })
}

async function expectAlike(pair: ReplayedPair): Promise<void> {
  for (const table of ["account", "entry"])
    expect(await pair.rows(table)).toEqual(await pair.localRows(table))
}

test(
  "promise 4: whatever the fallback did, the primary has the same rows then",
  { timeout: LIMIT_MS },
  async () => {
    await fc.assert(
      fc.asyncProperty(program, fc.nat({ max: 24 }), async (transactions, cut) => {
        await using pair = await ledger()
        await run(pair, transactions.slice(0, cut))
        expect(await pair.replay()).toMatchObject({ parked: 0 })
        await run(pair, transactions.slice(cut))
        const { parked } = await pair.replay()
        if (parked > 0) expect(await pair.parked()).toEqual([])
        await expectAlike(pair)
      }),
      { numRuns: RUNS },
    )
  },
)

const transfers = fc.array(fc.tuple(id, id, fc.integer({ min: 1, max: 9 })), { minLength: 5, maxLength: 40 })
const foreign = fc.array(fc.tuple(id, id), { maxLength: 4 })

test(
  "promise 4: whatever others did meanwhile, each transfer is there wholly or parked wholly",
  { timeout: LIMIT_MS },
  async () => {
    await fc.assert(
      fc.asyncProperty(transfers, foreign, foreign, async (ours, first, second) => {
        await using pair = await ledger()
        const theirs = async (moves: typeof first): Promise<void> => {
          for (const [from, to] of moves)
            await pair.client.query(
              `with a as (select count(*) from account where id in (${from}, ${to}) and ${from} <> ${to})
              update account set balance = balance + case id when ${from} then -3 else 3 end
              where id in (${from}, ${to}) and (select count from a) = 2`,
            )
        }
        const half = ours.length >>> 1
        const transfer = ([from, to, by]: readonly [number, number, number]): string[] => [
          `update account set balance = balance - ${by} where id = ${from} and exists (select 1 from account where id = ${to})`,
          `update account set balance = balance + ${by} where id = ${to} and exists (select 1 from account where id = ${from})`,
        ]
        await run(pair, ours.slice(0, half).map(transfer))
        await theirs(first)
        await pair.replay()
        await run(pair, ours.slice(half).map(transfer))
        await theirs(second)
        await pair.replay()
        const { rows } = await pair.client.query<{ sum: number }>(
          "select sum(balance)::int as sum from account",
        )
        expect(rows[0]?.sum).toBe(400)
        // What was parked makes all of the difference: undone, the primary's is ours.
        const { rows: missing } = await pair.client.query<{ id: number; by: number }>(
          `select (c.key ->> 'id')::int as id, sum((c.ours ->> 'balance')::int - (c.before ->> 'balance')::int)::int as by
          from understudy.parked_change c group by 1`,
        )
        const moved = [...first, ...second].filter(([from, to]) => from !== to && from < 5 && to < 5)
        const expected = (await pair.localRows("account")) as { id: number; balance: number }[]
        for (const { id: at, balance } of expected) {
          const parkedBy = missing.find((row) => row.id === at)?.by ?? 0
          const theirsBy = moved.reduce(
            (sum, [from, to]) => sum + (to === at ? 3 : 0) - (from === at ? 3 : 0),
            0,
          )
          const there = ((await pair.rows("account")) as { id: number; balance: number }[]).find(
            (row) => row.id === at,
          )
          expect(there?.balance).toBe(balance - parkedBy + theirsBy)
        }
      }),
      { numRuns: RUNS },
    )
  },
)
