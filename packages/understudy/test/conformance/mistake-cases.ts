import { sql, type ExpressionBuilder, type Kysely } from "kysely"
import type { Session } from "../../src/session/session.ts"
import type { QueryCase } from "./query-cases.ts"
import type { Tables } from "./tables.ts"

type Db = Session<Tables>
/** Cases ask for what the types of the tables forbid. */
type Loose = Kysely<Record<string, Record<string, never>>>
type Builder = ExpressionBuilder<Record<string, Record<string, never>>, string>

async function withRows(db: Db): Promise<void> {
  await db
    .insertInto("parent")
    .values([
      { name: "a", rank: 1, made: new Date(1000) },
      { name: "b", rank: 2, made: new Date(2000) },
    ])
    .execute()
  await db
    .insertInto("every")
    .values([
      { flag: true, small: 1, body: "x" },
      { flag: true, small: 2, body: "y" },
      { flag: false, small: 3, body: "x" },
    ])
    .execute()
}

function loose(name: string, query: (db: Loose) => { execute(): Promise<unknown> }): QueryCase {
  return {
    name,
    run: async (db) => {
      await withRows(db)
      return query(db as unknown as Loose).execute()
    },
  }
}

function found(name: string, condition: (eb: Builder) => unknown): QueryCase {
  return loose(name, (db) =>
    db
      .selectFrom("every")
      .select("body")
      .where(condition as never)
      .orderBy("id"),
  )
}

/** What PostgreSQL refuses, or means otherwise, and SQLite by itself would answer. */
export const MISTAKE_CASES: readonly QueryCase[] = [
  loose("a subquery of two rows as a value", (db) =>
    db.selectNoFrom((eb) => eb.selectFrom("parent").select("name").as("x")),
  ),
  loose("a subquery of two rows in an assignment", (db) =>
    db.updateTable("parent").set((eb) => ({ rank: eb.selectFrom("parent as q").select("q.rank") as never })),
  ),
  loose("a subquery of two rows in a condition", (db) =>
    db
      .selectFrom("parent")
      .select("name")
      .where((eb) => eb("rank", "=", eb.selectFrom("parent as q").select("q.rank") as never)),
  ),
  loose("a subquery of two rows that is compared with a key", (db) =>
    db.selectFrom("parent").select((eb) =>
      eb
        .selectFrom("parent as q")
        .select("q.name")
        .whereRef("q.id", "=", sql.ref("q.rank") as never)
        .as("x"),
    ),
  ),
  loose("subqueries of one row and of none as values", (db) =>
    db
      .selectFrom("parent")
      .select((eb) => [
        eb.selectFrom("parent as q").select("q.made").whereRef("q.id", "=", "parent.id").as("own"),
        eb.selectFrom("parent as q").select("q.made").whereRef("q.rank", "<", "parent.rank").as("less"),
        eb.selectFrom("parent as q").select("q.name").orderBy("q.name", "desc").limit(1).as("last"),
        eb
          .parens(
            eb
              .selectFrom("every")
              .select("flag")
              .where("small", "=", 3 as never),
          )
          .as("flag"),
        eb.exists(eb.selectFrom("every").select("id")).as("there"),
      ])
      .orderBy("name"),
  ),
  loose("in a subquery of two columns", (db) =>
    db
      .selectFrom("every")
      .select("id")
      .where((eb) => eb("small", "in", eb.selectFrom("parent").select(["id", "rank"]) as never)),
  ),
  found("an empty list of IN", (eb) => eb("small", "in", [])),
  found("an empty list of NOT IN", (eb) => eb("small", "not in", [])),
  found("a number as a condition", (eb) => eb.ref("small")),
  found("a text as a condition", (eb) => eb.ref("body")),
  found("not of a number", (eb) => eb.not(eb.ref("small"))),
  found("a number beside AND", (eb) => eb.and([eb.ref("flag"), eb.ref("small")])),
  found("a number beside OR", (eb) => eb.or([eb.ref("flag"), eb.ref("small")])),
  found("booleans as conditions", (eb) => eb.and([eb.ref("flag"), eb.not(eb.not(eb.ref("flag")))])),
  loose("a number as the condition of a CASE", (db) =>
    db.selectFrom("every").select((eb) => eb.case().when(eb.ref("small")).then(1).end().as("x")),
  ),
  loose("a number as the condition of a join", (db) =>
    db
      .selectFrom("parent")
      .innerJoin("every", (join) => join.on((eb) => eb.ref("parent.id")))
      .select("name"),
  ),
  found("an aggregate as a condition", (eb) => eb(eb.fn.max("small"), ">", 1 as never)),
  found("a window function as a condition", (eb) => eb(eb.fn.agg("row_number").over(), ">", 1 as never)),
  loose("an aggregate of an aggregate", (db) =>
    db.selectFrom("every").select((eb) => eb.fn.sum(eb.fn.max("small")).as("x")),
  ),
  loose("a column beside an aggregate", (db) =>
    db.selectFrom("every").select((eb) => ["body", eb.fn.countAll().as("n")]),
  ),
  loose("a column beside min, of which SQLite gives that row's", (db) =>
    db.selectFrom("every").select((eb) => ["body", eb.fn.min("small").as("n")]),
  ),
  loose("a column that is not grouped by", (db) => db.selectFrom("every").select("body").groupBy("flag")),
  loose("a column in HAVING that is not grouped by", (db) =>
    db
      .selectFrom("every")
      .select("flag")
      .groupBy("flag")
      .having("small", ">", 1 as never),
  ),
  loose("a column in an expression that is not grouped by", (db) =>
    db
      .selectFrom("every")
      .select((eb) => eb(eb.fn.count("id"), "+", eb.ref("small") as never).as("x"))
      .groupBy("flag"),
  ),
  loose("a column told by the key that is grouped by", (db) =>
    db
      .selectFrom("every")
      .select((eb) => ["body", eb.fn.countAll().as("n")])
      .groupBy("every.id")
      .orderBy("id"),
  ),
  loose("grouping by an expression, with and without parameters", (db) =>
    db
      .selectFrom("every")
      .select((eb) => [eb("small", "%", eb.lit(2 as never)).as("odd"), eb.fn.countAll().as("n")])
      .groupBy((eb) => eb("small", "%", eb.lit(2 as never)))
      .orderBy("odd"),
  ),
  loose("grouping by an expression with another parameter", (db) =>
    db
      .selectFrom("every")
      .select((eb) => eb("small", "%", 2 as never).as("odd"))
      .groupBy((eb) => eb("small", "%", 2 as never)),
  ),
  loose("grouping by an alias", (db) =>
    db
      .selectFrom("every")
      .select((eb) => [eb.ref("flag").as("f"), eb.fn.countAll().as("n")])
      .groupBy("f")
      .orderBy("f"),
  ),
  loose("grouping by an alias that is a column's name", (db) =>
    db
      .selectFrom("every")
      .select((eb) => [eb.ref("flag").as("small"), eb.fn.countAll().as("n")])
      .groupBy("small"),
  ),
  loose("grouping in a subquery by a column of the outer query's table", (db) =>
    db
      .selectFrom("parent")
      .select((eb) => [
        "name",
        eb
          .selectFrom("every")
          .select((inner) => inner.fn.count("every.id").as("n"))
          .whereRef("every.small", "<=", "parent.rank")
          .as("n"),
      ])
      .orderBy("name"),
  ),
  loose("an alias in WHERE", (db) =>
    db
      .selectFrom("every")
      .select("small as s")
      .where("s", ">", 1 as never),
  ),
  loose("an alias in HAVING", (db) =>
    db
      .selectFrom("every")
      .select((eb) => ["flag", eb.fn.countAll().as("n")])
      .groupBy("flag")
      .having("n", ">", 1 as never),
  ),
  loose("an alias in an expression of ORDER BY", (db) =>
    db
      .selectFrom("every")
      .select("small as s")
      .orderBy((eb) => eb("s", "+", 1 as never)),
  ),
  loose("ordering a union by what is no column of it", (db) =>
    db
      .selectFrom("every")
      .select("id as x")
      .union(db.selectFrom("every").select("small as x"))
      .orderBy("small"),
  ),
  loose("ordering distinct rows by what is not selected", (db) =>
    db.selectFrom("every").select("flag").distinct().orderBy("small"),
  ),
  loose("a table joined twice by one name", (db) =>
    db.selectFrom("parent").innerJoin("parent", "parent.id", "parent.id").select("name"),
  ),
  loose("rowid is no column", (db) => db.selectFrom("every").select("rowid")),
  loose("a column in another case", (db) => db.selectFrom("parent").select("NAME")),
  loose("an alias in another case", (db) => db.selectFrom("parent as p").select("P.name")),
  loose("a column that is not there, by its table", (db) => db.selectFrom("parent").select("parent.nope")),
  loose("a column of a table that is not in FROM", (db) => db.selectFrom("parent").select("every.body")),
  loose("a column of two tables", (db) =>
    db.selectFrom("parent").innerJoin("every", "every.id", "parent.id").select("id"),
  ),
  loose("a column that a CTE has not", (db) =>
    db
      .with("named", (one) => one.selectFrom("parent").select("name as n"))
      .selectFrom("named")
      .select("name" as never),
  ),
  loose("arms of different widths", (db) =>
    db
      .selectFrom("parent")
      .select("id")
      .union(db.selectFrom("parent").select(["id", "rank"]) as never),
  ),
  loose("an arm in parentheses, with an order and a limit", (db) =>
    db
      .selectFrom("parent")
      .select("id")
      .where("id", "=", 1 as never)
      .unionAll(
        (eb) => eb.parens(db.selectFrom("parent").select("id").orderBy("id", "desc").limit(1)) as never,
      ),
  ),
  loose("one column assigned twice", (db) =>
    db
      .updateTable("parent")
      .set("rank", 1 as never)
      .set("rank", 2 as never),
  ),
  loose("a bare name in DO UPDATE", (db) =>
    db
      .insertInto("parent")
      .values({ name: "a" } as never)
      .onConflict((oc) =>
        oc.column("name").doUpdateSet((eb) => ({ rank: eb("rank" as never, "+", 1 as never) }) as never),
      ),
  ),
  loose("ON CONFLICT of what is no key", (db) =>
    db
      .insertInto("parent")
      .values({ name: "a" } as never)
      .onConflict((oc) => oc.column("rank").doNothing()),
  ),
  loose("ntile of none", (db) =>
    db.selectFrom("parent").select((eb) =>
      eb.fn
        .agg("ntile", [eb.lit(0 as never)])
        .over()
        .as("x"),
    ),
  ),
  loose("nth_value of none", (db) =>
    db.selectFrom("parent").select((eb) =>
      eb.fn
        .agg("nth_value", ["name", eb.lit(0 as never)])
        .over()
        .as("x"),
    ),
  ),
]
