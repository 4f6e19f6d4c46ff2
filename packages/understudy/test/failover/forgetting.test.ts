import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { sql } from "kysely"
import { expect, test } from "vitest"
import type { Database } from "understudy-db"
import { AWAY, mirrorOnce, untilHeld, untilState, useStage, type Accounts } from "./mirrored-program.ts"

const stage = useStage()

/** How many changes the journal of a file has. */
function kept(name: string): number {
  using database = new DatabaseSync(join(stage.folder, name), { readOnly: true })
  return Number(database.prepare("select count(*) as kept from understudy_change").get()?.["kept"])
}

const MANY = 60_000

/** By one statement, on SQLite. */
async function writeMany(db: Database<Accounts>): Promise<void> {
  await db.write((session) =>
    sql`insert into account with recursive g(n) as (select 1 union all select n + 1 from g where n < ${MANY})
      select 'many ' || n, n from g`.execute(session),
  )
}

/** PostgreSQL comes back, and goes again as soon as it serves. */
async function comeAndGo(db: Database<Accounts>): Promise<void> {
  await stage.postgres.start()
  await untilState(db, "primary")
  await stage.postgres.stop("immediate")
  await untilState(db, "fallback")
}

test("a file beside of which everything was handed back is made to forget it as well", async () => {
  {
    await using holder = stage.open({ DATABASE_URL: AWAY })
    await holder.ready()
    await using away = stage.open({ DATABASE_URL: AWAY })
    for (const id of ["a", "b", "c"])
      await away.kysely.insertInto("account").values({ id, balance: 7 }).execute()
  }
  expect(kept("fallback-2.sqlite")).toBe(3)
  {
    // As a process leaves it that was killed right after its return.
    using database = new DatabaseSync(join(stage.folder, "fallback-2.sqlite"))
    database.exec("update understudy_origin set returned_at = 1")
  }
  await using db = stage.open()
  await untilHeld(db)
  await expect.poll(() => kept("fallback-2.sqlite"), { timeout: 20_000 }).toBe(1)
})

test("what was handed back is forgotten meanwhile, and an outage that begins then does not wait for it (promises 1 and 4)", async () => {
  await mirrorOnce(stage, ["a"])
  await stage.postgres.stop("immediate")
  await using db = stage.open()
  await writeMany(db)
  await comeAndGo(db)
  await db.kysely.selectFrom("account").select("id").limit(1).execute()
  expect(kept("fallback.sqlite")).toBeGreaterThan(1)
  await db.write((session) => session.insertInto("account").values({ id: "b", balance: 1 }).execute())
  await stage.postgres.start()
  await untilState(db, "primary")
  await untilHeld(db)
  expect(kept("fallback.sqlite")).toBe(1)
  const counted = await db.kysely
    .selectFrom("account")
    .select(({ fn }) => [fn.countAll().as("rows"), fn.count("id").distinct().as("ids")])
    .executeTakeFirstOrThrow()
  expect({ rows: Number(counted.rows), ids: Number(counted.ids) }).toEqual({ rows: MANY + 2, ids: MANY + 2 })
}, 240_000)

test("in an outage right after the first return the file is not taken for all that PostgreSQL has (promise 4)", async () => {
  {
    await using there = stage.open({ DATABASE_FALLBACK: "off" })
    await there.kysely.insertInto("account").values({ id: "theirs", balance: 1 }).execute()
  }
  await stage.postgres.stop("immediate")
  await using db = stage.open()
  await writeMany(db)
  await comeAndGo(db)
  await expect(db.kysely.selectFrom("account").select("id").execute()).rejects.toMatchObject({
    code: "UNDERSTUDY_NO_COPY",
  })
}, 240_000)
