import { sql, type Expression, type ExpressionBuilder } from "kysely"
import type { Program } from "../programs/both-engines.ts"
import type { Tables } from "./tables.ts"

type Builder = ExpressionBuilder<Tables, "every">

/** Operations within operations, between which Kysely writes no brackets. */
const OPERATIONS: Readonly<Record<string, (eb: Builder) => Expression<unknown>>> = {
  "(m + 1) * 2": (eb) => eb(eb("medium", "+", eb.lit(1)), "*", eb.lit(2)),
  "m - (m - 1)": (eb) => eb("medium", "-", eb("medium", "-", eb.lit(1))),
  "m - (m * 2 - 1)": (eb) => eb("medium", "-", eb(eb("medium", "*", eb.lit(2)), "-", eb.lit(1))),
  "m / (2 * m)": (eb) => eb("medium", "/", eb(eb.lit(2), "*", eb.ref("medium") as never)),
  "(m + 1) % (m - 2)": (eb) => eb(eb("medium", "+", eb.lit(1)), "%", eb("medium", "-", eb.lit(2)) as never),
  "-(m + 1)": (eb) => eb.neg(eb("medium", "+", eb.lit(1))),
  "-(m + 1) * 2": (eb) => eb(eb.neg(eb("medium", "+", eb.lit(1))), "*", eb.lit(2)),
  "(p + 1) * 2, a numeric": (eb) => eb(eb("price", "+", eb.lit(1.5) as never), "*", eb.lit(2) as never),
  "(p + p) * p, numerics": (eb) => eb(eb("price", "+", eb.ref("price")), "*", eb.ref("price")),
  "p * (p - p), numerics": (eb) => eb("price", "*", eb("price", "-", eb.ref("price"))),
  "(m + 1) || b": (eb) =>
    eb(
      eb.cast<string>(eb("medium", "+", eb.lit(1)), "text"),
      "||",
      eb("body", "||", eb.ref("body")) as never,
    ),
  "m = (m + 1) - 1": (eb) => eb("medium", "=", eb(eb("medium", "+", eb.lit(1)), "-", eb.lit(1))),
  "(m < 2) is true": (eb) => eb(eb("medium", "<", 2), "is", eb.lit(true)),
  "(m is null) = f": (eb) => eb(eb("medium", "is", null), "=", eb.ref("flag") as never),
  "f is distinct from (m = 1)": (eb) => eb("flag", "is distinct from", eb("medium", "=", 1) as never),
  "not (m = 1)": (eb) => eb.not(eb("medium", "=", 1)),
  "m + 1 between 2 and m * 2": (eb) =>
    eb.between(eb("medium", "+", eb.lit(1)), 2 as never, eb("medium", "*", eb.lit(2)) as never),
  "m + 1 in (4, 5)": (eb) => eb(eb("medium", "+", eb.lit(1)), "in", [4, 5]),
  "b || b like the pattern": (eb) => eb(eb("body", "||", eb.ref("body")), "like", "x%x"),
  "b like b || b": (eb) => eb("body", "like", eb("body", "||", eb.ref("body"))),
  "a fragment in brackets": (eb) => eb("medium", "*", sql<number>`(1 + medium)`),
  "a fragment that calls": (eb) => eb(sql<number>`coalesce(medium, 1 + 1)`, "*", eb.lit(2)),
  "an operation that a fragment calls with": (eb) => sql`coalesce(${eb("medium", "-", eb.lit(1))}, 0) + 1`,
}

function select(name: string, make: (eb: Builder) => Expression<unknown>): Program<Tables> {
  return {
    name,
    run: async (db) => {
      const row = { price: "1.50", body: "x", flag: true }
      await db
        .insertInto("every")
        .values([{ ...row, medium: 3 }, { ...row, medium: 1 }, { medium: 7 }, { ...row }])
        .execute()
      return db
        .selectFrom("every")
        .select((eb) => (make(eb) as ReturnType<typeof sql>).as("x"))
        .orderBy("id")
        .execute()
    },
  }
}

export const PRECEDENCE_CASES: readonly Program<Tables>[] = [
  ...Object.entries(OPERATIONS).map(([name, make]) => select(name, make)),
  {
    ...select("comparisons side by side", (eb) => eb(eb("medium", "=", 1), "=", eb.lit(true))),
    fails: "42601",
  },
  {
    ...select("a comparison of a comparison", (eb) => eb("flag", "=", eb("medium", ">", 1) as never)),
    fails: "42601",
  },
  {
    ...select("a column compared, and that tested", (eb) =>
      eb("flag", "=", eb("medium", "is", null) as never),
    ),
    fails: "42883",
  },
  {
    ...select("a decimal where an integer is read", (eb) =>
      eb(eb("price", "+", "1.00"), "*", eb.lit(2) as never),
    ),
    fails: "22P02",
  },
  {
    ...select("an operation beside a fragment's operator", (eb) => sql`${eb("medium", "+", eb.lit(1))} * 3`),
    refused: "An operation without brackets",
  },
  {
    ...select("a fragment of two terms as an operand", (eb) => eb(sql<number>`medium + 1`, "*", eb.lit(2))),
    refused: "An operation without brackets",
  },
]
