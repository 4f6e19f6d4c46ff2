import { expect, test } from "vitest"
import { useStage } from "./mirrored-program.ts"

const stage = useStage()

test.each(["3", "5"])(
  "PostgreSQL serves again where a pool has few places: %s (promise 1)",
  async (size) => {
    await using db = stage.open({ DATABASE_POOL_MAX: size })
    await db.kysely.insertInto("account").values({ id: "before", balance: 1 }).execute()
    await stage.postgres.stop("immediate")
    await db.kysely.insertInto("account").values({ id: "meanwhile", balance: 1 }).execute()
    expect(db.status().state).toBe("fallback")
    await stage.postgres.start()
    await expect.poll(() => db.status().state, { timeout: 60_000 }).toBe("primary")
    expect(await db.kysely.selectFrom("account").select("id").orderBy("id").execute()).toEqual([
      { id: "before" },
      { id: "meanwhile" },
    ])
  },
  120_000,
)
