import { setTimeout as wait } from "node:timers/promises"
import type { Client } from "pg"
import { copiedContent, differences, primaryContent } from "../../packages/understudy/src/drill/compare.ts"
import { COLUMNS } from "./columns.ts"
import type { MirrorSide } from "./mirror-side.ts"
import { REGIONS } from "./tables.ts"
import { untilUp } from "./until-up.ts"
import { whoWaits } from "./who-waits.ts"

const POLL_MS = 20

/** Is a transaction under way that has changed something? What the mirrors note of themselves is short. */
const WRITING = `select count(*)::int as writing from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_xid is not null`

/** A text that is another one as soon as the rows of a table are. */
const DIGEST = `select string_agg(digest, ' ') as digest from (${[
  ...Object.keys(COLUMNS),
  ...REGIONS.map((region) => `reading_${region}`),
]
  .map(
    (table) =>
      `select '${table} ' || count(*) || ' ' || coalesce(sum(hashtextextended(t.*::text, 0)), 0) as digest from ${table} t`,
  )
  .join(" union all ")}) tables`

async function digestOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ digest: string }>(DIGEST)
  return rows[0]?.digest ?? ""
}

async function untilNobodyWrites(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ writing: number }>(WRITING)
    if (rows[0]?.writing === 0) return
    await wait(POLL_MS)
  }
}

/** Waits until nothing changes and every mirror is up with the primary; gives what differs between them. */
export async function compareQuietly(client: Client, sides: readonly MirrorSide[]): Promise<string[]> {
  for (;;) {
    await untilNobodyWrites(client)
    const before = await digestOf(client)
    const fromMs = Date.now()
    const late = (await Promise.all(sides.map((side) => untilUp(side, fromMs)))).filter(
      (why) => why !== undefined,
    )
    if (late.length > 0) return [...late, ...(await whoWaits(client))]
    const primary = await primaryContent(client, COLUMNS)
    const found = sides.flatMap((side) =>
      differences(primary, copiedContent(side.file, COLUMNS)).map((line) => `${side.name}: ${line}`),
    )
    // What a healed connection still had to say may have come late.
    if ((await digestOf(client)) === before) return found
  }
}
