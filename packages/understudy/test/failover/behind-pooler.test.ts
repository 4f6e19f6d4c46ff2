import { expect, test } from "vitest"
import { findPgbouncer, startPgbouncer } from "../../../../test/support/pgbouncer.ts"
import { untilHeld, untilState, useStage } from "./mirrored-program.ts"
import { onPrimary } from "./write-through-outage.ts"

const stage = useStage()

const balances = async (): Promise<object> => Object.fromEntries((await onPrimary(stage)).rows)

const MODES = [
  { mode: "transaction", away: "killed" },
  { mode: "transaction", away: "silent" },
  { mode: "session", away: "killed" },
] as const

test.skipIf(findPgbouncer() === undefined).each(MODES)(
  "behind pgbouncer ($mode), whose server is $away: SQLite stands in, and hands everything back once (promise 4)",
  async ({ mode, away }) => {
    const { postgres } = stage
    // By default it looks every 15 s whether its server is there again.
    await using pooler = await startPgbouncer(postgres, mode, { server_login_retry: "1" })
    await using db = stage.open({ DATABASE_URL: pooler.through(stage.url), DATABASE_FALLBACK_AFTER: "0" })
    const add = (id: string): Promise<unknown> =>
      db.write((session) => session.insertInto("account").values({ id, balance: 1 }).execute())
    await add("before")
    await untilHeld(db)
    expect(db.status()).toMatchObject({ state: "primary", engine: "postgresql" })

    await (away === "killed" ? postgres.kill() : postgres.pause())
    await untilState(db, "fallback")
    await add("meanwhile")
    await db.write((session) =>
      session.updateTable("account").set({ balance: 5 }).where("id", "=", "before").execute(),
    )
    expect(await db.kysely.selectFrom("account").select("id").orderBy("id").execute()).toEqual([
      { id: "before" },
      { id: "meanwhile" },
    ])

    await (away === "killed" ? postgres.start() : postgres.resume())
    await untilState(db, "primary")
    await add("after")
    await untilHeld(db)
    expect(db.status()).toMatchObject({ parked: 0, pending: null })
    expect(await balances()).toEqual({ before: 5, meanwhile: 1, after: 1 })
  },
  120_000,
)
