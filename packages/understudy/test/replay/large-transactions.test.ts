import { expect, onTestFinished, test } from "vitest"
import { openReplayedPair } from "./replayed-pair.ts"

const ROWS = 20_000

/** Inserts rows of these ids, in one statement. */
function insert(first: number, last: number): string {
  return `insert into entry (id, note) with recursive n(i) as (select ${first} union all select i + 1 from n where i < ${last})
    select i, 'note ' || i from n`
}

test("promise 4: a large transaction goes in a few statements, and whole where a row of it is a conflict", async () => {
  const pair = await openReplayedPair((db) =>
    db.schema
      .createTable("entry")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("note", "text")
      .execute(),
  )
  onTestFinished(() => pair[Symbol.asyncDispose]())
  await pair.capture()
  await pair.write(insert(1, ROWS))
  await pair.write(insert(ROWS + 1, ROWS + 1_000))
  await pair.write(`update entry set note = 'ours' where id <= 600`)
  await pair.client.query("insert into entry values ($1, 'theirs')", [ROWS + 700])
  expect(await pair.replay()).toMatchObject({ stopped: "end", transactions: 2, parked: 1 })
  const { rows } = await pair.client.query(
    `select count(*)::int as rows, count(distinct cmin::text) < 50 as few, max(id) as last,
        count(*) filter (where note = 'ours')::int as ours
      from entry where id <= $1 or note <> 'theirs'`,
    [ROWS],
  )
  expect(rows).toEqual([{ rows: ROWS, few: true, last: ROWS, ours: 600 }])
  const parked = await pair.client.query("select count(*)::int as changes from understudy.parked_change")
  expect(parked.rows).toEqual([{ changes: 1_000 }])
}, 120_000)
