import type { Expression, ExpressionBuilder, sql } from "kysely"
import { expect, it } from "vitest"
import { describePrograms } from "../programs/both-engines.ts"
import { openTestPostgres, openTestSqlite, type TestEngine } from "../support/engines.ts"
import { PRECEDENCE_CASES } from "./precedence-cases.ts"
import { createTables, type Tables } from "./tables.ts"

describePrograms<Tables>("operations", ({ sessions }) => createTables(sessions.kysely), {
  "grouped as PostgreSQL reads them": PRECEDENCE_CASES,
})

const PARTS: Readonly<Record<string, (eb: ExpressionBuilder<Tables, "every">) => Expression<unknown>>> = {
  "behind ||": (eb) => eb("body", "||", eb.ref("docb", "->>").key("a" as never) as never),
  "behind +": (eb) => eb("medium", "+", eb.ref("docb", "->").key("a" as never) as never),
  "before +": (eb) => eb(eb.ref("docb", "->>").key("a" as never) as never, "+", eb.lit(1) as never),
}

it.each(Object.entries(PARTS))(
  "promise 3: a part of JSON %s is no part of it to PostgreSQL, and refused by name on SQLite",
  async (_where, make) => {
    await using sqlite = await openTestSqlite<Tables>()
    await createTables(sqlite.sessions.kysely)
    const asked = (engine: TestEngine<Tables>): Promise<unknown> =>
      engine.sessions.kysely
        .selectFrom("every")
        .select((eb) => (make(eb) as ReturnType<typeof sql>).as("x"))
        .execute()
    await expect(asked(sqlite)).rejects.toMatchObject({ code: "UNDERSTUDY_NOT_PORTABLE" })
    await using postgres = await openTestPostgres<Tables>()
    await createTables(postgres.sessions.kysely)
    await expect(asked(postgres)).rejects.toMatchObject({ code: expect.stringMatching(/^(?:42883|22P02)$/) })
  },
)
