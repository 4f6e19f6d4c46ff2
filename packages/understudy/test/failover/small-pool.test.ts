import { Client } from "pg"
import { expect, test } from "vitest"
import type { Database } from "understudy-db"
import { untilState, useStage, type Accounts } from "./mirrored-program.ts"

const stage = useStage()

async function expectReturn(db: Database<Accounts>): Promise<void> {
  await db.kysely.insertInto("account").values({ id: "before", balance: 1 }).execute()
  await stage.postgres.stop("immediate")
  // A single statement on a connection whose end has not come through yet would have an unknown outcome.
  await untilState(db, "fallback")
  await db.kysely.insertInto("account").values({ id: "meanwhile", balance: 1 }).execute()
  await stage.postgres.start()
  await untilState(db, "primary")
  expect(await db.kysely.selectFrom("account").select("id").orderBy("id").execute()).toEqual([
    { id: "before" },
    { id: "meanwhile" },
  ])
}

test.each(["3", "5"])(
  "PostgreSQL serves again where a pool has few places: %s (promise 1)",
  async (size) => {
    await using db = stage.open({ DATABASE_POOL_MAX: size })
    await expectReturn(db)
  },
  120_000,
)

test("PostgreSQL serves again where it lets in fewer than the pool has places for (promise 1)", async () => {
  const admin = new Client({ connectionString: stage.postgres.adminUrl })
  await admin.connect()
  await admin.query(`alter role "${new URL(stage.url).username}" connection limit 5`)
  await admin.end()
  await using db = stage.open({ DATABASE_POOL_MAX: "10", DATABASE_MIRROR: "off" })
  await expectReturn(db)
}, 120_000)
