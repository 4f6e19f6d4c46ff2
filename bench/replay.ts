import { execFile } from "node:child_process"
import { chmod, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { Client } from "pg"
import { startPostgres, type PostgresServer } from "understudy-db/testing"
import { figure, median, type BenchOptions, type Figure } from "./support/measure.ts"
import type { ReplayedJournal } from "./support/replay-process.ts"

/** Handing a journal back: 70 % updates and 30 % inserts, of one table, of tables that refer to each other, and with triggers. */
export async function replay({ repetitions, quick }: BenchOptions): Promise<readonly Figure[]> {
  await using server = await startPostgres({ durable: true, settings: { max_wal_size: "4GB" } })
  const changes = quick ? 50_000 : 200_000
  const [few, many] = quick ? [50_000, 200_000] : [100_000, 1_000_000]
  const one: ReplayedJournal[] = []
  const copied: number[] = []
  const small: ReplayedJournal[] = []
  const large: ReplayedJournal[] = []
  for (let round = 0; round < Math.min(repetitions, 3); round += 1) {
    one.push(await run(server, "one", changes))
    copied.push(await copyRate(server, changes))
    small.push(await run(server, "one", few))
    large.push(await run(server, "one", many))
  }
  const mixed = await run(server, "mixed", changes)
  const triggers = await run(server, "triggers", changes / 20)
  const rate = median(one.map(({ perSecond }) => perSecond))
  return [
    figure("one table", "changes/s", [rate, 20_000], "target", { atLeast: 1 }),
    figure("one table", "changes/s", [rate, median(copied)], "COPY of the same rows"),
    figure("two tables that refer to each other", "changes/s", [mixed.perSecond, rate], "one table"),
    figure("a table with a trigger", "changes/s", [triggers.perSecond, rate], "one table"),
    figure(
      `memory at ${many} pending`,
      "MiB",
      [median(large.map(({ peakMemory }) => peakMemory)), median(small.map(({ peakMemory }) => peakMemory))],
      `${few} pending`,
      { atMost: 1.25 },
    ),
    figure("a second run with nothing to do", "ms", [one[0]?.idleMs, 20], "target", { atMost: 1 }),
  ]
}

async function run(server: PostgresServer, kind: string, changes: number): Promise<ReplayedJournal> {
  await using database = await server.createDatabase()
  const folder = await mkdtemp(join(tmpdir(), "understudy-bench-replay-"))
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--conditions=understudy-source",
      join(import.meta.dirname, "support", "replay-process.ts"),
      database.url,
      join(folder, "fallback.sqlite"),
      kind,
      String(changes),
    ])
    return JSON.parse(stdout) as ReplayedJournal
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Rows a second of a plain COPY into the same table. */
async function copyRate(server: PostgresServer, rows: number): Promise<number> {
  await using database = await server.createDatabase()
  const client = new Client({ connectionString: database.adminUrl })
  await client.connect()
  const folder = await mkdtemp(join(tmpdir(), "understudy-bench-copy-"))
  // The server, which may run as another user, writes there.
  await chmod(folder, 0o777)
  const file = join(folder, "rows")
  try {
    await client.query(
      "create table items (id bigint primary key, title text not null, number bigint not null)",
    )
    await client.query(
      `copy (select g, 'Water plant number ' || g, g from generate_series(1, ${rows}) g) to '${file}'`,
    )
    const beganMs = performance.now()
    await client.query(`copy items from '${file}'`)
    return (rows * 1_000) / (performance.now() - beganMs)
  } finally {
    await client.end()
    await rm(folder, { recursive: true })
  }
}
