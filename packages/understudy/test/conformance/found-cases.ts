import { sql, type ExpressionBuilder } from "kysely"
import type { QueryCase } from "./query-cases.ts"
import type { Tables } from "./tables.ts"

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
    name: "single-precision numbers below the normal ones, and where a shorter decimal is halfway to the next",
    run: (db) =>
      db
        .insertInto("every")
        .values([1.1210387714598537e-44, 65156648, -65156648, 16777217, 0.1].map((single) => ({ single })))
        .returning((eb) => ["single", eb.cast<string>("single", "text").as("text")])
        .execute(),
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
  {
    name: "numerics of a known scale inside others",
    run: async (db) => {
      await db
        .insertInto("every")
        .values([
          { price: "0.5", medium: 1 },
          { price: "2", medium: 2 },
        ])
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => [
          eb.fn.coalesce(eb.fn.coalesce("price", "price"), eb.val("7.125")).as("a"),
          eb(eb.case().when("medium", "=", 1).then(eb.ref("price")).end(), "+", "1").as("b"),
          eb(
            eb.selectFrom("every as e").select((e) => e.fn.max("e.price").as("m")),
            "+",
            "1" as never,
          ).as("c"),
          eb.fn<string>("nullif", [eb(eb.ref("price"), "*", "2"), sql.lit(1)]).as("d"),
          eb.fn<string>("nullif", [eb.neg("price"), eb.ref("price")]).as("e"),
          eb(
            eb.selectFrom("every as e").select((e) => e.fn.sum("e.price").as("m")),
            ">",
            100 as never,
          ).as("f"),
          eb(
            eb("price", "*", "1"),
            "in",
            eb.selectFrom("every as e").select((e) => e.fn.max(e("e.price", "*", "1")).as("m")) as never,
          ).as("g"),
          eb.parens(eb.selectFrom("every as e").select((e) => e.fn.sum("e.price").as("m"))).as("h"),
          eb(
            eb.parens(eb.selectFrom("every as e").select((e) => e.fn.sum("e.price").as("m"))),
            ">",
            100 as never,
          ).as("i"),
        ])
        .orderBy("id")
        .execute()
    },
  },
  {
    name: "an update from a subquery of its own table sees the rows as they were",
    run: async (db) => {
      await db
        .insertInto("parent")
        .values([
          { name: "a", rank: 1 },
          { name: "b", rank: 2 },
          { name: "c", rank: 3 },
        ])
        .execute()
      const updated = await db
        .updateTable("parent")
        .set((eb) => ({
          rank: eb
            .selectFrom("parent as p")
            .select((e) => e.fn.coalesce(e.fn.sum<number>("p.rank"), sql.lit(100)).as("sum"))
            .whereRef("p.id", "<", "parent.id"),
          name: eb("name", "||", eb.val("!")),
        }))
        .where("rank", "<", 9)
        .returning(["name", "rank"])
        .execute()
      return [updated, await db.selectFrom("parent").select(["name", "rank"]).orderBy("name").execute()]
    },
  },
  {
    name: "a delete by a subquery of its own table sees the rows as they were",
    run: async (db) => {
      await db
        .insertInto("parent")
        .values([
          { name: "a", rank: 1 },
          { name: "b", rank: 2 },
          { name: "c", rank: 3 },
        ])
        .execute()
      return db
        .deleteFrom("parent")
        .where((eb) =>
          eb(
            "rank",
            "<",
            eb.selectFrom("parent as p").select((e) => e.fn.max("p.rank").as("most")),
          ),
        )
        .returning("name")
        .execute()
    },
  },
  ...[[-3], [0], [2], [9], [-3, 5], [0, 2], [2, 0], [2, 2147483647], [1, -1]].map((places) => ({
    name: `substr from ${places.join(", ")}`,
    run: async (db: Parameters<QueryCase["run"]>[0]) => {
      await db.insertInto("every").values({ body: "a😀bc" }).execute()
      const args = places.map((place) => sql.lit(place))
      return db
        .selectFrom("every")
        .select((eb) => [
          eb.fn<string>("substr", ["body", ...args]).as("x"),
          eb.fn<string>("substring", ["body", ...args]).as("y"),
        ])
        .execute()
    },
  })),
  {
    name: "the least and the largest of numerics that are computed",
    run: async (db) => {
      await db
        .insertInto("every")
        .values([{ price: "9" }, { price: "10" }, { price: null }, { price: "-2.5" }])
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => [
          eb.fn.min(eb("price", "*", "1.00")).as("a"),
          eb.fn.max(eb("price", "*", "1.00")).as("b"),
          eb(eb.fn.max(eb("price", "*", "2")), ">", 19 as never).as("c"),
          eb.fn
            .max(eb("price", "*", "1.00"))
            .over((ob) => ob.orderBy("id"))
            .as("d"),
        ])
        .groupBy(["id", "price"])
        .orderBy("id")
        .execute()
    },
  },
  {
    name: "abs of each type of numbers",
    run: async (db) => {
      const values = { small: -32767, medium: -7, large: -8, single: -0.5, double: Number.NaN, price: "-1.5" }
      await db.insertInto("every").values(values).execute()
      return db
        .selectFrom("every")
        .select((eb) => [
          ...(["small", "medium", "large", "single", "double", "price"] as const).map((name) =>
            eb.fn<unknown>("abs", [name]).as(name),
          ),
          eb.fn<string>("abs", [eb("price", "*", "1.0")]).as("computed"),
          eb(eb.fn<string>("abs", ["price"]), ">", "1").as("more"),
        ])
        .execute()
    },
  },
  ...(["small", "medium"] as const).map((name) => ({
    name: `abs of the least ${name}`,
    run: async (db: Parameters<QueryCase["run"]>[0]) => {
      await db
        .insertInto("every")
        .values({ [name]: name === "small" ? -32768 : -2147483648 } as never)
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => eb.fn<number>("abs", [name]).as("x"))
        .execute()
    },
  })),
  {
    name: "an upsert of several rows that breaks a foreign key",
    run: async (db) => {
      const { id } = await db
        .insertInto("parent")
        .values({ name: "a" })
        .returning("id")
        .executeTakeFirstOrThrow()
      await db
        .insertInto("child")
        .values({ id: "0190b3a2-5c1d-7e3f-8a4b-1c2d3e4f5a6b", kind: "a", parent: id })
        .execute()
      await db
        .insertInto("parent")
        .values([
          { id: 70, name: "a" },
          { id: 71, name: "b" },
        ])
        .onConflict((oc) => oc.column("name").doUpdateSet((eb) => ({ id: eb.ref("excluded.id") })))
        .execute()
    },
  },
  {
    name: "a union of a numeric and a parameter",
    run: (db) =>
      db
        .selectFrom("every")
        .select("price as x")
        .unionAll(db.selectFrom("every").select((eb) => eb.val("1.5").as("x")))
        .execute(),
  },
  {
    name: "a union of a numeric and an integer",
    run: (db) =>
      db
        .selectFrom("every")
        .select("price as x")
        .unionAll(db.selectFrom("every").select("medium as x") as never)
        .execute(),
  },
  {
    name: "numerics that are computed compared, ordered and grouped to their last digit",
    run: async (db) => {
      const large = ["9007199254740993", "9007199254740992", "-9007199254740993", "0", null]
      const rows = large.flatMap((each) => ["0.01", "-0.01", "0.00"].map((price) => ({ large: each, price })))
      await db
        .insertInto("every")
        .values(rows as never)
        .execute()
      const sum = (eb: ExpressionBuilder<Tables, "every">) => eb("large", "+", eb.ref("price") as never)
      const of = db.selectFrom("every")
      return [
        await of
          .select((eb) => sum(eb).as("x"))
          .orderBy((eb) => sum(eb))
          .orderBy("price")
          .execute(),
        await of
          .select((eb) => sum(eb).as("x"))
          .orderBy("x", "desc")
          .orderBy("price")
          .execute(),
        await of
          .select("id")
          .where((eb) => eb(sum(eb), "=", eb.ref("large") as never))
          .orderBy("id")
          .execute(),
        await of
          .select("id")
          .where((eb) => eb(sum(eb), ">", "9007199254740992.5" as never))
          .orderBy("id")
          .execute(),
        await of
          .select("id")
          .where((eb) => eb(sum(eb), "is not distinct from", eb.ref("large") as never))
          .orderBy("id")
          .execute(),
        await of
          .select((eb) => [sum(eb).as("x"), eb.fn.countAll<number>().as("n")])
          .groupBy((eb) => sum(eb))
          .orderBy("x")
          .execute(),
      ]
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
  {
    name: "returning a subquery of the changed table",
    run: (db) =>
      db
        .insertInto("parent")
        .values({ name: "x" })
        .returning((eb) =>
          eb
            .selectFrom("parent as p")
            .select((e) => e.fn.countAll().as("n"))
            .as("n"),
        )
        .execute(),
  },
  {
    name: "an upsert of several rows that reads its own table",
    run: (db) =>
      db
        .insertInto("parent")
        .values([{ name: "x" }, { name: "y" }])
        .onConflict((oc) =>
          oc.column("name").doUpdateSet((eb) => ({
            rank: eb.selectFrom("parent as p").select((e) => e.fn.max("p.rank").as("most")),
          })),
        )
        .execute(),
  },
  {
    name: "an ordered union of a numeric and one that is computed",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => eb.fn.coalesce("price", eb.val("1")).as("x"))
        .intersect(db.selectFrom("every").select("price as x") as never)
        .orderBy("x")
        .execute(),
  },
  {
    name: "a union of a numeric and one that is computed, ordered",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => eb.fn.coalesce("price", eb.val("0")).as("x"))
        .unionAll(db.selectFrom("every").select("price as x") as never)
        .orderBy("x")
        .execute(),
  },
  {
    name: "ordering by a computed numeric whose name a column has too",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => eb.fn.coalesce("price", eb.val("0")).as("wide"))
        .orderBy("wide")
        .execute(),
  },
  {
    name: "more parameters than a statement takes",
    run: (db) =>
      db
        .selectFrom("parent")
        .select("name")
        .where(
          "id",
          "in",
          Array.from({ length: 40_000 }, (_, index) => index),
        )
        .execute(),
  },
]
