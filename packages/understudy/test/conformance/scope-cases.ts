import { sql } from "kysely"
import type { Session } from "../../src/session/session.ts"
import type { QueryCase } from "./query-cases.ts"
import type { Tables } from "./tables.ts"

const ID = "0190b3a2-5c1d-7e3f-8a4b-1c2d3e4f5a6b"

/** `id` is a number in two tables and a uuid in the third. */
async function withFamily(db: Session<Tables>): Promise<void> {
  await db
    .insertInto("parent")
    .values([
      { name: "a", rank: 1, made: new Date(1000) },
      { name: "b", rank: 2, made: new Date(2000) },
    ])
    .execute()
  await db
    .insertInto("child")
    .values([{ id: ID, parent: 1, kind: "a" }])
    .execute()
  await db
    .insertInto("every")
    .values({ flag: true, price: "4.50", moment: new Date(3000), small: 3 })
    .execute()
}

/** A case that starts with the rows of {@link withFamily}. */
function family(name: string, run: (db: Session<Tables>) => Promise<unknown>): QueryCase {
  return {
    name,
    run: async (db) => {
      await withFamily(db)
      return run(db)
    },
  }
}

export const SCOPE_CASES: readonly QueryCase[] = [
  family("an inner column without its table is the inner table's", (db) =>
    db
      .selectFrom("parent")
      .select(["id"])
      .where((eb) => eb.exists(eb.selectFrom("child").select("kind").where("id", "=", ID)))
      .orderBy("id")
      .execute(),
  ),
  family("an inner query reaches the outer columns", (db) =>
    db
      .selectFrom("parent")
      .select((eb) => [
        "name",
        eb
          .selectFrom("child")
          .select(sql.ref<Date>("made").as("made"))
          .whereRef("child.parent", "=", "parent.id")
          .as("made"),
        eb
          .selectFrom("child")
          .select((e) => e.fn.max("kind").as("k"))
          .as("kind"),
      ])
      .orderBy("name")
      .execute(),
  ),
  family("an alias that has another table's name", (db) =>
    db
      .selectFrom("child as parent")
      .select(["parent.id", "parent.kind"])
      .where("parent.id", "=", ID as never)
      .execute(),
  ),
  family("a CTE that has another table's name", (db) =>
    db
      .with("parent", (qb) => qb.selectFrom("every").select(["flag as name", "moment as made"]))
      .selectFrom("parent")
      .selectAll()
      .execute(),
  ),
  family("a derived table, its star and its expressions", (db) =>
    db
      .selectFrom((eb) =>
        eb
          .selectFrom("every")
          .select((e) => ["flag", "price", e("small", ">", 1).as("more"), e.fn.max("moment").as("last")])
          .groupBy(["flag", "price", "small"])
          .as("q"),
      )
      .selectAll("q")
      .select((eb) => [eb("q.flag", "=", eb.ref("q.more") as never).as("both"), "last as again"])
      .execute(),
  ),
  family("a derived table of a star", (db) =>
    db
      .selectFrom((eb) => eb.selectFrom("every").selectAll().as("q"))
      .select((eb) => ["q.flag", "q.moment", "q.price", eb.fn.coalesce("q.flag", eb.lit(false)).as("f")])
      .execute(),
  ),
  family("CTEs that read each other", (db) =>
    db
      .with("one", (qb) => qb.selectFrom("every").select((eb) => ["flag", eb("flag", "is", null).as("none")]))
      .with("two", (qb) => qb.selectFrom("one").select(["flag as f", "none as n"]))
      .selectFrom("two")
      .select(["two.f", "n"])
      .where("n", "=", false)
      .execute(),
  ),
  family("a CTE with names for its columns", (db) =>
    db
      .with("t(yes, at)", (qb) => qb.selectFrom("every").select(["flag as yes", "moment as at"]))
      .selectFrom("t")
      .select(["yes", "at"])
      .execute(),
  ),
  {
    name: "a recursive CTE",
    run: (db) =>
      db
        .withRecursive("t(n, yes)", (qb) =>
          qb
            .selectNoFrom((eb) => [eb.lit<number>(1).as("n"), eb.lit<boolean>(true).as("yes")])
            .unionAll((eb) =>
              eb
                .selectFrom("t")
                .select((e) => [e("n", "+", 1).as("n"), e("n", ">", 2).$castTo<boolean>().as("yes")])
                .where("n", "<", 4),
            ),
        )
        .selectFrom("t")
        .select(["n", "yes"])
        .orderBy("n")
        .execute(),
  },
  family("a union takes the type on which its arms agree", async (db) => [
    await db
      .selectFrom("every")
      .select("small as n")
      .union(db.selectFrom("every").select("double as n"))
      .execute(),
    await db
      .selectNoFrom((eb) => eb.lit(null).$castTo<Date | null>().as("at"))
      .unionAll(db.selectFrom("every").select("moment as at"))
      .execute(),
    await db
      .selectFrom((eb) =>
        eb
          .selectFrom("every")
          .select((e) => e.lit(null).$castTo<boolean | null>().as("f"))
          .unionAll(eb.selectFrom("every").select("flag as f"))
          .as("u"),
      )
      .select("f")
      .orderBy("f")
      .execute(),
  ]),
  family("a union of types that do not meet is 42804", (db) =>
    db
      .selectFrom("every")
      .select("small as n")
      .union(db.selectFrom("parent").select("name as n") as never)
      .execute(),
  ),
  family("a union whose second arm reads a CTE", (db) =>
    db
      .with("t", (qb) => qb.selectFrom("every").select("flag"))
      .selectFrom("t")
      .select("flag")
      .unionAll(db.selectFrom("t" as never).select("flag" as never) as never)
      .execute(),
  ),
  family("joins of tables with the same names of columns", (db) =>
    db
      .selectFrom("parent as p")
      .innerJoin("child as c", "c.parent", "p.id")
      .innerJoin("every as e", "e.id", "p.id")
      .select(["p.id as a", "c.id as b", "e.id as c", "rank", "flag"])
      .where("c.id", "=", ID)
      .execute(),
  ),
  family("update … from", async (db) => {
    const updated = await db
      .updateTable("parent")
      .from("every as e")
      .set((eb) => ({
        rank: eb("e.small", "+", eb.ref("parent.rank")) as never,
        made: eb.ref("e.moment") as never,
      }))
      .whereRef("e.id", "=", "parent.id")
      .returning(["parent.id", "name", "rank", "made"])
      .execute()
    return [updated, await db.selectFrom("parent").select(["rank", "made"]).orderBy("id").execute()]
  }),
  family("update … as … returning", (db) =>
    db
      .updateTable("every as q")
      .set({ flag: false })
      .where("q.small", "=", 3)
      .returning((eb) => ["q.flag", "q.moment", eb("q.small", ">", 1).as("more")])
      .execute(),
  ),
  family("delete … as … returning", (db) =>
    db.deleteFrom("every as q").where("q.small", "=", 3).returning(["q.flag", "q.price"]).execute(),
  ),
  family("insert … select", async (db) => {
    await db
      .insertInto("every")
      .columns(["flag", "price", "moment"])
      .expression((eb) => eb.selectFrom("every").select(["flag", "price", "moment"]))
      .execute()
    return db.selectFrom("every").select(["flag", "price", "moment"]).execute()
  }),
  family("an upsert's returning", (db) =>
    db
      .insertInto("parent")
      .values({ name: "a", rank: 5 })
      .onConflict((oc) => oc.column("name").doUpdateSet((eb) => ({ rank: eb.ref("excluded.rank") })))
      .returning((eb) => ["parent.rank", eb("rank", ">", 3).as("more"), "made"])
      .execute(),
  ),
  family("an offset without a limit", (db) =>
    db.selectFrom("parent").select("name").orderBy("name").offset(1).execute(),
  ),
  {
    name: "the clock stands still in a transaction, and has its type",
    run: async (db) => {
      const { now, again, moment, local, day } = await db
        .selectNoFrom((eb) => [
          eb.fn<Date>("now").as("now"),
          sql<Date>`now()`.as("again"),
          sql<Date>`current_timestamp`.as("moment"),
          sql<Date>`localtimestamp`.as("local"),
          sql<string>`current_date`.as("day"),
        ])
        .executeTakeFirstOrThrow()
      const times = [now, again, moment, local].map((each) => each.getTime())
      return [new Set(times).size, day === now.toISOString().slice(0, 10)]
    },
  },
  {
    name: "rows before now",
    run: async (db) => {
      await db
        .insertInto("every")
        .values({ moment: sql`current_timestamp`, local: sql`now()`, day: sql`current_date` } as never)
        .execute()
      return db
        .selectFrom("every")
        .select("id")
        .where("moment", "<=", sql<Date>`now()`)
        .where("moment", "=", sql<Date>`current_timestamp`)
        .where("local", "=", sql<Date>`localtimestamp`)
        .execute()
    },
  },
  {
    name: "a parameter that is given back is a text",
    run: (db) =>
      db
        .selectNoFrom((eb) => [
          eb.val(5).as("five"),
          eb.val(true).as("yes"),
          eb.case().when(eb.lit(true), "=", true).then(1).else(2).end().as("one"),
        ])
        .execute(),
  },
]
