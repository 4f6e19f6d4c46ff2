import { sql } from "kysely"
import { jsonArrayFrom } from "kysely/helpers/postgres"
import type { QueryCase } from "./query-cases.ts"

/** Programs that PostgreSQL runs and that would give another answer on SQLite. */
export const REFUSED_CASES: readonly QueryCase[] = [
  {
    name: "distinct on",
    run: (db) => db.selectFrom("child").distinctOn("kind").selectAll().orderBy("kind").execute(),
  },
  {
    name: "a lateral join",
    run: (db) =>
      db
        .selectFrom("parent")
        .innerJoinLateral(
          (eb) => eb.selectFrom("child").select("kind").whereRef("child.parent", "=", "parent.id").as("c"),
          (join) => join.onTrue(),
        )
        .select("c.kind")
        .execute(),
  },
  {
    name: "a CTE that changes rows",
    run: (db) =>
      db
        .with("gone", (cte) => cte.deleteFrom("child").returning("kind"))
        .selectFrom("gone")
        .select("kind")
        .execute(),
  },
  {
    name: "merge",
    run: (db) =>
      db
        .mergeInto("parent")
        .using("every", "every.id", "parent.id")
        .whenMatched()
        .thenUpdateSet({ rank: 1 })
        .execute(),
  },
  {
    name: "several statements in one text",
    run: (db) => sql`delete from child; delete from parent`.execute(db),
  },
  {
    name: "a ::type cast in a fragment",
    run: (db) =>
      db
        .selectFrom("every")
        .select(sql`small::text`.as("x"))
        .execute(),
  },
  {
    name: "ordering by a wide numeric",
    run: (db) => db.selectFrom("every").select("id").orderBy("wide").execute(),
  },
  {
    name: "grouping by a wide numeric",
    run: (db) => db.selectFrom("every").select("wide").groupBy("wide").execute(),
  },
  { name: "distinct wide numerics", run: (db) => db.selectFrom("every").select("wide").distinct().execute() },
  {
    name: "a union of wide numerics",
    run: (db) => db.selectFrom("every").select("wide").union(db.selectFrom("every").select("wide")).execute(),
  },
  {
    name: "max of a wide numeric",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => eb.fn.max("wide").as("x"))
        .execute(),
  },
  {
    name: "sum of a wide numeric",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => eb.fn.sum("wide").as("x"))
        .execute(),
  },
  {
    name: "count of distinct wide numerics",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => eb.fn.count("wide").distinct().as("x"))
        .execute(),
  },
  {
    name: "computing with a wide numeric",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => eb("wide", "+", "1").as("x"))
        .execute(),
  },
  {
    name: "comparing a wide numeric",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => eb("wide", ">", "1").as("x"))
        .execute(),
  },
  {
    name: "a window over a wide numeric",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) =>
          eb.fn
            .agg("rank")
            .over((ob) => ob.orderBy("wide"))
            .as("x"),
        )
        .execute(),
  },
  { name: "ordering by jsonb", run: (db) => db.selectFrom("every").select("id").orderBy("docb").execute() },
  {
    name: "jsonb less than jsonb",
    run: (db) => db.selectFrom("every").select("id").whereRef("docb", "<", "docb").execute(),
  },
  {
    name: "comparing a date with a timestamp",
    run: (db) =>
      db
        .selectFrom("every")
        .select("id")
        .whereRef("day", "<", "local" as never)
        .execute(),
  },
  {
    name: "powers",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => eb("double", "^", 2).as("x"))
        .execute(),
  },
  {
    name: "delete … using",
    run: (db) => db.deleteFrom("child").using("parent").whereRef("child.parent", "=", "parent.id").execute(),
  },
  {
    name: "returning of another table's column",
    run: (db) =>
      db
        .updateTable("parent")
        .from("every as e")
        .set({ rank: 1 })
        .whereRef("e.id", "=", "parent.id")
        .returning("e.flag")
        .execute(),
  },
  {
    name: "array_agg",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => eb.fn.agg("array_agg", ["medium"]).as("x"))
        .execute(),
  },
  {
    name: "json_agg",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => eb.fn.jsonAgg("every").as("x"))
        .execute(),
  },
  {
    name: "to_char",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => eb.fn("to_char", ["day", sql.lit("YYYY")]).as("x"))
        .execute(),
  },
  {
    name: "an interval in a fragment",
    run: (db) => db.selectNoFrom(sql`now() - interval '1 day'`.as("x")).execute(),
  },
  {
    name: "concat of a boolean",
    run: (db) =>
      db
        .selectFrom("every")
        .select((eb) => eb.fn("concat", ["flag"]).as("x"))
        .execute(),
  },
  {
    name: "a regular expression",
    run: (db) => db.selectFrom("parent").select("id").where("name", "~", "^a").execute(),
  },
  {
    name: "jsonb that contains another",
    run: (db) => db.selectFrom("every").select("id").whereRef("docb", "@>", "docb").execute(),
  },
  {
    name: "an upsert by a constraint's name",
    run: (db) =>
      db
        .insertInto("parent")
        .values({ name: "x" })
        .onConflict((oc) => oc.constraint("parent_name_key").doNothing())
        .execute(),
  },
  {
    name: "fetch first rows with ties",
    run: (db) => db.selectFrom("parent").select("id").orderBy("rank").fetch(1, "with ties").execute(),
  },
  {
    name: "an alias with names of columns",
    run: (db) =>
      db
        .selectFrom(sql<{ a: number }>`(values (1), (2))`.as<"v">(sql`v(a)`))
        .select("a")
        .execute(),
  },
  {
    name: "INTERSECT ALL",
    run: (db) =>
      db.selectFrom("every").select("id").intersectAll(db.selectFrom("every").select("id")).execute(),
  },
  {
    name: "INTERSECT behind UNION",
    run: (db) =>
      db
        .selectFrom("every")
        .select("id")
        .union(db.selectFrom("every").select("id"))
        .intersect(db.selectFrom("every").select("id"))
        .execute(),
  },
  {
    name: "rows within rows in a view",
    run: (db) =>
      db.schema
        .createView("nested")
        .as(
          db
            .selectFrom("parent")
            .select((eb) => jsonArrayFrom(eb.selectFrom("child").select("kind")).as("kinds")),
        )
        .execute(),
  },
]
