import { sql, type SqlBool } from "kysely"
import type { Program } from "../both-engines.ts"
import type { RecipeTables } from "./tables.ts"

/** What people filter by. */
export const WHERE_RECIPES: readonly Program<RecipeTables>[] = [
  {
    name: "two conditions",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where("first_name", "=", "Jennifer")
        .where("age", ">", 30)
        .execute(),
  },
  {
    name: "a list",
    run: (db) => db.selectFrom("person").select("id").where("id", "in", [1, 3, 99]).orderBy("id").execute(),
  },
  {
    name: "not in a list",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where("last_name", "not in", ["Lopez", "Aniston"])
        .orderBy("id")
        .execute(),
  },
  {
    name: "an object of values",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where((eb) => eb.and({ first_name: "Jennifer", age: 25, is_active: true }))
        .execute(),
  },
  {
    name: "conditions added one by one",
    run: async (db) => {
      const find = async (firstName?: string, olderThan?: number) => {
        let query = db.selectFrom("person").select("id").orderBy("id")
        if (firstName !== undefined) query = query.where("first_name", "=", firstName)
        if (olderThan !== undefined) query = query.where("age", ">", olderThan)
        return query.execute()
      }
      return [await find(), await find("Jennifer"), await find(undefined, 25), await find("Jennifer", 25)]
    },
  },
  {
    name: "or, and, not, exists, together",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where(({ eb, or, and, not, exists, selectFrom }) =>
          and([
            or([eb("first_name", "=", "Jennifer"), eb("age", ">", 60)]),
            not(eb("last_name", "=", "Lopez")),
            exists(selectFrom("pet").select("pet.id").whereRef("pet.owner_id", "=", "person.id")),
          ]),
        )
        .orderBy("id")
        .execute(),
  },
  {
    name: "no condition of none, any of none",
    run: async (db) => [
      await db
        .selectFrom("person")
        .select("id")
        .where((eb) => eb.and([]))
        .orderBy("id")
        .execute(),
      await db
        .selectFrom("person")
        .select("id")
        .where((eb) => eb.or([]))
        .execute(),
    ],
  },
  {
    name: "a subquery on the right, and on the left",
    run: async (db) => [
      await db
        .selectFrom("person")
        .select("id")
        .where("id", "in", (eb) => eb.selectFrom("pet").select("owner_id").where("species", "=", "dog"))
        .orderBy("id")
        .execute(),
      await db
        .selectFrom("person")
        .select("id")
        .where(
          (eb) =>
            eb
              .selectFrom("pet")
              .select(({ fn }) => fn.countAll<number>().as("n"))
              .whereRef("pet.owner_id", "=", "person.id"),
          ">",
          1,
        )
        .execute(),
    ],
  },
  {
    name: "columns compared with columns",
    run: (db) =>
      db.selectFrom("person").select("id").whereRef("first_name", ">", "last_name").orderBy("id").execute(),
  },
  {
    name: "is null, is not null, is true",
    run: async (db) => [
      await db.selectFrom("person").select("id").where("last_name", "is", null).execute(),
      await db.selectFrom("person").select("id").where("age", "is not", null).orderBy("id").execute(),
      await db.selectFrom("person").select("id").where("is_active", "is", true).orderBy("id").execute(),
      await db.selectFrom("person").select("id").where("is_active", "is not", false).orderBy("id").execute(),
    ],
  },
  {
    name: "like, ilike and a regular expression's absence",
    run: async (db) => [
      await db.selectFrom("pet").select("name").where("name", "like", "Cat%").orderBy("name").execute(),
      await db.selectFrom("pet").select("name").where("name", "ilike", "cat%").orderBy("name").execute(),
      await db.selectFrom("pet").select("name").where("name", "not ilike", "%o").orderBy("name").execute(),
      await db.selectFrom("person").select("id").where("last_name", "like", "%'%").execute(),
    ],
  },
  {
    name: "a regular expression",
    refused: "~",
    run: (db) => db.selectFrom("pet").select("name").where("name", "~", "^C").execute(),
  },
  {
    name: "between, its opposite, and symmetric",
    run: async (db) => [
      await db
        .selectFrom("person")
        .select("id")
        .where((eb) => eb.between("age", 25, 60))
        .orderBy("id")
        .execute(),
      await db
        .selectFrom("person")
        .select("id")
        .where((eb) => eb.not(eb.between("age", 25, 60)))
        .orderBy("id")
        .execute(),
      await db
        .selectFrom("person")
        .select("id")
        .where((eb) => eb.between("birthdate", "1940-01-01", "1950-12-31"))
        .execute(),
    ],
  },
  {
    name: "between symmetric",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where((eb) => eb.betweenSymmetric("age", 60, 25))
        .orderBy("id")
        .execute(),
  },
  {
    name: "dates",
    run: async (db) => [
      await db
        .selectFrom("person")
        .select("id")
        .where("created_at", ">", new Date("2024-04-01T00:00:00Z"))
        .execute(),
      await db
        .selectFrom("person")
        .select("id")
        .where("deleted_at", "<=", new Date("2025-01-01T00:00:00Z"))
        .execute(),
      await db.selectFrom("person").select("id").where("birthdate", "=", "1998-11-30").execute(),
    ],
  },
  {
    name: "tuples",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where((eb) =>
          eb(eb.refTuple("first_name", "age"), "in", [eb.tuple("Jennifer", 25), eb.tuple("Arnold", 77)]),
        )
        .orderBy("id")
        .execute(),
  },
  {
    name: "a tuple in a subquery",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where(({ eb, refTuple, selectFrom }) =>
          eb(
            refTuple("first_name", "last_name"),
            "in",
            selectFrom("person as p")
              .select(["p.first_name", "p.last_name"])
              .where("p.age", "=", 25)
              .$asTuple("first_name", "last_name"),
          ),
        )
        .orderBy("id")
        .execute(),
  },
  {
    name: "any of a subquery",
    refused: "any",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where((eb) => eb("id", "=", eb.fn.any(eb.selectFrom("pet").select("owner_id"))))
        .execute(),
  },
  {
    name: "any of an array",
    refused: "ANY and ALL",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where(sql<SqlBool>`id = any('{1,2}')`)
        .execute(),
  },
  {
    name: "is distinct from",
    run: async (db) => [
      await db.selectFrom("person").select("id").where("age", "is distinct from", 25).orderBy("id").execute(),
      await db.selectFrom("person").select("id").where("age", "is not distinct from", null).execute(),
    ],
  },
  {
    name: "a fragment as a condition",
    run: (db) =>
      db
        .selectFrom("person")
        .select("id")
        .where(sql<SqlBool>`lower(first_name) = ${"jennifer"}`)
        .orderBy("id")
        .execute(),
  },
  {
    name: "a reference that is not known before",
    run: async (db) => {
      const { ref } = db.dynamic
      const by = (column: "first_name" | "last_name", value: string) =>
        db
          .selectFrom("person")
          .select(["id", ref<"age" | "gender">("age")])
          .where(ref<typeof column>(column), "=", value)
          .orderBy(ref("id"))
          .execute()
      return [await by("first_name", "Jennifer"), await by("last_name", "Lopez")]
    },
  },
  {
    name: "a table that is not known before",
    run: (db) => {
      const { table } = db.dynamic
      return db.selectFrom(table("pet").as("t")).select("t.name").where("t.id", "=", 1).execute()
    },
  },
]
