import {
  CamelCasePlugin,
  DeduplicateJoinsPlugin,
  HandleEmptyInListsPlugin,
  ParseJSONResultsPlugin,
  replaceWithNoncontingentExpression,
  SafeNullComparisonPlugin,
  pushValueIntoList,
  type Kysely,
} from "kysely"
import { jsonArrayFrom } from "kysely/helpers/postgres"
import type { Program } from "../both-engines.ts"
import type { RecipeTables } from "./tables.ts"

interface Camel {
  person: { id: number; firstName: string; lastName: string | null; isActive: boolean; createdAt: Date }
}

/** Plugins that come with Kysely. */
export const PLUGIN_RECIPES: readonly Program<RecipeTables>[] = [
  {
    name: "names in camel case",
    run: async (db) => {
      const camel = (db as unknown as Kysely<Camel>).withPlugin(new CamelCasePlugin())
      return [
        await camel
          .selectFrom("person")
          .select(["firstName", "isActive", "createdAt"])
          .orderBy("id")
          .execute(),
        await camel
          .updateTable("person")
          .set({ lastName: "Case" })
          .where("firstName", "=", "Jennifer")
          .returning(["id", "lastName as theName"])
          .execute(),
      ]
    },
  },
  {
    name: "joins that are added twice",
    run: (db) =>
      db
        .withPlugin(new DeduplicateJoinsPlugin())
        .selectFrom("person")
        .innerJoin("pet", "pet.owner_id", "person.id")
        .innerJoin("pet", "pet.owner_id", "person.id")
        .select(["person.id", "pet.name"])
        .where("pet.species", "=", "cat")
        .orderBy("pet.id")
        .execute(),
  },
  {
    name: "empty lists that are never true",
    run: async (db) => {
      const never = db.withPlugin(
        new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression }),
      )
      return [
        await never.selectFrom("person").select("id").where("id", "in", []).execute(),
        await never.selectFrom("person").select("id").where("id", "not in", []).orderBy("id").execute(),
      ]
    },
  },
  {
    name: "empty lists with a value put into them",
    refused: "The column type char",
    run: async (db) => {
      const pushed = db.withPlugin(
        new HandleEmptyInListsPlugin({ strategy: pushValueIntoList("__no_such_name__") }),
      )
      return [
        await pushed.selectFrom("person").select("id").where("first_name", "in", []).execute(),
        await pushed
          .selectFrom("person")
          .select("id")
          .where("first_name", "not in", [])
          .orderBy("id")
          .execute(),
      ]
    },
  },
  {
    name: "an empty list without a plugin",
    fails: "42601",
    run: (db) => db.selectFrom("person").select("id").where("id", "in", []).execute(),
  },
  {
    name: "comparisons with null, in which the plugin leaves a parameter behind IS",
    fails: "42601",
    run: (db) =>
      db
        .withPlugin(new SafeNullComparisonPlugin())
        .selectFrom("person")
        .select("id")
        .where("last_name", "=", null)
        .execute(),
  },
  {
    name: "results that are read as JSON",
    run: (db) =>
      db
        .withPlugin(new ParseJSONResultsPlugin())
        .selectFrom("person")
        .select((eb) => [
          "id",
          "address",
          jsonArrayFrom(
            eb
              .selectFrom("pet")
              .select("pet.name")
              .whereRef("pet.owner_id", "=", "person.id")
              .orderBy("pet.id"),
          ).as("pets"),
        ])
        .orderBy("id")
        .execute(),
  },
]
