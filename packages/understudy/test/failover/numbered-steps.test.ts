import { expect, test } from "vitest"
import { FAULT_POINTS } from "../../src/base/fault-point.ts"
import { untilHeld, useStage } from "./mirrored-program.ts"
import { onPrimary, writeThroughOutage } from "./write-through-outage.ts"

const stage = useStage()

/** All is handed back, each acknowledged row is in PostgreSQL once, or parked, and the copy is what PostgreSQL has. */
async function expectNothingLost(said: readonly string[]): Promise<{ parked: number }> {
  await using db = stage.open({ DATABASE_FALLBACK_AFTER: "0" })
  await untilHeld(db)
  expect(db.status()).toMatchObject({ state: "primary", pending: null })
  const { rows, parked } = await onPrimary(stage)
  expect(said.filter((id) => !rows.has(id) && !parked.includes(id))).toEqual([])
  expect(parked.filter((id) => rows.has(id))).toEqual([])
  expect(rows.get("counter")).toBe(rows.size - 1)
  await stage.postgres.stop("immediate")
  const copy = await db.kysely.selectFrom("account").selectAll().execute()
  expect(db.status().state).toBe("fallback")
  expect(new Map(copy.map(({ id, balance }) => [id, balance]))).toEqual(rows)
  return { parked: parked.length }
}

test.each(FAULT_POINTS.filter((point) => point.startsWith("failover.")))(
  "promise 4: killed at %s, each acknowledged write is in PostgreSQL once, and the copy is what it has",
  async (point) => {
    const { said, signal } = await writeThroughOutage(stage, point)
    expect(signal).toBe("SIGKILL")
    expect(await expectNothingLost(said)).toEqual({ parked: 0 })
  },
  120_000,
)

/** There PostgreSQL has served for a while, and has writes that the copy has not. */
const WITH_NEWER_WRITES: readonly string[] = ["failover.forgotten", "failover.copy-settled"]

test.each(FAULT_POINTS.filter((point) => !/^(?:mirror|leftover)\./.test(point)))(
  "promise 4: PostgreSQL killed, or there again, at %s: likewise, and the process goes on",
  async (point) => {
    const { postgres } = stage
    const { said, met, code } = await writeThroughOutage(stage, point, () =>
      postgres.pid === null ? postgres.start() : postgres.kill(),
    )
    expect(met).toBeGreaterThan(0)
    expect(code).toBe(0)
    const { parked } = await expectNothingLost(said)
    if (!WITH_NEWER_WRITES.includes(point)) expect(parked).toBe(0)
  },
  120_000,
)
