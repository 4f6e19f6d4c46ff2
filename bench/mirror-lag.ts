import { setTimeout as wait } from "node:timers/promises"
import { Pool } from "pg"
import type { PostgresServer } from "understudy-db/testing"
import { figure, type BenchOptions, type Figure } from "./support/measure.ts"
import { mirrorState, openCopy, until } from "./support/mirror-progress.ts"
import { startMirrored } from "./support/service.ts"

const RATE = 500
/** So often the file is looked at. */
const LOOK_MS = 2

/** From a write's acknowledgement to its being there for a reader of the copy, at 500 writes a second. */
export async function lag(server: PostgresServer, { quick }: BenchOptions): Promise<readonly Figure[]> {
  const count = RATE * (quick ? 2 : 15)
  await using database = await server.createDatabase()
  await using service = await startMirrored(database.url, true)
  await until("the copy", async () => (await mirrorState(service)) === "live")
  using copy = openCopy(service)
  const pool = new Pool({ connectionString: database.url, max: 8 })
  pool.on("error", () => {})
  const acknowledgedMs = new Map<number, number>()
  const seenMs = new Map<number, number>()

  const write = async (number: number): Promise<void> => {
    await pool.query("insert into items values (gen_random_uuid(), 'one of many', $1, 1.5, now(), true)", [
      number,
    ])
    acknowledgedMs.set(number, performance.now())
  }
  const writing = (async (): Promise<void> => {
    const writes: Promise<void>[] = []
    const beganMs = performance.now()
    while (writes.length < count) {
      const due = Math.min(count, Math.floor(((performance.now() - beganMs) * RATE) / 1000) + 1)
      while (writes.length < due) writes.push(write(writes.length))
      await wait(1)
    }
    await Promise.all(writes)
  })()
  // Rows are only ever added, so that those after the last one are the new ones.
  const look = copy.prepare("select rowid as place, number from items where rowid > ? order by rowid")
  let last = 0
  await until("the last write", async () => {
    await wait(LOOK_MS)
    const rows = look.all(last)
    const nowMs = performance.now()
    for (const { place, number } of rows) {
      seenMs.set(Number(number), nowMs)
      last = Number(place)
    }
    return seenMs.size === count
  })
  await writing
  await pool.end()

  const lags = [...seenMs]
    .map(([number, ms]) => Math.max(0, ms - (acknowledgedMs.get(number) ?? ms)))
    .toSorted((a, b) => a - b)
  const at = (share: number): number => lags[Math.floor(lags.length * share)] ?? 0
  return [
    figure(`lag at ${RATE} writes/s, p99`, "ms", [at(0.99), 500], "target", { atMost: 1 }),
    figure(`lag at ${RATE} writes/s, p50`, "ms", [at(0.5), 500], "target of p99"),
  ]
}
