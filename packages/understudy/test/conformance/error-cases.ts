import { sql } from "kysely"
import type { Session } from "../../src/session/session.ts"
import type { QueryCase } from "./query-cases.ts"
import type { Tables } from "./tables.ts"

const ID = "0190b3a2-5c1d-7e3f-8a4b-1c2d3e4f5a6b"

async function withParents(db: Session<Tables>): Promise<void> {
  await db
    .insertInto("parent")
    .values([{ name: "a" }, { name: "b" }])
    .execute()
}

export const ERROR_CASES: readonly QueryCase[] = [
  {
    name: "23505 on a unique column",
    run: (db) =>
      db
        .insertInto("parent")
        .values([{ name: "x" }, { name: "x" }])
        .execute(),
  },
  {
    name: "23505 on a primary key",
    run: (db) =>
      db
        .insertInto("parent")
        .values([
          { id: 5, name: "x" },
          { id: 5, name: "y" },
        ] as never)
        .execute(),
  },
  {
    name: "23505 on a named key of two columns",
    run: (db) =>
      db
        .insertInto("child")
        .values([
          { id: ID, kind: "a" },
          { id: ID, kind: "a" },
        ] as never)
        .execute(),
  },
  {
    name: "23505 on a unique index",
    run: async (db) => {
      await withParents(db)
      const other = ID.replace("6b", "6c")
      return db
        .insertInto("child")
        .values([
          { id: ID, parent: 1, kind: "a" },
          { id: other, parent: 1, kind: "a" },
        ])
        .execute()
    },
  },
  {
    name: "23502",
    run: (db) =>
      db
        .insertInto("child")
        .values({ id: ID, kind: null as never, parent: null })
        .execute(),
  },
  {
    name: "23514",
    run: (db) =>
      db
        .insertInto("child")
        .values({ id: ID, kind: "c", parent: null })
        .execute()
        .catch((error: unknown) => (error as { code: string }).code),
  },
  {
    name: "23503",
    run: (db) =>
      db
        .insertInto("child")
        .values({ id: ID, kind: "a", parent: 99 })
        .execute()
        .catch((error: unknown) => (error as { code: string }).code),
  },
  {
    name: "42P01",
    run: (db) =>
      db
        .selectFrom("nowhere" as "child")
        .selectAll()
        .execute(),
  },
  {
    name: "42703",
    run: (db) =>
      db
        .selectFrom("child")
        .select("nothing" as "id")
        .execute(),
  },
  { name: "42601", run: (db) => sql`selekt 1`.execute(db) },
  {
    name: "25P02 after an error, until the end",
    run: async (db) => {
      await db
        .insertInto("child")
        .values({ id: ID, kind: "c", parent: null })
        .execute()
        .catch(() => {})
      return db.selectFrom("child").selectAll().execute()
    },
  },
  {
    name: "a savepoint undoes only what is inside",
    run: async (db) => {
      await db.insertInto("parent").values({ name: "kept" }).execute()
      await db
        .savepoint(async (inner) => {
          await inner.insertInto("parent").values({ name: "lost" }).execute()
          await inner.insertInto("parent").values({ name: "kept" }).execute()
        })
        .catch(() => {})
      return db.selectFrom("parent").select("name").execute()
    },
  },
  {
    name: "an empty list",
    run: (db) => db.selectFrom("parent").select("id").where("id", "in", []).execute(),
  },
  {
    name: "not in an empty list",
    run: (db) => db.selectFrom("parent").select("id").where("id", "not in", []).execute(),
  },
  {
    name: "is with a parameter",
    run: (db) =>
      db
        .selectFrom("parent")
        .select("id")
        .where((eb) => eb("rank", "is", eb.val(null)))
        .execute(),
  },
  {
    name: "is not with a column",
    run: (db) =>
      db
        .selectFrom("parent")
        .select("id")
        .where((eb) => eb("rank", "is not", eb.ref("id") as never))
        .execute(),
  },
  {
    name: "an aggregate in WHERE",
    run: (db) =>
      db
        .selectFrom("parent")
        .select("id")
        .where((eb) => eb(eb.fn.countAll(), "=", 1))
        .execute(),
  },
  {
    name: "an aggregate of an aggregate",
    run: (db) =>
      db
        .selectFrom("parent")
        .select((eb) => eb.fn.sum(eb.fn.count<number>("id")).as("x"))
        .execute(),
  },
  {
    name: "a window function in WHERE",
    run: (db) =>
      db
        .selectFrom("parent")
        .select("id")
        .where((eb) => eb(eb.fn.agg<number>("row_number").over(), "=", 1))
        .execute(),
  },
  {
    name: "an upsert on columns that are no key",
    run: (db) =>
      db
        .insertInto("parent")
        .values({ name: "x" })
        .onConflict((oc) => oc.column("rank").doNothing())
        .execute(),
  },
  {
    name: "a union of different widths",
    run: (db) =>
      db
        .selectFrom("parent")
        .select(["id", "name"])
        .union(db.selectFrom("parent").select("id") as never)
        .execute(),
  },
  {
    name: "operators of other databases",
    run: (db) => db.selectFrom("parent").select("id").where("name", "regexp", "a").execute(),
  },
  {
    name: "the equality of other databases",
    run: (db) => db.selectFrom("parent").select("id").where("id", "==", 1).execute(),
  },
  { name: "insert ignore", run: (db) => db.insertInto("parent").ignore().values({ name: "x" }).execute() },
  {
    name: "insert or replace",
    run: (db) => db.insertInto("parent").orReplace().values({ name: "x" }).execute(),
  },
  { name: "replace into", run: (db) => db.replaceInto("parent").values({ name: "x" }).execute() },
]
