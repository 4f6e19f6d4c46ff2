import { expect, test } from "vitest"
import { untilHeld, useStage } from "./mirrored-program.ts"

const stage = useStage()

test("a write that is streamed is held only when the copy has it (promise 4)", async () => {
  await using db = stage.open()
  await untilHeld(db)
  const insert = (id: string) => db.kysely.insertInto("account").values({ id, balance: 1 }).returningAll()
  for await (const { id } of insert("a").stream()) expect(id).toBe("a")
  expect(db.status().mirror?.holdsNewestWrite).toBe(false)
  await untilHeld(db)
  for await (const _ of insert("b").stream()) break
  expect(db.status().mirror?.holdsNewestWrite).toBe(false)
})
