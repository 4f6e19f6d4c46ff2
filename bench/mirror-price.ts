import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sql } from "kysely"
import { openDatabase, type Database } from "understudy-db"
import type { PostgresServer } from "understudy-db/testing"
import { createItems, insertItems, type ItemsTables } from "./support/items.ts"
import {
  figure,
  interleave,
  perSecond,
  type BenchOptions,
  type Contestant,
  type Figure,
} from "./support/measure.ts"
import { mirrorState, until } from "./support/mirror-progress.ts"
import { putLoad } from "./support/put-load.ts"
import { startMirrored, type Service } from "./support/service.ts"

/** How many inserts are under way at once. */
const TOGETHER = 8
const BULK_ROWS = 100_000

/** What the capture and the mirror beside it cost whoever writes. */
export async function price(server: PostgresServer, options: BenchOptions): Promise<readonly Figure[]> {
  return [...(await throughBackend(server, options)), ...(await throughLibrary(server, options))]
}

async function throughBackend(
  server: PostgresServer,
  { repetitions, quick }: BenchOptions,
): Promise<readonly Figure[]> {
  await using mirroredPrimary = await server.createDatabase()
  await using barePrimary = await server.createDatabase()
  await using ours = await startMirrored(mirroredPrimary.url, true)
  await using bare = await startMirrored(barePrimary.url, false)
  await until("the copy", async () => (await mirrorState(ours)) === "live")
  const post = (name: string, { url }: Service): Contestant => ({
    name,
    run: async () =>
      (await putLoad(`${url}/tasks`, quick ? 1 : 4, TOGETHER, { title: "one of many" })).perSecond,
  })
  const contestants = [post("bare", bare), post("ours", ours)]
  // The first run lets the compiler see what is hot.
  for (const { run } of contestants) await run()
  const posts = await interleave(contestants, repetitions)
  return [
    figure("POST /tasks, mirrored", "/s", [posts.get("ours"), posts.get("bare")], "without a mirror", {
      atLeast: 0.7,
    }),
  ]
}

async function throughLibrary(
  server: PostgresServer,
  { repetitions, quick }: BenchOptions,
): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-bench-"))
  await using mirroredPrimary = await server.createDatabase()
  await using barePrimary = await server.createDatabase()
  const open = (url: string, name: string, mirrored: "on" | "off"): Database<ItemsTables> =>
    openDatabase<ItemsTables>({
      env: {
        NODE_ENV: "production",
        DATABASE_URL: url,
        DATABASE_PATH: join(folder, name),
        DATABASE_FALLBACK: "read-only",
        DATABASE_MIRROR: mirrored,
      },
      migrations: { "0001-items": createItems },
    })
  const ours = open(mirroredPrimary.url, "mirrored", "on")
  const bare = open(barePrimary.url, "bare", "off")
  try {
    await Promise.all([ours.ready(), bare.ready()])
    const triggers = sql<{ count: number }>`
      select count(*)::int as count from pg_trigger where tgrelid = 'items'::regclass and tgname like 'understudy%'`
    await until("the capture", async () => ((await triggers.execute(ours.kysely)).rows[0]?.count ?? 0) > 0)
    if ((await triggers.execute(bare.kysely)).rows[0]?.count !== 0) throw new Error("both are captured")

    const count = quick ? 500 : 4_000
    const single = (name: string, db: Database<ItemsTables>) => ({
      name,
      run: () =>
        perSecond(count, TOGETHER, (number) =>
          db.kysely
            .insertInto("items")
            .values({
              id: crypto.randomUUID(),
              title: "one",
              number,
              price: "1.50",
              changed_at: new Date(),
              done: true,
            })
            .execute(),
        ),
    })
    const bulk = (name: string, db: Database<ItemsTables>) => ({
      name,
      async run() {
        const beganMs = performance.now()
        await sql.raw(insertItems(BULK_ROWS)).execute(db.kysely)
        return performance.now() - beganMs
      },
    })
    const singles = await interleave([single("bare", bare), single("ours", ours)], repetitions)
    const bulks = await interleave([bulk("bare", bare), bulk("ours", ours)], Math.min(repetitions, 5))
    const pair = (figures: ReadonlyMap<string, number>) => [figures.get("ours"), figures.get("bare")] as const
    return [
      figure("single insert by the library, mirrored", "/s", pair(singles), "without a mirror"),
      figure(
        `insert of ${BULK_ROWS.toLocaleString("en-US")} rows, mirrored`,
        "ms",
        pair(bulks),
        "without a mirror",
        {
          atMost: 3.5,
        },
      ),
    ]
  } finally {
    await Promise.all([ours.close(), bare.close()])
    await rm(folder, { recursive: true, force: true })
  }
}
