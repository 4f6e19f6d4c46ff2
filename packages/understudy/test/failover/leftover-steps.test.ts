import { once } from "node:events"
import { join } from "node:path"
import { expect, test } from "vitest"
import { FAULT_POINTS } from "../../src/base/fault-point.ts"
import { lookAtFile } from "../../src/host/file-facts.ts"
import { AWAY, mirrorOnce, untilHeld, useStage } from "./mirrored-program.ts"
import { isStopped, onPrimary, spawnStepping } from "./write-through-outage.ts"

const stage = useStage()
const POINTS = FAULT_POINTS.filter((point) => point.startsWith("leftover."))

/** Leaves three transactions in a file beside fallback.sqlite; no PostgreSQL was there. */
async function leaveBehind(): Promise<string> {
  await using holder = stage.open({ DATABASE_URL: AWAY })
  await holder.ready()
  await using db = stage.open({ DATABASE_URL: AWAY })
  for (const id of ["b", "c", "d"])
    await db.write((session) => session.insertInto("account").values({ id, balance: 7 }).execute())
  return join(stage.folder, "fallback-2.sqlite")
}

/** All that the two files took, and nothing parked. What the program wrote since is its own. */
async function expectEachOnce(): Promise<void> {
  const { rows, parked } = await onPrimary(stage)
  expect(parked).toEqual([])
  const told = [...rows].filter(([id]) => id.length === 1)
  expect(Object.fromEntries(told)).toEqual({ a: 1, b: 7, c: 7, d: 7 })
}

test.each(POINTS.flatMap((point) => [{ point, whose: "beside" } as const, { point, whose: "own" } as const]))(
  "promise 4: killed at $point of a file $whose, each of its writes is in PostgreSQL once",
  async ({ point, whose }) => {
    await mirrorOnce(stage, ["a"])
    const file = await leaveBehind()
    {
      // While that one is held, the file is the process's own.
      await using holder = whose === "own" ? stage.open({ DATABASE_URL: AWAY }) : undefined
      await holder?.ready()
      await using child = spawnStepping(stage, point, "SIGKILL")
      child.stdout.resume()
      expect(await once(child, "exit")).toEqual([null, "SIGKILL"])
    }

    await using db = stage.open({ DATABASE_FALLBACK_AFTER: "0" })
    await untilHeld(db)
    await expect.poll(() => lookAtFile(file).journal, { timeout: 20_000 }).not.toBe("owed")
    await expectEachOnce()
    expect(db.status()).toMatchObject({ state: "primary", pending: null, parked: 0 })
    // What the copy follows it follows in its order.
    await db.kysely.insertInto("account").values({ id: "e", balance: 0 }).execute()
    await untilHeld(db)
    await stage.postgres.stop("immediate")
    const copy = await db.kysely.selectFrom("account").select("id").where("id", "!=", "counter").execute()
    expect(db.status().state).toBe("fallback")
    expect(copy.map(({ id }) => id).toSorted()).toEqual(["a", "b", "c", "d", "e"])
  },
  120_000,
)

test.each(POINTS)(
  "promise 4: PostgreSQL killed at %s of a file beside: likewise, and the process goes on",
  async (point) => {
    await mirrorOnce(stage, ["a"])
    const file = await leaveBehind()
    await using child = spawnStepping(stage, point, "SIGSTOP")
    child.stdout.resume()
    await expect.poll(() => isStopped(child), { timeout: 30_000 }).toBe(true)
    await stage.postgres.kill()
    await stage.postgres.start()
    child.kill("SIGCONT")
    await expect.poll(() => lookAtFile(file).journal, { timeout: 60_000 }).not.toBe("owed")
    await expectEachOnce()
    expect([child.exitCode, child.signalCode]).toEqual([null, null])
  },
  120_000,
)
