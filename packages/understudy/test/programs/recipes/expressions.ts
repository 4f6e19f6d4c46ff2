import { expressionBuilder, sql, type Expression, type SqlBool } from "kysely"
import type { Program } from "../both-engines.ts"
import type { RecipeTables } from "./tables.ts"

function lower(text: Expression<string>) {
  return sql<string>`lower(${text})`
}

function isOlderThan(years: number) {
  return expressionBuilder<RecipeTables, "person">()("age", ">", years)
}

function hasDog(owner: Expression<number>) {
  const eb = expressionBuilder<RecipeTables>()
  return eb.exists(
    eb.selectFrom("pet").select("pet.id").where("pet.owner_id", "=", owner).where("species", "=", "dog"),
  )
}

function toInteger<T extends string | null>(text: Expression<T>) {
  return sql<number>`cast(${text} as integer)`
}

/** Expressions, reusable helpers and what computes. */
export const EXPRESSION_RECIPES: readonly Program<RecipeTables>[] = [
  {
    name: "functions by their names",
    run: (db) =>
      db
        .selectFrom("person")
        .select(({ fn, val, ref }) => [
          fn<string>("upper", ["first_name"]).as("upper"),
          fn<string>("concat", [ref("first_name"), sql.lit(" "), ref("last_name")]).as("full_name"),
          fn.coalesce("last_name", val("(none)")).as("last"),
          fn<number>("length", ["first_name"]).as("letters"),
          fn<string>("substring", ["first_name", sql.lit(2), sql.lit(3)]).as("part"),
          fn<string>("replace", ["first_name", val("n"), val("N")]).as("replaced"),
          fn<string | null>("nullif", ["last_name", val("Lopez")]).as("not_lopez"),
        ])
        .orderBy("id")
        .execute(),
  },
  {
    name: "comparisons and arithmetic as columns",
    run: (db) =>
      db
        .selectFrom("person")
        .select((eb) => [
          eb("age", "+", 1).as("next"),
          eb(eb("age", "*", 2), "-", eb.lit(1)).as("double"),
          eb("age", "/", 2).as("half"),
          eb("age", "%", 10).as("last_digit"),
          eb("first_name", "=", "Jennifer").as("is_jennifer"),
          eb.neg(eb.ref("age")).as("negative"),
          eb.not("is_active").as("inactive"),
          eb("first_name", "||", "!").as("loud"),
        ])
        .orderBy("id")
        .execute(),
  },
  {
    name: "helpers that take expressions",
    run: (db) =>
      db
        .selectFrom("person")
        .select((eb) => [
          "id",
          lower(eb.ref("first_name")).as("name"),
          hasDog(eb.ref("person.id")).as("has_dog"),
        ])
        .where(isOlderThan(24))
        .where(({ eb, ref }) => eb(lower(ref("first_name")), "=", "jennifer"))
        .orderBy("id")
        .execute(),
  },
  {
    name: "conditions gathered in a list",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where((eb) => {
          const wanted: Expression<SqlBool>[] = []
          wanted.push(eb("first_name", "=", "Jennifer"))
          wanted.push(isOlderThan(30))
          return eb.or(wanted)
        })
        .orderBy("id")
        .execute(),
  },
  {
    name: "a helper that casts",
    run: (db) =>
      db
        .selectFrom("person")
        .select((eb) => ["id", toInteger(eb.val("12")).as("twelve")])
        .where((eb) => eb(toInteger(eb.val("3")), ">=", eb.ref("id")))
        .orderBy("id")
        .execute(),
  },
  {
    name: "a cast by the builder",
    run: (db) =>
      db
        .selectFrom("toy")
        .select((eb) => [
          eb.cast<string>("price", "text").as("text"),
          eb.cast<number>("price", "integer").as("rounded"),
          eb.cast<number>("price", "double precision").as("float"),
          eb.cast<string>("id", "varchar(1)").as("id"),
        ])
        .orderBy("toy.id")
        .execute(),
  },
  {
    name: "a path into JSON",
    run: (db) =>
      db
        .selectFrom("person")
        .select((eb) => [
          "id",
          eb
            .ref("address", "->>")
            .key("city" as never)
            .as("city"),
          eb
            .ref("address", "->")
            .key("postalCode" as never)
            .as("code"),
          eb
            .ref("experience", "->")
            .at(0 as never)
            .as("first_job"),
          eb
            .ref("experience", "->")
            .at(1 as never)
            .key("title" as never)
            .as("second_title"),
        ])
        .orderBy("id")
        .execute(),
  },
  {
    name: "a filter by what stands in JSON",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where((eb) => eb(eb.ref("address", "->>").key("city" as never), "=", "Oslo" as never))
        .execute(),
  },
  {
    name: "a path into JSON in a fragment",
    run: (db) =>
      db
        .selectFrom("person")
        .select((eb) => sql<string | null>`${eb.ref("address")} ->> 'city'`.as("city"))
        .orderBy("id")
        .execute(),
  },
  {
    name: "jsonb that contains",
    refused: "@>",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where("address", "@>", sql.lit('{"city":"Oslo"}') as never)
        .execute(),
  },
  {
    name: "a row as JSON",
    refused: "to_json",
    run: (db) =>
      db
        .selectFrom("pet")
        .select((eb) => eb.fn.toJson("pet").as("pet"))
        .orderBy("id")
        .execute(),
  },
  {
    name: "rows of a group as JSON",
    refused: "json_agg",
    run: (db) =>
      db
        .selectFrom("pet")
        .select((eb) => ["owner_id", eb.fn.jsonAgg("pet").as("pets")])
        .groupBy("owner_id")
        .orderBy("owner_id")
        .execute(),
  },
  {
    name: "values, references, identifiers, literals and lists in fragments",
    run: (db) =>
      sql<Record<string, unknown>>`
        select ${sql.id("p", "id")}, ${sql.ref("p.first_name")}, ${sql.lit("x")} as lit
        from ${sql.table("person")} as p
        where p.id in (${sql.join([1, 2, 3])}) and ${sql.raw("p.gender")} = ${"male"}
        order by p.id`
        .execute(db)
        .then(({ rows }) => rows),
  },
  {
    name: "references, values and literals of the sql tag have the types of the builder's",
    run: async (db) => [
      await db
        .selectFrom("toy")
        .select((eb) => [
          sql.ref<string>("price").as("price"),
          eb(sql.ref<string>("price"), "*", sql.lit("1.5")).as("dearer"),
          eb(sql.ref<number>("pet_id"), "/", sql.val(2)).as("half"),
          eb.cast<string>(sql.ref("price"), "text").as("text"),
          sql.lit(true).as("yes"),
          sql.lit(7.5).as("number"),
          sql.val("x").as("value"),
          sql.val(5).as("five"),
          eb.fn.coalesce(sql.ref<number>("pet_id"), sql.val(0)).as("pet"),
        ])
        .where("price", ">", sql.val("0.99"))
        .orderBy(sql.ref("price"), "desc")
        .execute(),
      await db
        .selectFrom("toy")
        .select((eb) => [
          eb.fn.sum<string>(sql.ref("price")).as("sum"),
          eb.fn.max<string>(sql.ref("name")).as("last"),
        ])
        .execute(),
      await db
        .updateTable("person")
        .set({ deleted_at: sql.val(new Date(0)), is_active: sql.val(false), age: sql.val(7) })
        .where("created_at", ">", sql.val(new Date("2024-04-01T00:00:00Z")))
        .returning(["deleted_at", "is_active", "age"])
        .execute(),
    ],
  },
  {
    name: "a ::type cast in a fragment",
    refused: "A ::type cast",
    run: (db) =>
      db
        .selectFrom("person")
        .select(sql<string>`age::text`.as("age"))
        .execute(),
  },
  {
    name: "now()",
    run: (db) =>
      db
        .selectFrom("person")
        .select((eb) => [
          eb("deleted_at", "<", sql<Date>`now()`).as("past"),
          eb("deleted_at", ">", eb.fn<Date>("now")).as("future"),
        ])
        .orderBy("id")
        .execute(),
  },
  {
    name: "a timestamp without a zone compared with now()",
    refused: "Comparing timestamp with timestamptz",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where("created_at", "<", sql<Date>`now()`)
        .orderBy("id")
        .execute(),
  },
  {
    name: "greatest, least, rounding",
    run: (db) =>
      db
        .selectFrom("toy")
        .select((eb) => [
          eb.fn<number>("greatest", ["id", eb.lit(3)]).as("at_least"),
          eb.fn<number>("least", ["id", "pet_id"]).as("smaller"),
          eb.fn<string>("round", ["price"]).as("round"),
          eb.fn<string>("ceil", ["price"]).as("ceil"),
          eb.fn<string>("floor", ["price"]).as("floor"),
          eb.fn<string>("abs", ["price"]).as("abs"),
          eb("price", "*", "1.2").as("taxed"),
        ])
        .orderBy("id")
        .execute(),
  },
  {
    name: "greatest of a price and a number",
    refused: "greatest of numerics",
    run: (db) =>
      db
        .selectFrom("toy")
        .select((eb) => eb.fn<string>("greatest", ["price", eb.lit(5)]).as("at_least"))
        .execute(),
  },
]
