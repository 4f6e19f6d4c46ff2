import { sql, type Expression, type ExpressionBuilder } from "kysely"
import { jsonArrayFrom, jsonBuildObject, jsonObjectFrom } from "kysely/helpers/postgres"
import type { Program } from "../both-engines.ts"
import type { RecipeTables } from "./tables.ts"

function petsOf(owner: Expression<number>, eb: ExpressionBuilder<RecipeTables, never>) {
  return jsonArrayFrom(
    eb
      .selectFrom("pet")
      .select(["pet.id", "pet.name", "pet.is_favorite"])
      .where("pet.owner_id", "=", owner)
      .orderBy("pet.name"),
  )
}

/** Rows within rows, as the helpers for PostgreSQL make them. */
export const RELATION_RECIPES: readonly Program<RecipeTables>[] = [
  {
    name: "the pets of each person as an array",
    run: (db) =>
      db
        .selectFrom("person")
        .select((eb) => ["person.id", petsOf(eb.ref("person.id"), eb as never).as("pets")])
        .orderBy("person.id")
        .execute(),
  },
  {
    name: "the favorite pet of each person as an object, or null",
    run: (db) =>
      db
        .selectFrom("person")
        .select((eb) => [
          "person.id",
          jsonObjectFrom(
            eb
              .selectFrom("pet")
              .select(["pet.id", "pet.name", "pet.is_favorite"])
              .whereRef("pet.owner_id", "=", "person.id")
              .where("pet.is_favorite", "=", true),
          ).as("favorite"),
        ])
        .orderBy("person.id")
        .execute(),
  },
  {
    name: "an object put together",
    run: (db) =>
      db
        .selectFrom("person")
        .select((eb) => [
          "id",
          jsonBuildObject({
            first: eb.ref("first_name"),
            last: eb.ref("last_name"),
            full: sql<string>`first_name || ' ' || coalesce(last_name, '')`,
            age: eb.ref("age"),
            active: eb.ref("is_active"),
          }).as("name"),
        ])
        .orderBy("id")
        .execute(),
  },
  {
    name: "relations of relations",
    run: (db) =>
      db
        .selectFrom("person")
        .select((eb) => [
          "person.first_name",
          jsonArrayFrom(
            eb
              .selectFrom("pet")
              .select((pet) => [
                "pet.name",
                jsonArrayFrom(
                  pet
                    .selectFrom("toy")
                    .select(["toy.name", "toy.price"])
                    .whereRef("toy.pet_id", "=", "pet.id")
                    .orderBy("toy.name"),
                ).as("toys"),
              ])
              .whereRef("pet.owner_id", "=", "person.id")
              .orderBy("pet.name"),
          ).as("pets"),
        ])
        .orderBy("person.id")
        .execute(),
  },
  {
    name: "every type within a row",
    run: (db) =>
      db
        .selectFrom("toy")
        .select((eb) => [
          "toy.id",
          jsonObjectFrom(
            eb
              .selectFrom("person")
              .selectAll("person")
              .whereRef("person.id", "=", eb.ref("toy.id") as never),
          ).as("person"),
        ])
        .orderBy("toy.id")
        .execute(),
  },
  {
    name: "an object of a sum, a price, a date and an object",
    run: (db) =>
      db
        .selectFrom("toy")
        .innerJoin("pet", "pet.id", "toy.pet_id")
        .innerJoin("person", "person.id", "pet.owner_id")
        .select((eb) =>
          jsonBuildObject({
            price: eb.ref("toy.price"),
            dearer: eb("toy.price", "*", "1.10"),
            born: eb.ref("person.birthdate"),
            left: eb.ref("person.deleted_at"),
            "it's": jsonBuildObject({
              favorite: eb.ref("pet.is_favorite"),
              address: eb.ref("person.address"),
            }),
            toys: eb
              .selectFrom("toy as other")
              .whereRef("other.pet_id", "=", "pet.id")
              .select((other) => other.fn.countAll<number>().as("n")),
          }).as("toy"),
        )
        .orderBy("toy.id")
        .execute(),
  },
  {
    name: "relations of a union, of sums and of values",
    run: (db) =>
      db
        .selectNoFrom((eb) => [
          jsonArrayFrom(
            eb
              .selectFrom("person")
              .select("first_name as name")
              .unionAll(eb.selectFrom("pet").select("name"))
              .orderBy("name", "desc"),
          ).as("names"),
          jsonArrayFrom(
            eb
              .selectFrom("toy")
              .select((toy) => [
                "pet_id",
                toy.fn.sum<string>("price").as("sum"),
                toy.fn.avg<string>("price").as("average"),
                toy.val("toy").as("kind"),
              ])
              .groupBy("pet_id")
              .orderBy("pet_id"),
          ).as("sums"),
          jsonObjectFrom(eb.selectFrom("toy").selectAll().where("id", "=", 99)).as("nothing"),
        ])
        .executeTakeFirstOrThrow(),
  },
  {
    name: "relations by a common table expression, filtered by one",
    run: (db) =>
      db
        .with("with_pets", (qb) =>
          qb
            .selectFrom("person")
            .select((eb) => [
              "person.id",
              jsonArrayFrom(
                eb
                  .selectFrom("pet")
                  .selectAll("pet")
                  .whereRef("pet.owner_id", "=", "person.id")
                  .orderBy("pet.id"),
              ).as("pets"),
            ]),
        )
        .selectFrom("with_pets")
        .selectAll()
        .where("id", "<", 4)
        .orderBy("id")
        .execute(),
  },
  {
    name: "two columns of one name within a row",
    refused: "JSON of two columns of one name",
    run: (db) =>
      db
        .selectNoFrom((eb) =>
          jsonArrayFrom(
            eb.selectFrom("pet").innerJoin("toy", "toy.pet_id", "pet.id").select(["pet.name", "toy.name"]),
          ).as("x"),
        )
        .execute(),
  },
  {
    name: "a parameter within an object",
    fails: "42P18",
    run: (db) => db.selectNoFrom((eb) => jsonBuildObject({ a: eb.val("x") }).as("x")).execute(),
  },
]
