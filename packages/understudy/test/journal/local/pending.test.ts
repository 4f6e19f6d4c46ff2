import { expect, it } from "vitest"
import { stopCapture } from "../../../src/journal/local/capture.ts"
import { readOrigins } from "../../../src/journal/local/origins.ts"
import { forgetReturned, lookAtJournal, pendingChanges } from "../../../src/journal/local/pending.ts"
import { readTransactions } from "../../../src/journal/local/read-journal.ts"
import { type CapturedFile, newFile } from "./captured-file.ts"

const NOTHING = { changes: 0, oldestAt: null }

async function withRows(): Promise<CapturedFile> {
  const file = newFile()
  await file.make("create table t (id integer primary key, a text)")
  return file
}

function insertMany(file: CapturedFile, from: number, count: number): Promise<void> {
  return file.run(`insert into t with recursive n (i) as (values (${from}) union all select i + 1 from n
    where i < ${from + count - 1}) select i, 'row ' || i from n`)
}

it("promise 2: what is not handed back yet is counted, also by who only looks at the file", async () => {
  const file = await withRows()
  expect(await file.on(pendingChanges)).toEqual(NOTHING)
  expect(lookAtJournal(file.file)).toEqual({ origins: [], pending: NOTHING })
  const before = Date.now()
  const first = await file.startCapture("mark")
  await insertMany(file, 1, 100)
  await file.on((database) => stopCapture(database))
  await file.startCapture("mark")
  await file.run("delete from t where id <= 10")
  const pending = await file.on(pendingChanges)
  expect(pending.changes).toBe(110)
  expect(pending.oldestAt?.getTime()).toBeGreaterThanOrEqual(before)
  expect(pending.oldestAt?.getTime()).toBeLessThanOrEqual(Date.now())
  const look = lookAtJournal(file.file)
  expect(look.pending).toEqual(pending)
  expect(look.origins.map(({ primaryMark }) => primaryMark)).toEqual(["mark", "mark"])
  await file.on((database) => stopCapture(database, { returned: [first.id] }))
  expect(await file.on(pendingChanges)).toMatchObject({ changes: 10 })
})

it("promise 4: a file of an older version, which knows less of its primary, is read and written on", async () => {
  const file = await withRows()
  await file.startCapture("mark")
  await insertMany(file, 1, 2)
  await file.on((database) => {
    stopCapture(database)
    database.exec("alter table understudy_origin drop column primary_known")
  })
  expect(lookAtJournal(file.file).origins).toMatchObject([{ primaryMark: "mark", primaryKnown: null }])
  await file.startCapture("mark")
  await insertMany(file, 3, 2)
  expect(await file.on(readOrigins)).toHaveLength(2)
  expect(await file.on(pendingChanges)).toMatchObject({ changes: 4 })
})

it("promise 4: only what was handed back is forgotten, in parts", async () => {
  const file = await withRows()
  const kept = await file.startCapture("another primary")
  await insertMany(file, 1, 10)
  await file.on((database) => stopCapture(database))
  const returned = await file.startCapture("this primary")
  await insertMany(file, 11, 25)
  await file.on((database) => stopCapture(database, { returned: [returned.id] }))
  const live = await file.startCapture("this primary")
  const forgotten = []
  for (let count = 0; count < 4; count += 1)
    forgotten.push(await file.on((database) => forgetReturned(database, 10)))
  expect(forgotten).toEqual([10, 10, 4, 0])
  await insertMany(file, 101, 3)
  expect(await file.on((database) => forgetReturned(database, 10))).toBe(1)
  expect((await file.on(readOrigins)).map(({ id }) => id)).toEqual([kept.id, live.id])
  expect(await file.on(pendingChanges)).toMatchObject({ changes: 13 })
  const page = { afterSeq: 0, limit: 100, originId: live.id }
  const [transaction] = await file.on((database) => readTransactions(database, page))
  expect(transaction?.changes.map(({ seq }) => seq)).toEqual([36, 37, 38])
  expect(transaction).toMatchObject({ origin: live.origin, unit: (BigInt(live.id) << 32n) + 1n })
})

it("promise 4: an opening under which nothing was written leaves nothing behind", async () => {
  const file = await withRows()
  for (let count = 0; count < 3; count += 1) {
    await file.startCapture()
    await file.on((database) => stopCapture(database))
  }
  expect(await file.on(readOrigins)).toEqual([])
})

it("promise 2: counting what is pending costs no more where there is much", async () => {
  const file = await withRows()
  await file.startCapture()
  await insertMany(file, 1, 200_000)
  const start = performance.now()
  for (let count = 0; count < 20; count += 1)
    expect(await file.on(pendingChanges)).toMatchObject({ changes: 200_000 })
  // A count of all of them takes longer each time.
  expect((performance.now() - start) / 20).toBeLessThan(10)
})
