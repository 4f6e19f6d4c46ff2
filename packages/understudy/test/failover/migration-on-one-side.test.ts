import { sql } from "kysely"
import { expect, test } from "vitest"
import { MIGRATIONS, codes, untilState, useStage } from "./mirrored-program.ts"

const stage = useStage()

test("a migration that SQLite refuses keeps nothing from PostgreSQL, which is back in a moment (promise 1)", async () => {
  const migrations = {
    ...MIGRATIONS,
    "0002": {
      async up(db: Parameters<(typeof MIGRATIONS)[string]["up"]>[0]) {
        await sql`select pg_backend_pid()`.execute(db)
      },
    },
  }
  await using db = stage.open({}, { migrations })
  await db.kysely.insertInto("account").values({ id: "a", balance: 1 }).execute()
  await stage.postgres.stop("immediate")
  await untilState(db, "fallback")
  await expect.poll(() => codes(db), { timeout: 20_000 }).toContain("migration.failed")
  await stage.postgres.start()
  await untilState(db, "primary")
  await db.kysely.insertInto("account").values({ id: "b", balance: 1 }).execute()
}, 120_000)
