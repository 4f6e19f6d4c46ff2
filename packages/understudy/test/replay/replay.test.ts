import { onTestFinished, expect, test } from "vitest"
import { openReplayedPair, type ReplayedPair } from "./replayed-pair.ts"

async function tasks(): Promise<ReplayedPair> {
  const pair = await openReplayedPair((db) =>
    db.schema
      .createTable("tasks")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("title", "text", (column) => column.notNull())
      .addColumn("count", "integer", (column) => column.notNull().defaultTo(0))
      .execute(),
  )
  onTestFinished(() => pair[Symbol.asyncDispose]())
  await pair.both((db) =>
    db
      .insertInto("tasks")
      .values([1, 2, 3].map((id) => ({ id, title: `task ${id}`, count: 10 })))
      .execute(),
  )
  await pair.capture()
  return pair
}

test("what the fallback wrote is handed back, once (promise 4)", async () => {
  const pair = await tasks()
  await pair.write(
    "insert into tasks values (4, 'new', 0)",
    "update tasks set count = count + 1 where id = 1",
  )
  await pair.write("delete from tasks where id = 2")
  await pair.write("update tasks set count = count + 1 where id = 1")
  await pair.write("insert into tasks values (5, 'gone', 0)")
  await pair.write("delete from tasks where id = 5")
  const result = await pair.replay()
  expect(result).toMatchObject({ stopped: "end", transactions: 5, changes: 6, parked: 0, tablesParked: [] })
  const rows = [
    { id: 1, title: "task 1", count: 12 },
    { id: 3, title: "task 3", count: 10 },
    { id: 4, title: "new", count: 0 },
  ]
  expect(await pair.rows("tasks")).toEqual(rows)
  expect(await pair.replay()).toMatchObject({ stopped: "end", transactions: 0, changes: 0 })
  expect(await pair.rows("tasks")).toEqual(rows)
})

test("many small transactions go together, and one conflict among them is parked alone (promise 4)", async () => {
  const pair = await tasks()
  for (let id = 10; id < 60; id += 1) await pair.write(`insert into tasks values (${id}, 'new', ${id})`)
  await pair.write("update tasks set count = 11 where id = 1")
  for (let id = 60; id < 100; id += 1) await pair.write(`insert into tasks values (${id}, 'new', ${id})`)
  await pair.client.query("update tasks set count = 11 where id = 1")
  const result = await pair.replay()
  expect(result).toMatchObject({ transactions: 90, parked: 1, tablesParked: ["tasks"] })
  expect(await pair.parked()).toEqual([
    { reason: "row-changed", table: "tasks", detail: null, state: "open" },
  ])
  expect(await pair.rows("tasks")).toHaveLength(93)
})
