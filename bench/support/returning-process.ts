// A fallback with many changes to hand back, and clients who write all the while: how long do they wait? In a process of
// its own. `returning-process.ts CHANGES RATE`
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import type { Kysely } from "kysely"
import { openBreakableDatabase } from "understudy-db/testing"

/** What a return came to. Times are milliseconds. */
export interface MeasuredReturn {
  /** Row changes that waited when PostgreSQL was there again. */
  readonly pending: number
  /** From then until PostgreSQL served. */
  readonly returnMs: number
  /** How long writes waited on SQLite, before: the median, and the longest. */
  readonly usualMs: number
  readonly usualLongestMs: number
  /** The longest wait of those that were under way when PostgreSQL took over. */
  readonly pauseMs: number
  /** The longest wait of any other write while changes were handed back, or just after. */
  readonly longestMs: number
  /** Writes that were not acknowledged, or are not in PostgreSQL in the end. */
  readonly lost: number
}

interface Tables {
  items: { id: string; title: string }
}

interface Written {
  readonly beganMs: number
  readonly endedMs: number
}

/** Rows of one transaction, and how many of these make the changes. */
const ROWS = 100
const [changes = 0, rate = 0] = process.argv.slice(2).map(Number)

await using breakable = await openBreakableDatabase<Tables>({
  migrations: {
    "0001-items": {
      async up(db: Kysely<unknown>) {
        await db.schema
          .createTable("items")
          .addColumn("id", "uuid", (column) => column.primaryKey())
          .addColumn("title", "text", (column) => column.notNull())
          .execute()
      },
    },
  },
})
const { database, kysely } = breakable
const newRow = (): { id: string; title: string } => ({ id: randomUUID(), title: "Water plants" })

await breakable.breakPrimary("kill")
await breakable.untilState("fallback")
const acknowledged: string[] = []
for (let count = 0; count < changes; count += ROWS) {
  const rows = Array.from({ length: ROWS }, newRow)
  await kysely.insertInto("items").values(rows).execute()
  acknowledged.push(...rows.map(({ id }) => id))
}

const SEEN_LATE_MS = 20
const written: Written[] = []
let failed = 0
async function write(): Promise<void> {
  const beganMs = performance.now()
  try {
    const row = newRow()
    await kysely.insertInto("items").values(row).execute()
    acknowledged.push(row.id)
    written.push({ beganMs, endedMs: performance.now() })
  } catch {
    failed += 1
  }
}
const ending = new AbortController()
const load = (async () => {
  const writes: Promise<void>[] = []
  for (let dueMs = performance.now(); !ending.signal.aborted; dueMs += 1_000 / rate) {
    writes.push(write())
    await wait(Math.max(0, dueMs - performance.now()))
  }
  await Promise.all(writes)
})()

await wait(2_000)
const thereMs = performance.now()
const pending = database.status().pending?.changes ?? 0
await breakable.healPrimary()
while (database.status().state !== "primary") await wait(1)
const servingMs = performance.now()
await wait(1_000)
ending.abort()
await load

const took = (some: readonly Written[]): number[] =>
  some.map(({ beganMs, endedMs }) => endedMs - beganMs).toSorted((a, b) => a - b)
const before = took(written.filter(({ endedMs }) => endedMs < thereMs))
// Those who waited are answered a moment before it is seen here that the primary serves.
const isUnderWay = ({ beganMs, endedMs }: Written): boolean =>
  beganMs <= servingMs && endedMs >= servingMs - SEEN_LATE_MS
const there = new Set((await kysely.selectFrom("items").select("id").execute()).map(({ id }) => id))
const result: MeasuredReturn = {
  pending,
  returnMs: servingMs - thereMs,
  usualMs: before[before.length >> 1] ?? 0,
  usualLongestMs: before.at(-1) ?? 0,
  pauseMs: took(written.filter(isUnderWay)).at(-1) ?? 0,
  longestMs: took(written.filter((each) => each.endedMs >= thereMs && !isUnderWay(each))).at(-1) ?? 0,
  lost: failed + acknowledged.filter((id) => !there.has(id)).length,
}
process.stdout.write(JSON.stringify(result))
