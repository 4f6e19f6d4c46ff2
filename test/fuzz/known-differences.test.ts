import { sql } from "kysely"
import { afterAll, beforeAll, expect, test } from "vitest"
import { workerPostgres } from "../support/worker-postgres.ts"
import { Engines, type Pair } from "./engines.ts"
import { KNOWN_DIFFERENCES } from "./known-differences.ts"

let engines: Engines
let pair: Pair

beforeAll(async () => {
  engines = await Engines.open(await workerPostgres())
  pair = await engines.fresh()
  for (const { kysely } of [pair.sqlite, pair.postgres]) {
    await kysely.schema.createTable("t").addColumn("id", "integer").addColumn("name", "jsonb").execute()
    await kysely
      .insertInto("t")
      .values([
        { id: 1, name: '"B"' },
        { id: 2, name: '"a"' },
      ])
      .execute()
  }
})

afterAll(async () => {
  await engines[Symbol.asyncDispose]()
})

test("promise 3: each known difference has a test here", () => {
  expect(KNOWN_DIFFERENCES.map((each) => each.test)).toEqual([
    "text of no column",
    "the error of a condition that need not be computed",
    "the error of a constant",
    "a scalar's place",
  ])
})

test("promise 3: text of no column", async () => {
  const names = ({ kysely }: Pair["sqlite"]): Promise<unknown> =>
    kysely
      .selectFrom("t")
      .select("id")
      .orderBy(sql`cast(name as text)`)
      .execute()
  expect(await names(pair.sqlite)).toEqual([{ id: 1 }, { id: 2 }])
  expect(await names(pair.postgres)).toEqual([{ id: 2 }, { id: 1 }])
})

test("promise 3: a scalar's place", async () => {
  const first = ({ kysely }: Pair["sqlite"]): Promise<unknown> =>
    kysely
      .selectFrom("t")
      .select((eb) =>
        eb
          .ref("name", "->")
          .at(0 as never)
          .as("x"),
      )
      .where("id", "=", 1)
      .execute()
  expect(await first(pair.sqlite)).toEqual([{ x: null }])
  expect(await first(pair.postgres)).toEqual([{ x: "B" }])
})

test("promise 3: the error of a condition that need not be computed", async () => {
  const asked = ({ kysely }: Pair["sqlite"]): Promise<unknown> =>
    kysely
      .selectFrom("wide")
      .select((eb) =>
        eb
          .or([
            eb("more", "!=", 0),
            eb.between(eb.cast<number>("least", "int2"), eb.val(-1), eb.ref("small")),
          ])
          .as("x"),
      )
      .execute()
  for (const { kysely } of [pair.sqlite, pair.postgres]) {
    await kysely.schema
      .createTable("wide")
      .addColumn("least", "integer")
      .addColumn("small", "int2")
      .addColumn("more", "integer", (c) => c.generatedAlwaysAs(sql`least + 1`).stored())
      .execute()
    await kysely.insertInto("wide").values({ least: -2147483648, small: 2 }).execute()
  }
  expect(await asked(pair.postgres)).toEqual([{ x: true }])
  await expect(asked(pair.sqlite)).rejects.toMatchObject({ code: "22003" })
})

test("promise 3: the error of a constant", async () => {
  const asked = ({ kysely }: Pair["sqlite"]): Promise<unknown> =>
    kysely
      .selectFrom("t")
      .select((eb) => eb(eb.cast<number>(eb.val(7), "float8"), "*", eb.val(1.7e308)).as("x"))
      .where("id", "=", 0)
      .execute()
  expect(await asked(pair.sqlite)).toEqual([])
  await expect(asked(pair.postgres)).rejects.toMatchObject({ code: "22003" })
  const besideNull = ({ kysely }: Pair["sqlite"]): Promise<unknown> =>
    kysely
      .selectFrom("t")
      .select((eb) =>
        eb(
          eb.parens(eb(eb.cast<number>("id", "int2"), "*", eb.cast<number>(eb.val(32767), "int2"))),
          "+",
          eb.cast<number>(eb.lit(null), "int2"),
        ).as("x"),
      )
      .where("id", "=", 2)
      .execute()
  expect(await besideNull(pair.postgres)).toEqual([{ x: null }])
  await expect(besideNull(pair.sqlite)).rejects.toMatchObject({ code: "22003" })
})
