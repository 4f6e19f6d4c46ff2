import { expect, it } from "vitest"
import { stopCapture } from "../../../src/journal/local/capture.ts"
import { readOrigins } from "../../../src/journal/local/origins.ts"
import { readTransactions } from "../../../src/journal/local/read-journal.ts"
import { ALL, type CapturedFile, newFile, told } from "./captured-file.ts"

async function withTasks(): Promise<CapturedFile> {
  const file = newFile()
  await file.make("create table tasks (id integer primary key, title text not null, note text)")
  return file
}

it("promise 4: what the fallback writes is kept, transaction by transaction", async () => {
  const file = await withTasks()
  const origin = await file.startCapture("the-primary")
  await file.run("insert into tasks values (1, 'Water', null), (2, 'Weed', 'soon')")
  await file.sessions.write(async (session) => {
    await session.updateTable("tasks").set({ note: "now" }).where("id", "=", 2).execute()
    await session.deleteFrom("tasks").where("id", "=", 1).execute()
  })
  await file.run("update tasks set id = 3 where id = 2")
  const all = await file.transactions()
  expect(told(all)).toEqual([
    [
      ["insert", "tasks", null, [1n, "Water", null]],
      ["insert", "tasks", null, [2n, "Weed", "soon"]],
    ],
    [
      ["update", "tasks", [2n, "Weed", "soon"], [2n, "Weed", "now"]],
      ["delete", "tasks", [1n, "Water", null], null],
    ],
    [["update", "tasks", [2n, "Weed", "now"], [3n, "Weed", "now"]]],
  ])
  const first = BigInt(origin.id) << 32n
  expect(all.map(({ unit }) => unit)).toEqual([first + 1n, first + 2n, first + 3n])
  expect(new Set(all.map((each) => each.origin))).toEqual(new Set([origin.origin]))
  const [change] = all[0]?.changes ?? []
  expect(change?.operation === "migration" ? undefined : change?.shape).toMatchObject({
    table: "tasks",
    columns: [
      { name: "id", type: "INTEGER" },
      { name: "title", type: "TEXT" },
      { name: "note", type: "TEXT" },
    ],
    key: ["id"],
  })
})

it("promise 4: what was rolled back is not kept", async () => {
  const file = await withTasks()
  await file.startCapture()
  const failing = file.sessions.write(async (session) => {
    await session.insertInto("tasks").values({ id: 1, title: "a" }).execute()
    throw new Error("on purpose")
  })
  await expect(failing).rejects.toThrow("on purpose")
  await expect(file.run("insert into tasks values (2, 'b', null), (2, 'c', null)")).rejects.toThrow(
    "duplicate",
  )
  await file.run("insert into tasks values (3, 'd', null)")
  expect(told(await file.transactions())).toEqual([[["insert", "tasks", null, [3n, "d", null]]]])
})

it("promise 4: nothing is captured before the start and after the stop, and the next start has another origin", async () => {
  const file = await withTasks()
  await file.run("insert into tasks values (1, 'before', null)")
  const first = await file.startCapture("a")
  await file.run("insert into tasks values (2, 'first', null)")
  await file.on((database) => stopCapture(database, { returned: [first.id] }))
  await file.run("insert into tasks values (3, 'between', null)")
  const second = await file.startCapture("b")
  await file.run("insert into tasks values (4, 'second', null)")
  expect(told(await file.transactions())).toEqual([
    [["insert", "tasks", null, [2n, "first", null]]],
    [["insert", "tasks", null, [4n, "second", null]]],
  ])
  const page = { ...ALL, originId: second.id }
  expect(await file.on((database) => readTransactions(database, page))).toHaveLength(1)
  expect(await file.on(readOrigins)).toEqual([{ ...first, returnedAt: expect.any(Date) }, second])
})

it("promise 4: a page ends with a whole transaction", async () => {
  const file = await withTasks()
  await file.startCapture()
  await file.run("insert into tasks values (1, 'a', null), (2, 'b', null), (3, 'c', null)")
  await file.run("delete from tasks where id = 1")
  const page = await file.on((database) => readTransactions(database, { afterSeq: 0, limit: 2 }))
  expect(page.map(({ changes }) => changes.length)).toEqual([3])
  const afterSeq = page[0]?.changes.at(-1)?.seq ?? 0
  const next = await file.on((database) => readTransactions(database, { afterSeq, limit: 2 }))
  expect(told(next)).toEqual([[["delete", "tasks", [1n, "a", null], null]]])
})
