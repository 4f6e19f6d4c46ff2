import { sql } from "kysely"
import type { Session } from "../../src/session/session.ts"
import type { Tables } from "./tables.ts"

/** A program that is run on both engines, in a session of its own that is rolled back. */
export interface QueryCase {
  readonly name: string
  readonly run: (db: Session<Tables>) => Promise<unknown>
}

const ID = "0190b3a2-5c1d-7e3f-8a4b-1c2d3e4f5a6b"
const NAMES = ["b", "A", "ä", "a", "_", "Z", "%x", "10", "9", ""]

export async function withParents(db: Session<Tables>): Promise<void> {
  await db
    .insertInto("parent")
    .values(NAMES.map((name, index) => ({ name, rank: index % 3 })))
    .execute()
}

async function withFloats(db: Session<Tables>): Promise<void> {
  const doubles = [1.5, null, Number.NaN, -Infinity, Infinity, 0, null, -2]
  await db
    .insertInto("every")
    .values(doubles.map((double, index) => ({ double, medium: index - 3 })))
    .execute()
}

export const QUERY_CASES: readonly QueryCase[] = [
  {
    name: "an identity column counts from 1",
    run: (db) =>
      db
        .insertInto("every")
        .values([{ flag: true }, { flag: false }])
        .returning(["id", "flag"])
        .execute(),
  },
  {
    name: "a row of several that lacks a column gets the default",
    run: (db) =>
      db
        .insertInto("parent")
        .values([{ name: "x", rank: 1 }, { name: "y" }])
        .returning(["id", "name", "rank"])
        .execute(),
  },
  {
    name: "now() is the same within a transaction",
    run: async (db) => {
      const first = await db
        .insertInto("parent")
        .values({ name: "x" })
        .returning("made")
        .executeTakeFirstOrThrow()
      const second = await db
        .insertInto("parent")
        .values({ name: "y" })
        .returning("made")
        .executeTakeFirstOrThrow()
      return [first.made instanceof Date, first.made.getTime() === second.made.getTime()]
    },
  },
  {
    name: "text sorts by code points, NULL last",
    run: async (db) => {
      await withParents(db)
      return db.selectFrom("parent").select("name").orderBy("name").execute()
    },
  },
  {
    name: "NULL is larger than all, NaN larger than infinity",
    run: async (db) => {
      await withFloats(db)
      const up = await db.selectFrom("every").select("double").orderBy("double").execute()
      const down = await db.selectFrom("every").select("double").orderBy("double", "desc").execute()
      return [up, down]
    },
  },
  {
    name: "LIKE knows case and escapes with a backslash, ILIKE folds ASCII",
    run: async (db) => {
      await withParents(db)
      const like = (pattern: string) =>
        db.selectFrom("parent").select("name").where("name", "like", pattern).orderBy("id").execute()
      const ilike = (pattern: string) =>
        db.selectFrom("parent").select("name").where("name", "ilike", pattern).orderBy("id").execute()
      return [
        await like("a"),
        await like("\\%%"),
        await like("_"),
        await ilike("A"),
        await ilike("Ä%"),
        await like("\\_"),
      ]
    },
  },
  {
    name: "booleans as conditions and as values",
    run: async (db) => {
      await db
        .insertInto("every")
        .values([{ flag: true, medium: 1 }, { flag: false, medium: 2 }, { medium: 3 }])
        .execute()
      return [
        await db.selectFrom("every").select("medium").where("flag", "=", false).execute(),
        await db.selectFrom("every").select("medium").where("flag", "is", null).execute(),
        await db
          .selectFrom("every")
          .select("medium")
          .where("flag", "is not", true)
          .orderBy("medium")
          .execute(),
        await db
          .selectFrom("every")
          .select((eb) => [eb("medium", ">", 1).as("more"), eb.not("flag").as("off"), eb.lit(true).as("yes")])
          .orderBy("medium")
          .execute(),
        await db.selectNoFrom((eb) => eb.exists(eb.selectFrom("every").select("id")).as("any")).execute(),
      ]
    },
  },
  {
    name: "aggregates",
    run: async (db) => {
      await withFloats(db)
      return db
        .selectFrom("every")
        .select((eb) => [
          eb.fn.countAll().as("all"),
          eb.fn.count("double").as("some"),
          eb.fn.max("medium").as("most"),
          eb.fn.min("medium").as("least"),
          eb.fn.sum("medium").as("sum"),
        ])
        .execute()
    },
  },
  {
    name: "aggregates of nothing",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => [
          eb.fn.countAll().as("all"),
          eb.fn.max("moment").as("most"),
          eb.fn.sum("medium").as("sum"),
        ])
        .execute(),
  },
  {
    name: "min and max keep their column's type",
    run: async (db) => {
      await db
        .insertInto("every")
        .values([{ moment: new Date(0), price: "1.50", flag: true, day: "2026-01-31" }])
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => [eb.fn.max("moment").as("m"), eb.fn.min("price").as("p"), eb.fn.max("day").as("d")])
        .execute()
    },
  },
  {
    name: "coalesce, case and cast tell their types",
    run: async (db) => {
      await db
        .insertInto("every")
        .values([{ moment: new Date(1000), flag: null, medium: 7 }])
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => [
          eb.fn.coalesce("flag", eb.lit(false)).as("flag"),
          eb.case().when("medium", ">", 5).then(eb.ref("moment")).end().as("later"),
          eb.cast<string>("medium", "text").as("text"),
          eb.cast<number>(eb.val("12"), "integer").as("number"),
        ])
        .execute()
    },
  },
  {
    name: "subqueries, joins and CTEs keep types",
    run: async (db) => {
      await withParents(db)
      await db
        .insertInto("child")
        .values([{ id: ID, parent: 1, kind: "a" }])
        .execute()
      return db
        .with("kids", (qb) => qb.selectFrom("child").select(["id", "parent", "kind"]))
        .selectFrom("parent as p")
        .leftJoin("kids as k", "k.parent", "p.id")
        .select((eb) => [
          "p.id",
          "k.id as kid",
          eb
            .selectFrom("child")
            .whereRef("child.parent", "=", "p.id")
            .select(eb.fn.countAll().as("n"))
            .as("n"),
          eb("k.id", "is not", null).as("has"),
        ])
        .orderBy("p.id")
        .limit(2)
        .execute()
    },
  },
  {
    name: "a numeric expression compared",
    run: async (db) => {
      await db
        .insertInto("every")
        .values([
          { price: "4.50", medium: 1 },
          { price: "7.25", medium: 2 },
        ])
        .execute()
      return [
        await db
          .selectFrom("every")
          .select("medium")
          .groupBy("medium")
          .having((eb) => eb(eb.fn.sum("price"), ">", 5 as never))
          .execute(),
        await db
          .selectFrom("every")
          .select("medium")
          .where((eb) => eb(eb.fn.coalesce("price", "price"), "=", "4.50"))
          .execute(),
        await db.selectFrom("every").select("medium").where("price", "in", ["7.25", "9"]).execute(),
      ]
    },
  },
  {
    name: "columns that were added, dropped and made anew",
    run: async (db) => {
      await db.insertInto("parent").values({ name: "x" }).execute()
      await db.selectFrom("parent").selectAll().execute()
      await db.schema
        .alterTable("parent")
        .addColumn("more", "boolean", (c) => c.notNull().defaultTo(true))
        .execute()
      const added = await db.selectFrom("parent").selectAll().execute()
      await db.schema.alterTable("parent").dropColumn("rank").execute()
      const dropped = await db.selectFrom("parent").selectAll().execute()
      return [added, dropped].map((rows) => rows.map(({ made, ...rest }) => [made instanceof Date, rest]))
    },
  },
  {
    name: "window functions",
    run: async (db) => {
      await withParents(db)
      return db
        .selectFrom("parent")
        .select((eb) => [
          "name",
          eb.fn
            .agg<number>("row_number")
            .over((ob) => ob.partitionBy("rank").orderBy("name"))
            .as("nth"),
        ])
        .orderBy("name")
        .execute()
    },
  },
  {
    name: "upsert",
    run: async (db) => {
      await db.insertInto("parent").values({ name: "x", rank: 1 }).execute()
      return db
        .insertInto("parent")
        .values([
          { name: "x", rank: 5 },
          { name: "y", rank: 6 },
        ])
        .onConflict((oc) =>
          oc.column("name").doUpdateSet((eb) => ({ rank: eb("excluded.rank", "+", eb.ref("parent.rank")) })),
        )
        .returning(["name", "rank"])
        .execute()
    },
  },
  {
    name: "counts of changed rows",
    run: async (db) => {
      await withParents(db)
      const updated = await db.updateTable("parent").set({ rank: 9 }).where("rank", "=", 1).execute()
      const deleted = await db.deleteFrom("parent").where("rank", "=", 9).execute()
      const inserted = await db.insertInto("parent").values({ name: "new" }).execute()
      const ignored = await db
        .insertInto("parent")
        .values({ name: "new" })
        .onConflict((oc) => oc.doNothing())
        .execute()
      return [
        updated.map((each) => each.numUpdatedRows),
        deleted.map((each) => each.numDeletedRows),
        inserted.map((each) => [each.numInsertedOrUpdatedRows, each.insertId]),
        ignored.map((each) => each.numInsertedOrUpdatedRows),
      ]
    },
  },
  {
    name: "is distinct from",
    run: async (db) => {
      await db
        .insertInto("every")
        .values([{ medium: 1 }, { medium: null }])
        .execute()
      return db.selectFrom("every").select("medium").where("medium", "is distinct from", 1).execute()
    },
  },
  {
    name: "FOR UPDATE",
    run: async (db) => {
      await withParents(db)
      return db.selectFrom("parent").select("id").where("name", "=", "A").forUpdate().execute()
    },
  },
  {
    name: "a raw fragment with parameters",
    run: (db) =>
      sql<{ a: string; b: number }>`select cast(${"x"} as text) as a, cast(${5} as integer) + 1 as b`
        .execute(db)
        .then((r) => r.rows),
  },
  {
    name: "duplicate names: the last one is kept",
    run: async (db) => {
      await withParents(db)
      return db
        .selectFrom("parent as a")
        .innerJoin("parent as b", (j) => j.on("b.id", "=", 2))
        .where("a.id", "=", 1)
        .select(["a.name", "b.name"])
        .execute()
    },
  },
  {
    name: "deleting a parent deletes its children",
    run: async (db) => {
      await withParents(db)
      await db
        .insertInto("child")
        .values([{ id: ID, parent: 1, kind: "a" }])
        .execute()
      await db.deleteFrom("parent").where("id", "=", 1).execute()
      return db.selectFrom("child").selectAll().execute()
    },
  },
  {
    name: "between symmetric, with NULL at an end too",
    run: async (db) => {
      await withParents(db)
      const between = (one: number | null, other: number | null) =>
        db
          .selectFrom("parent")
          .select((eb) => eb.betweenSymmetric("rank", one as number, other as number).as("within"))
          .orderBy("id")
          .execute()
      return [await between(2, 1), await between(0, 1), await between(null, 1), await between(1, null)]
    },
  },
]
