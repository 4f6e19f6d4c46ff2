import { describe, expect, it } from "vitest"
import { openTestPostgres, openTestSqlite } from "../support/engines.ts"
import { ALTER_CASES } from "./alter-cases.ts"
import { CREATE_CASES } from "./create-cases.ts"
import { GENERATED_CASES } from "./generated-cases.ts"
import { SEQUENCE_CASES } from "./sequence-cases.ts"
import { ddlOutcome, type DdlCase, type Loose } from "./ddl-outcome.ts"

async function same(each: DdlCase): Promise<void> {
  await using postgres = await openTestPostgres<Loose>()
  await using sqlite = await openTestSqlite<Loose>()
  const expected = await ddlOutcome(postgres, each)
  // An error that is no database's is a mistake of the case itself.
  for (const note of expected) expect(note).not.toHaveProperty("other")
  expect(await ddlOutcome(sqlite, each)).toEqual(expected)
}

describe("promise 3: tables, indexes and views are made alike, and refuse alike", () => {
  it.each(CREATE_CASES.map((each) => [each.name, each] as const))("%s", async (_name, each) => {
    await same(each)
  })
})

describe("promise 3: ALTER TABLE does the same and keeps the same", () => {
  it.each(ALTER_CASES.map((each) => [each.name, each] as const))("%s", async (_name, each) => {
    await same(each)
  })
})

describe("promise 3: what only the database may give a value is refused alike", () => {
  it.each(GENERATED_CASES.map((each) => [each.name, each] as const))("%s", async (_name, each) => {
    await same(each)
  })
})

describe("promise 3: an id that was drawn is not drawn again", () => {
  it.each(SEQUENCE_CASES.map((each) => [each.name, each] as const))("%s", async (_name, each) => {
    await same(each)
  })
})
