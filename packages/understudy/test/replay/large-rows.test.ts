import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { Readable } from "node:stream"
import { text } from "node:stream/consumers"
import { expect, onTestFinished, test } from "vitest"
import { chunksOf } from "../../src/replay/row-chunks.ts"
import { openReplayedPair } from "./replayed-pair.ts"

/** In bytes; in the journal, and as PostgreSQL reads it, twice as many characters. */
const ROW = 40_000
const ROWS = 3_200
/** Somewhat more than half of it is used. All rows as texts are more than that, and so were a page of rows by their number alone. */
const HEAP_MB = 192

test("promise 4: of rows that are large, no more is held than a few, be they applied or parked", async () => {
  const pair = await openReplayedPair((db) =>
    db.schema
      .createTable("scan")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("pages", "bytea", (column) => column.notNull())
      .execute(),
  )
  onTestFinished(() => pair[Symbol.asyncDispose]())
  await pair.capture()
  for (let id = 0; id < ROWS; id += 1) await pair.write(`insert into scan values (${id}, randomblob(${ROW}))`)
  await pair.client.query("insert into scan values (-1, '')")
  await pair.write(
    ...Array.from({ length: 300 }, (_, id) => `update scan set pages = zeroblob(${ROW}) where id = ${id}`),
    "insert into scan values (-1, zeroblob(1))",
  )
  const child = fork(join(import.meta.dirname, "replaying-process.ts"), [pair.url, pair.file], {
    execArgv: ["--conditions=understudy-source", `--max-old-space-size=${HEAP_MB}`],
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  })
  const said = text(child.stderr ?? Readable.from([]))
  const [code, signal] = (await once(child, "close")) as [number | null, string | null]
  expect({ code, signal, said: await said }).toEqual({ code: 0, signal: null, said: "" })
  const { rows } = await pair.client.query(
    `select count(*)::int as rows, min(length(pages)) as shortest, max(length(pages)) as longest from scan where id >= 0`,
  )
  expect(rows).toEqual([{ rows: ROWS, shortest: ROW, longest: ROW }])
  const parked = await pair.client.query(
    `select count(*)::int as changes, max(place) as last,
        count(*) filter (where theirs ->> 'pages' = before ->> 'pages')::int as met
      from understudy.parked_change`,
  )
  expect(parked.rows).toEqual([{ changes: 301, last: 300, met: 300 }])
  expect(await pair.parked()).toMatchObject([{ reason: "key-taken" }])
}, 240_000)

test("promise 4: rows are cut into runs by their number and their size, and none is left out", () => {
  const large = 9_000_000
  expect(chunksOf([])).toEqual([])
  expect(chunksOf([large])).toEqual([{ from: 0, to: 1 }])
  expect(chunksOf([1, large, 1, 1])).toEqual([
    { from: 0, to: 1 },
    { from: 1, to: 2 },
    { from: 2, to: 4 },
  ])
  expect(chunksOf(Array.from({ length: 5_001 }, () => 1))).toEqual([
    { from: 0, to: 5_000 },
    { from: 5_000, to: 5_001 },
  ])
})
