import { mkdtemp, rm } from "node:fs/promises"
import type { DatabaseSync } from "node:sqlite"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { constantSource } from "../packages/understudy/src/engine/constant-source.ts"
import { SqliteEngine } from "../packages/understudy/src/engine/sqlite/engine.ts"
import { startCapture } from "../packages/understudy/src/journal/local/capture.ts"
import { readTransactions } from "../packages/understudy/src/journal/local/read-journal.ts"
import { migrate } from "../packages/understudy/src/migrate/migrate.ts"
import { Sessions } from "../packages/understudy/src/session/sessions.ts"
import { createItems, type ItemsTables } from "./support/items.ts"
import {
  figure,
  interleave,
  perSecond,
  type BenchOptions,
  type Contestant,
  type Figure,
} from "./support/measure.ts"

/** Rows of a larger transaction. */
const TOGETHER = 100
/** Changes that are read at once. */
const PAGE = 1000

const CHANGED_AT = new Date("2027-01-31T09:00:00Z")

function newItem(): ItemsTables["items"] {
  const id = crypto.randomUUID()
  return { id, title: "Water the plants", number: 42, price: "12.50", changed_at: CHANGED_AT, done: false }
}

/** A fallback's engine on a file of its own. */
interface Opened {
  readonly engine: SqliteEngine
  readonly sessions: Sessions<ItemsTables>
}

async function openEngine(file: string, capturing: boolean): Promise<Opened> {
  const values = { int8: "number", timestamptz: "date" } as const
  const engine = new SqliteEngine({ file, role: "fallback", synchronous: "normal", waitMs: 5_000, values })
  await migrate(engine, { "0001-items": createItems })
  if (capturing)
    await engine.withWriter((database) => startCapture(database, { units: engine.units, primaryMark: null }))
  const source = constantSource(engine)
  return { engine, sessions: new Sessions<ItemsTables>({ source, defaultTimeoutMs: () => 30_000 }) }
}

/** Inserts as a program does them: one by one, and many in a transaction. */
function byKysely({ sessions }: Opened, name: string, count: number): readonly Contestant[] {
  const insert = ({ kysely }: Pick<Opened["sessions"], "kysely">): Promise<unknown> =>
    kysely.insertInto("items").values(newItem()).execute()
  const together = async (): Promise<unknown> =>
    sessions.write(async (kysely) => {
      for (let row = 0; row < TOGETHER; row += 1) await insert({ kysely })
    })
  return [
    { name: `${name}, Kysely, single`, run: () => perSecond(count, 1, () => insert(sessions)) },
    {
      name: `${name}, Kysely, together`,
      run: async () => TOGETHER * (await perSecond(count / TOGETHER, 1, together)),
    },
  ]
}

/** The same by prepared statements alone, so that nothing but SQLite is measured. */
function bySqlite({ engine }: Opened, name: string, count: number): readonly Contestant[] {
  const timed = (size: number) => (database: DatabaseSync) => {
    const insert = database.prepare("insert into items values (?, 'Water the plants', 42, 12.5, ?, 1)")
    const start = performance.now()
    for (let row = 0; row < count; row += 1) {
      if (size > 1 && row % size === 0) database.exec("begin immediate")
      insert.run(crypto.randomUUID(), "2027-01-31 09:00:00.000000+00")
      if (size > 1 && row % size === size - 1) database.exec("commit")
    }
    return (count * 1000) / (performance.now() - start)
  }
  return [
    { name: `${name}, SQLite, single`, run: () => engine.withWriter(timed(1)) },
    { name: `${name}, SQLite, together`, run: () => engine.withWriter(timed(TOGETHER)) },
  ]
}

/** Reads the whole journal, in pages, as replaying does; or as SQLite gives it. */
function readers({ engine }: Opened): readonly Contestant[] {
  const decoded = (database: DatabaseSync): number => {
    let [count, afterSeq] = [0, 0]
    for (;;) {
      const page = readTransactions(database, { afterSeq, limit: PAGE })
      const last = page.at(-1)?.changes.at(-1)
      if (last === undefined) return count
      for (const { changes } of page) count += changes.length
      afterSeq = last.seq
    }
  }
  const plain = (database: DatabaseSync): number => {
    const read = database.prepare("select * from understudy_change where seq > ? order by seq limit ?")
    let [count, afterSeq] = [0, 0]
    for (;;) {
      const rows = read.all(afterSeq, PAGE)
      if (rows.length === 0) return count
      count += rows.length
      afterSeq = Number(rows.at(-1)?.["seq"])
    }
  }
  const timed = (work: typeof plain) => (): Promise<number> =>
    engine.withWriter((database) => {
      const start = performance.now()
      return (work(database) * 1000) / (performance.now() - start)
    })
  return [
    { name: "read decoded", run: timed(decoded) },
    { name: "read plain", run: timed(plain) },
  ]
}

/** What capturing costs on the fallback, and how fast what it keeps is read. */
export async function capture({ repetitions, quick }: BenchOptions): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-bench-"))
  const open = (name: string, capturing: boolean): Promise<Opened> =>
    openEngine(join(folder, `${name}.sqlite`), capturing)
  const [captured, bare, capturedRaw, bareRaw] = [
    await open("captured", true),
    await open("bare", false),
    await open("captured-raw", true),
    await open("bare-raw", false),
  ]
  const count = quick ? 1_000 : 8_000
  try {
    const written = await interleave(
      [
        ...byKysely(captured, "captured", count),
        ...byKysely(bare, "bare", count),
        ...bySqlite(capturedRaw, "captured", count),
        ...bySqlite(bareRaw, "bare", count),
      ],
      repetitions,
    )
    const read = await interleave(readers(captured), repetitions)
    const pair = (what: string) => [written.get(`captured, ${what}`), written.get(`bare, ${what}`)] as const
    const [single, together] = [{ atLeast: 0.6 }, { atLeast: 0.35 }]
    return [
      figure("capture, Kysely, single insert", "/s", pair("Kysely, single"), "without", single),
      figure("capture, Kysely, transactions of 100", "rows/s", pair("Kysely, together"), "without", together),
      figure("capture, SQLite, single insert", "/s", pair("SQLite, single"), "without", single),
      figure("capture, SQLite, transactions of 100", "rows/s", pair("SQLite, together"), "without", together),
      figure("journal, read", "changes/s", [read.get("read decoded"), read.get("read plain")], "undecoded"),
    ]
  } finally {
    for (const { engine } of [captured, bare, capturedRaw, bareRaw]) await engine.close()
    await rm(folder, { recursive: true, force: true })
  }
}
