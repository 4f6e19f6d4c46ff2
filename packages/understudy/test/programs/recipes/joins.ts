import { sql } from "kysely"
import type { Program } from "../both-engines.ts"
import type { RecipeTables } from "./tables.ts"

/** Joins, common table expressions and queries in FROM. */
export const JOIN_RECIPES: readonly Program<RecipeTables>[] = [
  {
    name: "an inner join",
    run: (db) =>
      db
        .selectFrom("person")
        .innerJoin("pet", "pet.owner_id", "person.id")
        .select(["person.id", "pet.name as pet_name"])
        .orderBy("pet.id")
        .execute(),
  },
  {
    name: "aliases, and the same table twice",
    run: (db) =>
      db
        .selectFrom("person as p")
        .innerJoin("pet as a", "a.owner_id", "p.id")
        .innerJoin("pet as b", (join) => join.onRef("b.owner_id", "=", "p.id").onRef("a.id", "<", "b.id"))
        .select(["p.first_name", "a.name as one", "b.name as other"])
        .execute(),
  },
  {
    name: "a left join with conditions of its own",
    run: (db) =>
      db
        .selectFrom("person")
        .leftJoin("pet", (join) =>
          join
            .onRef("pet.owner_id", "=", "person.id")
            .on("pet.species", "=", "dog")
            .on((eb) => eb.or([eb("person.age", ">", 18), eb("person.age", "is", null)])),
        )
        .select(["person.id", "pet.name", "pet.is_favorite"])
        .orderBy("person.id")
        .execute(),
  },
  {
    name: "a join with a query",
    run: (db) =>
      db
        .selectFrom("person")
        .innerJoin(
          (eb) =>
            eb
              .selectFrom("pet")
              .select(["owner_id as owner", "name"])
              .where("name", "=", "Doggo")
              .as("doggos"),
          (join) => join.onRef("doggos.owner", "=", "person.id"),
        )
        .selectAll("doggos")
        .execute(),
  },
  {
    name: "a right join",
    run: (db) =>
      db
        .selectFrom("toy")
        .rightJoin("pet", "pet.id", "toy.pet_id")
        .select(["pet.name", "toy.name as toy", "toy.price"])
        .orderBy("pet.name")
        .orderBy("toy.name")
        .execute(),
  },
  {
    name: "a full join",
    run: (db) =>
      db
        .selectFrom("toy")
        .fullJoin("pet", (join) => join.onRef("pet.id", "=", "toy.pet_id").on("pet.species", "=", "dog"))
        .select(["pet.name", "toy.name as toy"])
        .orderBy("pet.name")
        .orderBy("toy.name")
        .execute(),
  },
  {
    name: "a cross join",
    run: (db) =>
      db
        .selectFrom("wine")
        .crossJoin("pet")
        .select(["wine.name as wine", "pet.name as pet"])
        .where("pet.species", "=", "cat")
        .orderBy("wine.name")
        .orderBy("pet.name")
        .execute(),
  },
  {
    name: "a lateral join",
    refused: "LATERAL",
    run: (db) =>
      db
        .selectFrom("person")
        .innerJoinLateral(
          (eb) =>
            eb
              .selectFrom("pet")
              .select("pet.name as pet_name")
              .whereRef("pet.owner_id", "=", "person.id")
              .orderBy("pet.name")
              .limit(1)
              .as("first_pet"),
          (join) => join.onTrue(),
        )
        .select(["person.id", "first_pet.pet_name"])
        .execute(),
  },
  {
    name: "a join on true",
    run: (db) =>
      db
        .selectFrom("wine")
        .innerJoin("toy", (join) => join.onTrue())
        .select(["wine.name as wine", "toy.name as toy"])
        .orderBy("wine.name")
        .orderBy("toy.name")
        .execute(),
  },
  {
    name: "common table expressions, one on the other",
    run: (db) =>
      db
        .with("jennifers", (qb) =>
          qb.selectFrom("person").where("first_name", "=", "Jennifer").select(["id", "age"]),
        )
        .with("adult_jennifers", (qb) =>
          qb.selectFrom("jennifers").where("age", ">", 30).select(["id", "age"]),
        )
        .selectFrom("adult_jennifers")
        .selectAll()
        .execute(),
  },
  {
    name: "a common table expression with named columns, materialized",
    run: (db) =>
      db
        .with(
          (wb) => wb("names(n, made)").materialized(),
          (qb) => qb.selectFrom("person").select(["first_name as n", "created_at as made"]),
        )
        .selectFrom("names")
        .select(["n", "made"])
        .orderBy("n")
        .orderBy("made")
        .execute(),
  },
  {
    name: "a recursive common table expression",
    run: (db) =>
      db
        .withRecursive("counting(n, text)", (qb) =>
          qb
            .selectNoFrom((eb) => [
              eb.cast<number>(eb.lit(1), "integer").as("n"),
              eb.cast<string>(eb.val("a"), "text").as("text"),
            ])
            .unionAll(
              qb
                .selectFrom("counting")
                .select((eb) => [
                  eb("n", "+", 1).as("n"),
                  eb("text", "||", eb.cast<string>(eb.val("a"), "text")).as("text"),
                ])
                .where("n", "<", 5),
            ),
        )
        .selectFrom("counting")
        .selectAll()
        .orderBy("n")
        .execute(),
  },
  {
    name: "a common table expression that writes",
    refused: "data-modifying CTE",
    run: (db) =>
      db
        .with("new_person", (qb) =>
          qb.insertInto("person").values({ first_name: "New", gender: "other" }).returning("first_name"),
        )
        .selectFrom("new_person")
        .selectAll()
        .execute(),
  },
  {
    name: "a common table expression before an insert, an update, a delete",
    run: async (db) => {
      const inserted = await db
        .with("source", (qb) => qb.selectFrom("person").select("first_name").where("id", "=", 2))
        .insertInto("wine")
        .columns(["name", "stock"])
        .expression((eb) => eb.selectFrom("source").select(["first_name", eb.lit(3).as("stock")]))
        .returning(["name", "stock"])
        .execute()
      const updated = await db
        .with("few", (qb) => qb.selectFrom("wine").select("id").where("stock", "<", 5))
        .updateTable("wine")
        .set({ stock: 5 })
        .where("id", "in", (eb) => eb.selectFrom("few").select("few.id"))
        .returning(["name", "stock"])
        .execute()
      const deleted = await db
        .with("full", (qb) => qb.selectFrom("wine").select("id").where("stock", ">", 5))
        .deleteFrom("wine")
        .where("id", "in", (eb) => eb.selectFrom("full").select("full.id"))
        .returning("name")
        .execute()
      return [inserted, updated.toSorted((a, b) => (a.name < b.name ? -1 : 1)), deleted]
    },
  },
  {
    name: "a query as a table",
    run: (db) =>
      db
        .selectFrom((eb) =>
          eb.selectFrom("person").select(["first_name as name", "is_active", "birthdate"]).as("p"),
        )
        .selectAll()
        .orderBy("name")
        .orderBy("birthdate")
        .execute(),
  },
  {
    name: "rows of values as a table",
    refused: "An alias with names of columns",
    run: (db) =>
      db
        .selectFrom(sql<{ a: number; b: string }>`(values (1, 'x'), (2, 'y'))`.as<"v">(sql`v(a, b)`))
        .selectAll()
        .execute(),
  },
]
