import { sql } from "kysely"
import type { Program } from "../both-engines.ts"
import type { RecipeTables } from "./tables.ts"

/** Schemas, precompiled queries, streams, introspection. */
export const OTHER_RECIPES: readonly Program<RecipeTables>[] = [
  {
    name: "a query that is built here and run there",
    run: async (db) => {
      const compiled = db.selectFrom("person").select(["id", "is_active"]).where("id", "=", 2).compile()
      return (await db.executeQuery(compiled)).rows
    },
  },
  {
    name: "the schema public by its name",
    run: async (db) => [
      await db
        .withSchema("public")
        .selectFrom("pet")
        .select(["pet.name", "pet.is_favorite"])
        .orderBy("id")
        .execute(),
      await db
        .withSchema("public")
        .updateTable("pet")
        .set({ is_favorite: true })
        .where("pet.id", "=", 2)
        .returning("pet.is_favorite")
        .execute(),
    ],
  },
  {
    name: "rows one after the other",
    run: async (db) => {
      const rows: unknown[] = []
      for await (const row of db.selectFrom("person").select(["id", "created_at"]).orderBy("id").stream(2))
        rows.push(row)
      return rows
    },
  },
  {
    name: "a stream that is left early",
    run: async (db) => {
      const seen: unknown[] = []
      for await (const row of db.selectFrom("pet").select("name").orderBy("id").stream(1)) {
        seen.push(row)
        if (seen.length === 2) break
      }
      return [seen, await db.selectFrom("pet").select("name").where("id", "=", 3).execute()]
    },
  },
  {
    name: "the names of tables and columns",
    run: async (db) => {
      const tables = await db.introspection.getTables()
      return tables
        .filter(({ name }) => !name.startsWith("kysely_"))
        .map(({ name, isView, columns }) => [
          name,
          isView,
          columns.map((column) => [
            column.name,
            column.dataType,
            column.isNullable,
            column.isAutoIncrementing,
          ]),
        ])
    },
  },
  {
    name: "a view, made and asked",
    run: async (db) => {
      await db.schema
        .createView("dogs")
        .orReplace()
        .as(db.selectFrom("pet").select(["id", "name", "is_favorite"]).where("species", "=", "dog"))
        .execute()
      const dogs = await sql<Record<string, unknown>>`select * from dogs order by id`.execute(db)
      await db.schema.dropView("dogs").ifExists().execute()
      return dogs.rows
    },
  },
  {
    name: "a raw statement that returns rows, and one that changes some",
    run: async (db) => [
      (await sql`select id, is_active, created_at from person order by id`.execute(db)).rows,
      (await sql`update wine set stock = stock + 1`.execute(db)).numAffectedRows,
    ],
  },
  {
    name: "a plan of a query is there",
    run: async (db) => {
      const plan = await db.selectFrom("person").selectAll().where("id", "=", 1).explain()
      return plan.length > 0
    },
  },
]
