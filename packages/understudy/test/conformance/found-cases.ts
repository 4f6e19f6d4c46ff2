import type { QueryCase } from "./query-cases.ts"

/** Programs on which the engines once differed, as the fuzzer found them. */
export const FOUND_CASES: readonly QueryCase[] = [
  {
    name: "a date with a time and a zone behind it",
    run: (db) =>
      db
        .insertInto("every")
        .values([{ day: "2026-01-31 23:59:59+02" }, { day: "2026-01-31T00:00:00Z" }])
        .returning("day")
        .execute(),
  },
  {
    name: "keys of documents that look like paths, and the empty one",
    run: async (db) => {
      await db
        .insertInto("every")
        .values([{ doc: '{"": 1, "[0]": 2, "$": 3}', docb: '{"": {"": 1}, "[0]": 2}' }])
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => [
          eb
            .ref("doc", "->")
            .key("" as never)
            .as("a"),
          eb
            .ref("doc", "->>")
            .key("[0]" as never)
            .as("b"),
          eb
            .ref("doc", "->>")
            .key("$" as never)
            .as("c"),
          eb
            .ref("docb", "->")
            .key("" as never)
            .key("" as never)
            .as("d"),
          eb
            .ref("docb", "->>")
            .key("[0]" as never)
            .as("e"),
        ])
        .execute()
    },
  },
  {
    name: "jsonb keeps keys in an order of its own, and no sign of zero",
    run: async (db) => {
      await db
        .insertInto("every")
        .values([{ docb: '{"bb": -0, "a": 1, "a": -0.0}' }])
        .execute()
      const [row] = await db.selectFrom("every").select("docb").execute()
      return [row, JSON.stringify(row)]
    },
  },
  {
    name: "zeros that are computed have no sign",
    run: async (db) => {
      await db
        .insertInto("every")
        .values([{ double: 0, single: 0, price: "0", medium: -3 }])
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => [
          eb("double", "/", eb.ref("medium")).as("a"),
          eb.neg("double").as("b"),
          eb.neg("single").as("c"),
          eb.neg("price").as("d"),
          eb(eb.neg("double"), "=", 0).as("e"),
        ])
        .execute()
    },
  },
  {
    name: "a single-precision number below the normal ones",
    run: (db) =>
      db.insertInto("every").values({ single: 1.1210387714598537e-44 }).returning("single").execute(),
  },
  {
    name: "a numeric or a parameter of more digits",
    run: async (db) => {
      await db
        .insertInto("every")
        .values([{ price: null }, { price: "1.5" }])
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => [
          eb.fn.coalesce("price", eb.val("0.125")).as("a"),
          eb.case().when("price", "is", null).then(eb.val("0.125")).else(eb.ref("price")).end().as("b"),
          eb(eb.fn.coalesce("price", eb.val("0.125")), "=", "0.125").as("c"),
        ])
        .orderBy("id")
        .execute()
    },
  },
  ...[
    [{ name: "x" }, { name: "x" }],
    [{ name: "there" }, { name: "there" }],
    [{ name: "there" }, { name: "x" }],
  ].flatMap((rows) =>
    [0, 5].map((least) => ({
      name: `an upsert of ${rows.map(({ name }) => name).join(" and ")}, of ranks from ${least}`,
      run: async (db: Parameters<QueryCase["run"]>[0]) => {
        await db.insertInto("parent").values({ name: "there", rank: 1 }).execute()
        return db
          .insertInto("parent")
          .values(rows)
          .onConflict((oc) => oc.column("name").doUpdateSet({ rank: 9 }).where("parent.rank", ">=", least))
          .returning(["name", "rank"])
          .execute()
      },
    })),
  ),
  {
    name: "an upsert from a select that gives a key twice",
    run: async (db) => {
      await db
        .insertInto("every")
        .values([{ body: "x" }, { body: "x" }])
        .execute()
      return db
        .insertInto("parent")
        .columns(["name"])
        .expression((eb) =>
          eb
            .selectFrom("every")
            .select("body as name")
            .where("body", "is not", null)
            .$castTo<{ name: string }>(),
        )
        .onConflict((oc) => oc.column("name").doUpdateSet({ rank: 9 }))
        .execute()
    },
  },
]

/** Programs that gave another answer, or another error, before they were refused by name. */
export const FOUND_REFUSALS: readonly QueryCase[] = [
  ...["0044-03-15 BC", "0044-03-15 12:00:00 BC", "10000-01-01", "infinity", "epoch"].map((day) => ({
    name: `the date ${day}`,
    run: (db: Parameters<QueryCase["run"]>[0]) => db.insertInto("every").values({ day }).execute(),
  })),
  ...["0044-03-15 12:00:00 BC", "10000-01-01 00:00:00+00", "-infinity", "now"].map((moment) => ({
    name: `the moment ${moment}`,
    run: (db: Parameters<QueryCase["run"]>[0]) =>
      db
        .selectFrom("every")
        .select("id")
        .where("moment", "<", moment as never)
        .execute(),
  })),
]
