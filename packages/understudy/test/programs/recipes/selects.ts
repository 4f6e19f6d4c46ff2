import { expressionBuilder, sql } from "kysely"
import type { Program } from "../both-engines.ts"
import type { RecipeTables } from "./tables.ts"

/** What people select: columns, aliases, subqueries, aggregates, windows, distinct rows. */
export const SELECT_RECIPES: readonly Program<RecipeTables>[] = [
  {
    name: "one column of one row",
    run: (db) => db.selectFrom("person").select("first_name").where("id", "=", 1).execute(),
  },
  {
    name: "a column by its table",
    run: (db) =>
      db.selectFrom(["person", "pet"]).select("person.id").distinct().orderBy("person.id").execute(),
  },
  {
    name: "several columns with aliases of columns and tables",
    run: (db) =>
      db
        .selectFrom("person as p")
        .select(["p.first_name as fn", "p.last_name as ln", "p.age"])
        .orderBy("p.id")
        .execute(),
  },
  {
    name: "a subquery, a condition and fragments as columns",
    run: (db) =>
      db
        .selectFrom("person")
        .select(({ eb, selectFrom, or, val, lit }) => [
          selectFrom("pet")
            .whereRef("person.id", "=", "pet.owner_id")
            .select("pet.name")
            .orderBy("pet.name")
            .limit(1)
            .as("first_pet"),
          or([eb("first_name", "=", "Jennifer"), eb("first_name", "=", "Arnold")]).as(
            "is_jennifer_or_arnold",
          ),
          val("Some value").as("string_value"),
          lit(42).as("literal_value"),
          lit(null).as("nothing"),
        ])
        .orderBy("id")
        .execute(),
  },
  {
    name: "all columns of one row",
    run: (db) => db.selectFrom("person").selectAll().where("id", "=", 1).executeTakeFirstOrThrow(),
  },
  {
    name: "all columns of all rows, with their types",
    run: async (db) => [
      await db.selectFrom("person").selectAll().orderBy("id").execute(),
      await db.selectFrom("toy").selectAll().orderBy("id").execute(),
    ],
  },
  {
    name: "all columns of one of two tables",
    run: (db) =>
      db
        .selectFrom("person")
        .innerJoin("pet", "pet.owner_id", "person.id")
        .selectAll("pet")
        .select("person.first_name as owner")
        .orderBy("pet.id")
        .execute(),
  },
  {
    name: "aggregates and a group",
    run: (db) =>
      db
        .selectFrom("person")
        .innerJoin("pet", "pet.owner_id", "person.id")
        .select(({ fn }) => [
          "person.id as person_id",
          fn.count<number>("pet.id").as("pet_count"),
          fn.max("pet.name").as("last"),
          fn.countAll().as("all"),
        ])
        .groupBy("person.id")
        .having((eb) => eb.fn.count("pet.id"), ">", 1)
        .execute(),
  },
  {
    name: "sum, average, smallest and largest",
    run: (db) =>
      db
        .selectFrom("person")
        .select(({ fn }) => [
          fn.sum<number>("age").as("sum"),
          fn.avg<string>("age").as("average"),
          fn.min("age").as("youngest"),
          fn.max("birthdate").as("born"),
          fn.max("created_at").as("made"),
          fn.count("last_name").distinct().as("names"),
        ])
        .execute(),
  },
  {
    name: "sums of prices",
    run: (db) =>
      db
        .selectFrom("toy")
        .select(({ fn }) => [
          "pet_id",
          fn.sum<string>("price").as("sum"),
          fn.avg<string>("price").as("average"),
        ])
        .groupBy("pet_id")
        .orderBy("sum", "desc")
        .execute(),
  },
  {
    name: "an aggregate of some rows only",
    run: (db) =>
      db
        .selectFrom("person")
        .select(({ fn }) => [
          fn.countAll().filterWhere("gender", "=", "female").as("female"),
          fn
            .sum("age")
            .filterWhere((eb) => eb("is_active", "=", true))
            .as("active"),
        ])
        .execute(),
  },
  {
    name: "a window",
    run: (db) =>
      db
        .selectFrom("person")
        .select(({ fn }) => [
          "id",
          fn
            .avg<string>("age")
            .over((ob) => ob.partitionBy("gender"))
            .as("average_of_gender"),
          fn
            .agg<number>("rank")
            .over((ob) => ob.orderBy("age", "desc"))
            .as("rank"),
          fn
            .agg<string>("lag", ["first_name"])
            .over((ob) => ob.orderBy("id"))
            .as("before"),
        ])
        .orderBy("id")
        .execute(),
  },
  {
    name: "string_agg in an order",
    run: (db) =>
      db
        .selectFrom("pet")
        .select(({ fn, val }) => [
          "owner_id",
          fn
            .agg<string>("string_agg", ["name", val(", ")])
            .orderBy("name", "desc")
            .as("names"),
        ])
        .groupBy("owner_id")
        .orderBy("owner_id")
        .execute(),
  },
  {
    name: "distinct rows",
    run: (db) =>
      db.selectFrom("person").select("first_name").distinct().orderBy("first_name", "desc").execute(),
  },
  {
    name: "distinct on",
    refused: "DISTINCT ON",
    run: (db) =>
      db
        .selectFrom("person")
        .distinctOn("first_name")
        .select(["first_name", "id"])
        .orderBy("first_name")
        .orderBy("id")
        .execute(),
  },
  {
    name: "what to write for distinct on",
    run: (db) =>
      db
        .selectFrom(
          db
            .selectFrom("person")
            .select(({ fn }) => [
              "first_name",
              "id",
              fn
                .agg<number>("row_number")
                .over((ob) => ob.partitionBy("first_name").orderBy("id"))
                .as("nth"),
            ])
            .as("numbered"),
        )
        .select(["first_name", "id"])
        .where("nth", "=", 1)
        .orderBy("first_name")
        .execute(),
  },
  {
    name: "an order by several columns, directions and NULL first",
    run: (db) =>
      db
        .selectFrom("person")
        .select(["id", "age"])
        .orderBy("age", (ob) => ob.desc().nullsFirst())
        .orderBy("first_name", "desc")
        .orderBy("id")
        .execute(),
  },
  {
    name: "an order by an expression and by an alias",
    run: (db) =>
      db
        .selectFrom("person")
        .select(["id", "last_name as ln"])
        .orderBy((eb) => eb.fn<string>("lower", ["first_name"]))
        .orderBy("ln", (ob) => ob.desc().nullsLast())
        .execute(),
  },
  {
    name: "an order that is taken back, and a page",
    run: (db) =>
      db
        .selectFrom("pet")
        .select("name")
        .orderBy("id")
        .clearOrderBy()
        .orderBy("name")
        .limit(2)
        .offset(1)
        .execute(),
  },
  {
    name: "fetch first rows",
    run: (db) => db.selectFrom("pet").select("name").orderBy("name").fetch(2).execute(),
  },
  {
    name: "fetch first rows behind others",
    run: (db) => db.selectFrom("pet").select("name").orderBy("name").offset(1).fetch(2).execute(),
  },
  {
    name: "fetch first rows with ties",
    refused: "FETCH … WITH TIES",
    run: (db) => db.selectFrom("pet").select("name").orderBy("name").fetch(2, "with ties").execute(),
  },
  {
    name: "a union, what is left of it, and what is common",
    run: async (db) => {
      const names = db.selectFrom("person").select("first_name as name")
      const pets = db.selectFrom("pet").select("name")
      return [
        await names.union(pets).orderBy("name").execute(),
        await names.unionAll(pets).orderBy("name").execute(),
        await names
          .except(db.selectFrom("person").select("first_name as name").where("id", "=", 2))
          .orderBy("name")
          .execute(),
        await names
          .intersect(db.selectFrom("person").select("first_name as name").where("age", "=", 25))
          .orderBy("name")
          .execute(),
      ]
    },
  },
  {
    name: "a union in brackets with an order and a limit inside",
    run: (db) =>
      db
        .selectFrom("person")
        .select(["id", "first_name as name"])
        .union((eb) => eb.parens(eb.selectFrom("pet").select(["id", "name"]).orderBy("name").limit(2)))
        .orderBy("name")
        .execute(),
  },
  {
    name: "case and its kin",
    run: (db) =>
      db
        .selectFrom("person")
        .select((eb) => [
          "id",
          eb
            .case()
            .when("gender", "=", "male")
            .then("Mr.")
            .when("gender", "=", "female")
            .then(eb.case().when("age", "<", 30).then("Miss").else("Mrs.").end())
            .end()
            .as("title"),
          eb.case("is_active").when(true).then(1).else(0).end().as("active"),
        ])
        .orderBy("id")
        .execute(),
  },
  {
    name: "a selection that depends on a flag",
    run: async (db) => {
      const person = (withLastName: boolean) =>
        db
          .selectFrom("person")
          .select("first_name")
          .$if(withLastName, (qb) => qb.select("last_name"))
          .where("id", "=", 1)
          .executeTakeFirstOrThrow()
      return [await person(true), await person(false)]
    },
  },
  {
    name: "a narrowed type and $castTo change nothing in the answer",
    run: (db) =>
      db
        .selectFrom("person")
        .select(["id", "last_name"])
        .where("last_name", "is not", null)
        .orderBy("id")
        .$narrowType<{ last_name: string }>()
        .$castTo<{ id: number; last_name: string }>()
        .execute(),
  },
  {
    name: "a row that is not there",
    run: async (db) => [
      await db.selectFrom("person").selectAll().where("id", "=", 99).executeTakeFirst(),
      await db
        .selectFrom("person")
        .selectAll()
        .where("id", "=", 99)
        .executeTakeFirstOrThrow()
        .catch((error: unknown) => (error as Error).name),
    ],
  },
  {
    name: "no table at all",
    run: (db) =>
      db
        .selectNoFrom((eb) => [
          eb.selectFrom("person").select(eb.fn.countAll<number>().as("n")).as("people"),
          eb.exists(eb.selectFrom("pet").select("id").where("species", "=", "dog")).as("any_dog"),
          eb.val("x").as("x"),
        ])
        .executeTakeFirstOrThrow(),
  },
  {
    name: "locked rows",
    run: async (db) => [
      await db.selectFrom("person").select("id").where("id", "=", 1).forUpdate().execute(),
      await db.selectFrom("person").select("id").orderBy("id").limit(2).forUpdate().skipLocked().execute(),
      await db.selectFrom("person").select("id").where("id", "=", 1).forShare().noWait().execute(),
      await db.selectFrom("person").select("id").where("id", "=", 1).forNoKeyUpdate().execute(),
      await db.selectFrom("person as p").select("p.id").where("p.id", "=", 1).forUpdate("p").execute(),
    ],
  },
  {
    name: "a query taken apart with $call",
    run: (db) => {
      const eb = expressionBuilder<RecipeTables, "person">()
      return db
        .selectFrom("person")
        .select("id")
        .$call((qb) => qb.where(eb("age", ">", 30)))
        .orderBy("id")
        .execute()
    },
  },
  {
    name: "cleared selections and filters",
    run: (db) =>
      db
        .selectFrom("person")
        .select("last_name")
        .where("id", "=", 1)
        .clearSelect()
        .clearWhere()
        .select("id")
        .orderBy("id")
        .clearLimit()
        .execute(),
  },
  {
    name: "a group by an expression",
    run: (db) =>
      db
        .selectFrom("person")
        .select((eb) => [eb("age", ">", eb.lit(30)).as("older"), eb.fn.countAll().as("n")])
        .groupBy((eb) => eb("age", ">", eb.lit(30)))
        .orderBy("older")
        .execute(),
  },
  {
    name: "a fragment with a type",
    run: (db) =>
      db
        .selectFrom("person")
        .select([
          sql<string>`concat(first_name, ' ', last_name)`.as("full_name"),
          sql<string>`upper(${sql.ref("last_name")})`.as("loud"),
        ])
        .orderBy("id")
        .execute(),
  },
]
