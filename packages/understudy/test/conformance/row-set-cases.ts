import { sql, type SelectQueryBuilder } from "kysely"
import { withParents, type QueryCase } from "./query-cases.ts"
import type { Tables } from "./tables.ts"

type Names = SelectQueryBuilder<Tables, "parent", { name: string }>

function limited(name: string, restrict: (query: Names) => Names): QueryCase {
  return {
    name,
    run: async (db) => {
      await db
        .insertInto("parent")
        .values([{ name: "a" }, { name: "b" }, { name: "c\\" }])
        .execute()
      return restrict(db.selectFrom("parent").select("name").orderBy("name")).execute()
    },
  }
}

/** Which rows, and how many: unions, limits, patterns. */
export const ROW_SET_CASES: readonly QueryCase[] = [
  {
    name: "the count of rows of raw texts",
    run: async (db) => {
      await withParents(db)
      const texts = [
        sql`select id from parent`,
        sql`with p as (select 'update' as name) select name from p`,
        sql`insert into parent (name) values ('new') returning name`,
        sql`with p (name) as (select 'a') update parent set rank = 9 where name in (select name from p)`,
        sql`with p (name) as (select 'a') delete from parent where name in (select name from p) returning name`,
        sql`delete from parent where name = 'nobody'`,
      ]
      const results: unknown[] = []
      for (const text of texts) results.push((await text.execute(db)).numAffectedRows)
      return results
    },
  },
  {
    name: "arms of different number types, each with its own digits",
    run: async (db) => {
      await db
        .insertInto("every")
        .values({ price: "1.50", wide: "1.5", medium: 2, double: 0.1, single: 0.1 } as never)
        .execute()
      const every = db.selectFrom("every")
      const wide = await every
        .select("price as x")
        .unionAll(every.select("medium as x") as never)
        .unionAll((eb) =>
          eb.parens(
            eb
              .selectFrom("every")
              .select("price as x")
              .unionAll(eb.selectFrom("every").select("wide as x") as never) as never,
          ),
        )
        .execute()
      const floats = await every
        .select("single as x")
        .unionAll(every.select("double as x") as never)
        .unionAll(every.select("price as x") as never)
        .unionAll(every.select("medium as x") as never)
        .execute()
      return [wide, floats]
    },
  },
  {
    name: "fetch first rows, behind an offset too",
    run: async (db) => {
      await withParents(db)
      const ordered = db.selectFrom("parent").select("name").orderBy("name")
      return [await ordered.fetch(2).execute(), await ordered.offset(3).fetch(2).execute()]
    },
  },
  {
    name: "arms in brackets, with an order, a limit and arms of their own",
    run: async (db) => {
      await withParents(db)
      const parents = db.selectFrom("parent")
      return [
        await parents
          .select(["name", "rank"])
          .where("id", "=", 1)
          .unionAll((eb) =>
            eb.parens(eb.selectFrom("parent").select(["name", "rank"]).orderBy("name", "desc").limit(2)),
          )
          .orderBy("name")
          .execute(),
        await parents
          .select("rank")
          .except((eb) =>
            eb.parens(
              eb
                .selectFrom("parent")
                .select("rank")
                .where("rank", "<", 2)
                .intersect(eb.selectFrom("parent").select("rank").where("rank", ">", 0)),
            ),
          )
          .orderBy("rank")
          .execute(),
      ]
    },
  },
  ...([-1, 0, 1, 1.5, null, "2", "x"] as const).flatMap((count) => [
    limited(`limit ${count}`, (query) => query.limit(count as number)),
    limited(`offset ${count}`, (query) => query.offset(count as number)),
  ]),
  ...[-1, 0, 1].map((count) => limited(`fetch ${count} behind 1`, (query) => query.offset(1).fetch(count))),
  ...["a%", "%\\", "%\\\\"].flatMap((pattern) =>
    (["like", "ilike", "not like"] as const).map((operator) =>
      limited(`${operator} ${pattern}`, (query) => query.where("name", operator, pattern)),
    ),
  ),
]
