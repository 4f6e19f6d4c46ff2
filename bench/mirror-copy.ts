import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { Client } from "pg"
import type { PostgresServer } from "understudy-db/testing"
import { insertItems } from "./support/items.ts"
import { figure, type BenchOptions, type Figure } from "./support/measure.ts"
import { mirrorState, until } from "./support/mirror-progress.ts"
import type { OpenLoadResult } from "./support/open-load.ts"
import { createTask, startMirrored } from "./support/service.ts"

const RATE = 200

/** The first copy of a million rows while the service answers: how fast, how much memory, and who has to wait for it. */
export async function firstCopy(server: PostgresServer, { quick }: BenchOptions): Promise<readonly Figure[]> {
  const rows = quick ? 100_000 : 1_000_000
  const seconds = quick ? 2 : 8
  await using database = await server.createDatabase()
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    await using service = await startMirrored(database.url, true)
    const path = await createTask(service)
    await until("the mirror", async () => (await mirrorState(service)) === "live")
    await openLoad(`${service.url}${path}`, seconds)
    const idle = await service.peakMemory()
    // Without triggers: what is copied then is the table as a whole.
    await client.query("begin; alter table items disable trigger user")
    await client.query(insertItems(rows))
    await client.query("alter table items enable trigger user; commit")
    await client.query("vacuum analyze items")
    await until("the begin of the copy", async () => (await mirrorState(service)) === "copying")
    await until("the end of the copy", async () => (await mirrorState(service)) === "live")
    const quiet = await openLoad(`${service.url}${path}`, seconds)

    // A change of the table's definition has it copied again.
    await client.query("alter table items alter title set statistics 50")
    const during = openLoad(`${service.url}${path}`, seconds)
    await until("the begin of the copy", async () => (await mirrorState(service)) === "copying")
    const tookMs = await until("the end of the copy", async () => (await mirrorState(service)) === "live")
    const meanwhile = await during
    const perSecond = (rows * 1000) / tookMs
    const memory = (await service.peakMemory()) - idle
    const bare = await copyToNowhere(database.adminUrl, rows)
    return [
      figure("first copy", "rows/s", [perSecond, 80_000], "target", { atLeast: 1 }),
      figure("first copy", "rows/s", [perSecond, bare], "COPY to /dev/null"),
      figure("first copy, memory above idle", "MiB", [memory, 150], "target", { atMost: 1 }),
      figure(
        `GET /tasks/:id meanwhile, p99 at ${RATE}/s`,
        "ms",
        [meanwhile.p99Ms, quiet.p99Ms],
        "without a copy",
        { atMost: 3 },
      ),
      figure(
        `GET /tasks/:id meanwhile, longest`,
        "ms",
        [meanwhile.longestMs, quiet.longestMs],
        "without a copy",
      ),
    ]
  } finally {
    await client.end()
  }
}

/** The same rows, written to nowhere by the server itself: rows a second. */
async function copyToNowhere(adminUrl: string, rows: number): Promise<number> {
  const admin = new Client({ connectionString: adminUrl })
  await admin.connect()
  const beganMs = performance.now()
  await admin.query("copy items to '/dev/null'")
  const tookMs = performance.now() - beganMs
  await admin.end()
  return (rows * 1000) / tookMs
}

async function openLoad(url: string, seconds: number): Promise<OpenLoadResult> {
  const script = join(import.meta.dirname, "support/open-load.ts")
  const { stdout } = await promisify(execFile)(process.execPath, [script, url, String(seconds), String(RATE)])
  return JSON.parse(stdout) as OpenLoadResult
}
