import { sql } from "kysely"
import type { Session } from "../../src/session/session.ts"
import type { Outcome } from "./outcome.ts"
import type { Tables } from "./tables.ts"

/**
 * A program that is known to answer differently, and is not refused. It states both answers, so that its test fails
 * when the difference goes away.
 */
export interface KnownDifference {
  readonly name: string
  /** The program, as it is shown to people. */
  readonly program: string
  readonly run: (db: Session<Tables>) => Promise<unknown>
  readonly postgresql: Outcome
  readonly sqlite: Outcome
  /** What gives the same answer on both. */
  readonly instead: string
}

/** Texts of which nothing is known but the text: the tree of a query built by Kysely tells types and meanings. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    name: "a condition in a fragment has SQLite's type",
    program: "select(sql`small = 7`.as('x'))",
    run: (db) =>
      db
        .selectFrom("every")
        .select(sql`small = 7`.as("x"))
        .execute(),
    postgresql: { value: [{ x: "boolean true" }] },
    sqlite: { value: [{ x: "number 1" }] },
    instead: "`eb('small', '=', 7)`; in `where` a fragment is the same",
  },
  {
    name: "division by zero in a fragment",
    program: "select(sql`small / 0`.as('x'))",
    run: (db) =>
      db
        .selectFrom("every")
        .select(sql`small / 0`.as("x"))
        .execute(),
    postgresql: { sqlstate: "22012", constraint: undefined, columns: undefined },
    sqlite: { value: [{ x: "null" }] },
    instead: "`eb('small', '/', 0)`",
  },
  {
    name: "a text compared with a number in a fragment",
    program: "where(sql`body = 7`)",
    run: (db) =>
      db
        .selectFrom("every")
        .select("id")
        .where(sql<boolean>`body = 7`)
        .execute(),
    postgresql: { sqlstate: "42883", constraint: undefined, columns: undefined },
    sqlite: { value: [] },
    instead: "`where('body', '=', '7')`",
  },
  {
    name: "numerics computed in SQL text are floats",
    program: "sql`select price * 2 as x from every`",
    run: async (db) => (await sql`select price * 2 as x from every`.execute(db)).rows,
    postgresql: { value: [{ x: "string 3.00" }] },
    sqlite: { value: [{ x: "number 3" }] },
    instead: "`eb('price', '*', '2')`",
  },
  {
    name: "an aggregate in SQL text has the type of what is stored",
    program: "sql`select max(moment) as x from every`",
    run: async (db) => (await sql`select max(moment) as x from every`.execute(db)).rows,
    postgresql: { value: [{ x: "Date 2026-01-31T12:00:00.000Z" }] },
    sqlite: { value: [{ x: "string 2026-01-31 12:00:00.000000+00" }] },
    instead: "`eb.fn.max('moment')`",
  },
  {
    name: "NULL comes first in SQL text that orders",
    program: "sql`select x from (select 1 as x union all select null) as t order by x`",
    run: async (db) =>
      (await sql`select x from (select 1 as x union all select null) as t order by x`.execute(db)).rows,
    postgresql: { value: [{ x: "number 1" }, { x: "null" }] },
    sqlite: { value: [{ x: "null" }, { x: "number 1" }] },
    instead: "`nulls last`, or `orderBy`",
  },
  {
    name: "a whole number that leaves its range inside a check is no error",
    program: "addCheckConstraint('c', sql`a * a > 0`), and 2,000,000,000 for a",
    run: async (db) => {
      await db.schema
        .createTable("ranged")
        .addColumn("a", "integer", (c) => c.check(sql`a * a > 0`))
        .execute()
      const loose = db as unknown as Session<{ ranged: { a: number } }>
      return loose.insertInto("ranged").values({ a: 2_000_000_000 }).returning("a").execute()
    },
    postgresql: { sqlstate: "22003", constraint: undefined, columns: undefined },
    sqlite: { value: [{ a: "number 2000000000" }] },
    instead: "a check of the range itself: `sql`a between -46340 and 46340``",
  },
  {
    name: "the first element of a jsonb that is no array",
    program: "eb.ref('docb', '->').at(0), of the document `\"B\"`",
    run: async (db) => {
      await db.insertInto("every").values({ docb: '"B"' }).execute()
      return db
        .selectFrom("every")
        .select((eb) =>
          eb
            .ref("docb", "->")
            .at(0 as never)
            .as("x"),
        )
        .where("docb", "is not", null)
        .execute()
    },
    postgresql: { value: [{ x: "string B" }] },
    sqlite: { value: [{ x: "null" }] },
    instead: "ask for an element of arrays alone",
  },
]
