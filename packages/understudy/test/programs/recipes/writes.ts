import { sql } from "kysely"
import type { Program } from "../both-engines.ts"
import type { RecipeTables } from "./tables.ts"

const NEW = { first_name: "Ann", last_name: "Other", gender: "female", age: 40 } as const

/** Inserts, updates, deletes and transactions. */
export const WRITE_RECIPES: readonly Program<RecipeTables>[] = [
  {
    name: "an insert, and how many rows it made",
    run: (db) => db.insertInto("person").values(NEW).executeTakeFirst(),
  },
  {
    name: "an insert of several rows with different columns",
    run: (db) =>
      db
        .insertInto("person")
        .values([NEW, { first_name: "Bob", gender: "male", is_active: false }])
        .returning(["first_name", "last_name", "age", "is_active", "deleted_at"])
        .execute(),
  },
  {
    name: "returning all, and by aliases and expressions",
    run: async (db) => {
      const { id, created_at, ...rest } = await db
        .insertInto("person")
        .values(NEW)
        .returningAll()
        .executeTakeFirstOrThrow()
      const named = await db
        .insertInto("person")
        .values({ ...NEW, address: { city: "Rome" } })
        .returning((eb) => [
          "first_name as name",
          "address",
          eb("age", ">", 18).as("adult"),
          sql<number>`age + 1`.as("next"),
        ])
        .executeTakeFirstOrThrow()
      return [typeof id, created_at instanceof Date, rest, named]
    },
  },
  {
    name: "values that are computed",
    run: (db) =>
      db
        .insertInto("person")
        .values(({ selectFrom, ref, fn }) => ({
          first_name: selectFrom("pet").select("name").where("id", "=", 1) as never,
          last_name: sql<string>`concat(${"Ani"}, ${"ston"})`,
          gender: "other" as const,
          age: selectFrom("person").select(fn.avg<number>("age").as("average")) as never,
          is_active: ref("is_active" as never) as never,
        }))
        .returning(["first_name"])
        .execute()
        .catch((error: unknown) => [(error as { code?: string }).code]),
  },
  {
    name: "values from queries",
    run: (db) =>
      db
        .insertInto("person")
        .values((eb) => ({
          first_name: eb.selectFrom("pet").select("name").where("id", "=", 1) as never,
          last_name: sql<string>`concat(cast(${"Ani"} as text), cast(${"ston"} as text))`,
          gender: "other" as const,
          age: eb.selectFrom("person").select(eb.fn.avg<number>("age").as("average")) as never,
        }))
        .returning(["first_name", "last_name", "age"])
        .execute(),
  },
  {
    name: "an insert from a query",
    run: (db) =>
      db
        .insertInto("person")
        .columns(["first_name", "last_name", "gender", "age"])
        .expression((eb) =>
          eb
            .selectFrom("pet")
            .select((pet) => [
              "pet.name",
              pet.val("Petson").as("last_name"),
              pet.val("other").as("gender"),
              pet.lit(7).as("age"),
            ])
            .where("species", "=", "cat")
            .orderBy("pet.id"),
        )
        .returning(["first_name", "last_name", "gender", "age"])
        .execute(),
  },
  {
    name: "an insert of default values alone",
    fails: "23502",
    run: (db) => db.insertInto("person").defaultValues().execute(),
  },
  {
    name: "an upsert that does nothing",
    run: (db) =>
      db
        .insertInto("pet")
        .values({ name: "Catto", owner_id: 3, species: "cat" })
        .onConflict((oc) => oc.column("name").doNothing())
        .returning("name")
        .execute(),
  },
  {
    name: "an upsert that updates",
    run: (db) =>
      db
        .insertInto("pet")
        .values([
          { name: "Catto", owner_id: 3, species: "hamster" },
          { name: "Newo", owner_id: 3, species: "dog" },
        ])
        .onConflict((oc) =>
          oc
            .column("name")
            .doUpdateSet((eb) => ({ species: eb.ref("excluded.species"), is_favorite: true }))
            .where("pet.owner_id", "<>", 2),
        )
        .returning(["name", "owner_id", "species", "is_favorite"])
        .execute(),
  },
  {
    name: "an upsert by the constraint's name",
    refused: "ON CONFLICT ON CONSTRAINT",
    run: (db) =>
      db
        .insertInto("wine")
        .values({ name: "Rioja", stock: 3 })
        .onConflict((oc) => oc.constraint("wine_name").doUpdateSet({ stock: 3 }))
        .returning(["name", "stock"])
        .execute(),
  },
  {
    name: "an update, and how many rows it changed",
    run: (db) =>
      db
        .updateTable("person")
        .set({ last_name: "Changed" })
        .where("first_name", "=", "Jennifer")
        .executeTakeFirst(),
  },
  {
    name: "an update to what is computed",
    run: (db) =>
      db
        .updateTable("person")
        .set((eb) => ({
          age: eb("age", "+", 1),
          first_name: eb
            .selectFrom("pet")
            .select("name")
            .whereRef("pet.owner_id", "=", "person.id")
            .where("species", "=", "cat") as never,
          last_name: "updated",
          deleted_at: sql<Date>`now()`,
        }))
        .where("id", "=", 1)
        .returning(["first_name", "last_name", "age"])
        .execute(),
  },
  {
    name: "an update of one column by its name",
    run: (db) =>
      db
        .updateTable("wine")
        .set("stock", (eb) => eb("stock", "+", 10))
        .set("name", "Rosso")
        .where("name", "=", "Barolo")
        .returningAll()
        .execute(),
  },
  {
    name: "an update from another table",
    run: (db) =>
      db
        .updateTable("person")
        .from("pet")
        .set((eb) => ({ first_name: eb.ref("pet.name") }))
        .whereRef("pet.owner_id", "=", "person.id")
        .where("pet.species", "=", "hamster")
        .returning(["person.id", "person.first_name"])
        .execute(),
  },
  {
    name: "an update of the JSON and of the array in it",
    run: async (db) => {
      await db
        .updateTable("person")
        .set({
          address: { city: "Bergen" },
          experience: JSON.stringify([{ title: "Chef", years: 1 }]) as never,
        })
        .where("id", "=", 3)
        .execute()
      return db.selectFrom("person").select(["address", "experience"]).where("id", "=", 3).execute()
    },
  },
  {
    name: "a delete with what it took, and its children",
    run: async (db) => [
      await db.deleteFrom("person").where("id", "=", 1).returning(["id", "first_name"]).execute(),
      await db.selectFrom("pet").select("name").orderBy("id").execute(),
      await db.selectFrom("toy").select("name").orderBy("id").execute(),
      await db.deleteFrom("person").where("id", "=", 99).executeTakeFirst(),
    ],
  },
  {
    name: "a delete using another table",
    refused: "DELETE … USING",
    run: (db) =>
      db
        .deleteFrom("pet")
        .using("person")
        .whereRef("pet.owner_id", "=", "person.id")
        .where("person.age", ">", 60)
        .execute(),
  },
  {
    name: "what to write for delete … using",
    run: (db) =>
      db
        .deleteFrom("pet")
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom("person")
              .select("person.id")
              .whereRef("person.id", "=", "pet.owner_id")
              .where("person.age", ">", 60),
          ),
        )
        .returning("name")
        .execute(),
  },
  {
    name: "merge",
    refused: "MERGE",
    run: (db) =>
      db
        .mergeInto("wine")
        .using("pet", "pet.name", "wine.name")
        .whenMatched()
        .thenDelete()
        .whenNotMatched()
        .thenInsertValues((eb) => ({ name: eb.ref("pet.name"), stock: 1 }))
        .executeTakeFirstOrThrow(),
  },
  {
    name: "a part of a session that is undone",
    run: async (db) => {
      await db.insertInto("wine").values({ name: "kept", stock: 1 }).execute()
      const failed = await db
        .savepoint(async (inner) => {
          await inner.insertInto("wine").values({ name: "undone", stock: 1 }).execute()
          await inner.insertInto("wine").values({ name: "kept", stock: 1 }).execute()
        })
        .catch((error: unknown) => (error as { code?: string }).code)
      return [failed, await db.selectFrom("wine").select("name").orderBy("name").execute()]
    },
  },
  {
    name: "a duplicate",
    fails: "23505",
    run: (db) => db.insertInto("wine").values({ name: "Rioja", stock: 1 }).execute(),
  },
  {
    name: "a parent that is not there",
    fails: "23503",
    run: (db) => db.insertInto("pet").values({ name: "Lost", owner_id: 99, species: "cat" }).execute(),
  },
  {
    name: "a value that a check refuses",
    fails: "23514",
    run: (db) =>
      db
        .insertInto("pet")
        .values({ name: "Odd", owner_id: 1, species: "bird" as never })
        .execute(),
  },
  {
    name: "a column that must not be null",
    fails: "23502",
    run: (db) =>
      db
        .updateTable("person")
        .set({ first_name: null as never })
        .where("id", "=", 1)
        .execute(),
  },
  {
    name: "a text that is too long",
    fails: "22001",
    run: (db) =>
      db
        .insertInto("person")
        .values({ ...NEW, first_name: "x".repeat(256) })
        .execute(),
  },
]
