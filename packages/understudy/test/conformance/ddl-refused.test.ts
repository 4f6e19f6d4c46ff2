import { sql } from "kysely"
import { describe, expect, it } from "vitest"
import { openTestPostgres, openTestSqlite } from "../support/engines.ts"
import { REFUSED_EXPRESSIONS } from "./defined-expression-cases.ts"
import type { Loose } from "./ddl-outcome.ts"
import { DDL_REFUSED_CASES } from "./ddl-refused-cases.ts"
import { outcomeOf } from "./outcome.ts"

it.each(Object.entries(DDL_REFUSED_CASES))(
  "promise 3: %s is refused by name, and nothing is made",
  async (name, make) => {
    await using sqlite = await openTestSqlite<Loose>()
    const { kysely } = sqlite.sessions
    const { schema, introspection } = kysely
    await schema.createTable("t").addColumn("a", "integer").execute()
    const refused = (async () => make(schema, kysely).execute())()
    await expect(refused).rejects.toMatchObject({ code: "UNDERSTUDY_NOT_PORTABLE" })
    await expect(refused).rejects.toThrow(name)
    expect((await introspection.getTables()).map((table) => table.name)).toEqual(["t"])
  },
)

it("promise 3: a rename under a view that reads through a * in a subquery is refused by name", async () => {
  await using sqlite = await openTestSqlite<Loose>()
  const { kysely } = sqlite.sessions
  await kysely.schema.createTable("t").addColumn("a", "integer").execute()
  await kysely.schema
    .createView("v")
    .as(kysely.selectFrom(kysely.selectFrom("t").selectAll().as("s")).selectAll())
    .execute()
  await expect(kysely.schema.alterTable("t").renameColumn("a", "b").execute()).rejects.toMatchObject({
    code: "UNDERSTUDY_NOT_PORTABLE",
  })
  expect(await kysely.selectFrom("v").select("a").execute()).toEqual([])
})

it("promise 4: no table is dropped or changed under a name of another case", async () => {
  await using sqlite = await openTestSqlite<Loose>()
  const { schema, introspection } = sqlite.sessions.kysely
  await schema.createTable("t").addColumn("a", "integer").execute()
  const before = await introspection.getTables()
  await expect(schema.dropTable("T").execute()).rejects.toMatchObject({ code: "42P01" })
  await expect(schema.alterTable("T").dropColumn("a").execute()).rejects.toMatchObject({ code: "42P01" })
  await schema.dropTable("T").ifExists().execute()
  expect(await introspection.getTables()).toEqual(before)
})

describe("promise 3: what a definition would compute otherwise is refused by name", () => {
  it.each(REFUSED_EXPRESSIONS)("check (%s)", async (expression) => {
    const outcomes = []
    for (const open of [openTestPostgres, openTestSqlite]) {
      await using engine = await open<Loose>()
      const { schema } = engine.sessions.kysely
      const run = (): Promise<void> =>
        schema
          .createTable("t")
          .addColumn("a", "integer")
          .addColumn("b", "integer")
          .addColumn("price", "numeric(10, 2)")
          .addColumn("double", "double precision")
          .addColumn("name", "text")
          .addColumn("day", "date")
          .addColumn("moment", "timestamptz")
          .addCheckConstraint("rule", sql.raw(expression))
          .execute()
      outcomes.push(await outcomeOf(run))
    }
    expect(outcomes).toEqual([{ value: "undefined" }, { code: "UNDERSTUDY_NOT_PORTABLE" }])
  })
})
