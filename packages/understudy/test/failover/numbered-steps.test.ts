import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { Client } from "pg"
import { expect, test } from "vitest"
import { FAULT_POINTS } from "../../src/base/fault-point.ts"
import { untilHeld, useStage } from "./mirrored-program.ts"

const stage = useStage()

const POINTS = FAULT_POINTS.filter((point) => point.startsWith("failover."))
/** So many are taken by SQLite before PostgreSQL is there again. */
const WRITES_AWAY = 5

/** Lets the program go through an outage. Gives what it said, and the signal by which it ended. */
async function goThroughOutage(point: string): Promise<{ said: string[]; signal: string | null }> {
  const program = join(import.meta.dirname, "stepping-program.ts")
  const conditions = ["--conditions=understudy-faults", "--conditions=understudy-source"]
  const child = spawn(process.execPath, [...conditions, program], {
    env: {
      NODE_ENV: "production",
      DATABASE_URL: stage.url,
      DATABASE_PATH: stage.folder,
      DATABASE_FALLBACK: "read-write",
      DATABASE_FALLBACK_AFTER: "0",
      UNDERSTUDY_FAULT_POINT: point,
    },
    stdio: ["ignore", "pipe", "ignore"],
  })
  const ended = once(child, "exit") as Promise<[number | null, string | null]>
  const said: string[] = []
  let away = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === "live") await stage.postgres.stop("immediate")
    else said.push(line)
    // Those that SQLite has taken, but for a first one that PostgreSQL may have.
    if (stage.postgres.pid === null && (away += 1) === WRITES_AWAY) await stage.postgres.start()
  }
  const [, signal] = await ended
  if (stage.postgres.pid === null) await stage.postgres.start()
  return { said, signal }
}

async function onPrimary(): Promise<Map<string, number>> {
  const client = new Client(stage.url)
  await client.connect()
  const { rows } = await client.query<{ id: string; balance: number }>("select id, balance from account")
  await client.end()
  return new Map(rows.map(({ id, balance }) => [id, balance]))
}

test.each(POINTS)(
  "promise 4: killed at %s, each acknowledged write is in PostgreSQL once, and the copy is what it has",
  async (point) => {
    const { said, signal } = await goThroughOutage(point)
    expect(signal).toBe("SIGKILL")
    await using db = stage.open({ DATABASE_FALLBACK_AFTER: "0" })
    await untilHeld(db)
    expect(db.status()).toMatchObject({ state: "primary", pending: null, parked: 0 })
    const rows = await onPrimary()
    expect(said.filter((id) => !rows.has(id))).toEqual([])
    expect(rows.get("counter")).toBe(rows.size - 1)
    await stage.postgres.stop("immediate")
    const copy = await db.kysely.selectFrom("account").selectAll().execute()
    expect(db.status().state).toBe("fallback")
    expect(new Map(copy.map(({ id, balance }) => [id, balance]))).toEqual(rows)
  },
  120_000,
)
