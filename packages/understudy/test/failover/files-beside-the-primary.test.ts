import { expect, test } from "vitest"
import { AWAY, codes, untilHeld, useStage } from "./mirrored-program.ts"

const stage = useStage()

test("a file of this process's own that holds rows written while the primary was away is no mirror's target (promise 4)", async () => {
  await using first = stage.open()
  await untilHeld(first)
  // The first one holds fallback.sqlite: the second one writes beside it.
  const away = stage.open({ DATABASE_URL: AWAY })
  await away.kysely.insertInto("account").values({ id: "only here", balance: 7 }).execute()
  await away.close()
  const back = stage.open()
  await expect
    .poll(() => back.status().mirror, { timeout: 20_000 })
    .toMatchObject({ state: "absent", reason: "data.not-returned" })
  expect(codes(back)).toContain("data.not-returned")
  expect(back.status()).toMatchObject({ state: "primary", engine: "postgresql" })
  await back.close()
  await using later = stage.open({ DATABASE_URL: AWAY })
  expect(await later.kysely.selectFrom("account").selectAll().execute()).toEqual([
    { id: "only here", balance: 7 },
  ])
})
