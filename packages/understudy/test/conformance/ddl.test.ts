import { describe, expect, it } from "vitest"
import { openTestPostgres, openTestSqlite } from "../support/engines.ts"
import { ddlOutcome, type DdlCase, type Loose } from "./ddl-outcome.ts"
import { DDL_GROUPS } from "./suite.ts"

async function same(each: DdlCase): Promise<void> {
  await using postgres = await openTestPostgres<Loose>()
  await using sqlite = await openTestSqlite<Loose>()
  const expected = await ddlOutcome(postgres, each)
  // An error that is no database's is a mistake of the case itself.
  for (const note of expected) expect(note).not.toHaveProperty("other")
  expect(await ddlOutcome(sqlite, each)).toEqual(expected)
}

describe.each(DDL_GROUPS)("promise 3: one program, the same answer: $title", ({ cases }) => {
  it.each(cases.map((each) => [each.name, each] as const))("%s", async (_name, each) => {
    await same(each)
  })
})
