import { rm, mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { SqliteEngine } from "../../../src/engine/sqlite/engine.ts"
import { sessionsOn } from "../../support/engines.ts"

interface Tables {
  t: { id: number }
  v: { id: number; big: boolean; n: number }
}

it("promise 3: a view's expressions keep their types in a file that is opened again, and are told of", async () => {
  const folder = await mkdtemp(join(tmpdir(), "understudy-view-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  const open = (): SqliteEngine =>
    new SqliteEngine({
      file: join(folder, "test.sqlite"),
      role: "embedded",
      synchronous: "normal",
      waitMs: 5_000,
      values: { int8: "bigint", timestamptz: "date" },
    })
  const first = open()
  const { kysely } = sessionsOn<Tables>(first)
  await kysely.schema.createTable("t").addColumn("id", "integer").execute()
  await kysely.insertInto("t").values({ id: 7 }).execute()
  const body = kysely
    .selectFrom("t")
    .select((eb) => ["id", eb("id", ">", 5).as("big"), eb.lit(9e9 as never).as("n")])
  await kysely.schema.createView("v").as(body).execute()
  await first.close()
  const second = open()
  onTestFinished(() => second.close())
  const again = sessionsOn<Tables>(second).kysely
  expect(await again.selectFrom("v").selectAll().execute()).toEqual([{ id: 7, big: true, n: 9_000_000_000n }])
  const [, view] = await again.introspection.getTables()
  expect(view?.columns.map((column) => column.dataType)).toEqual(["int4", "bool", "int8"])
})
