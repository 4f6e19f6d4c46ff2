import { sql } from "kysely"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { constantSource } from "../../src/engine/constant-source.ts"
import { CheckedSource } from "../../src/engine/portability/checked-source.ts"
import { onlyOn } from "../../src/engine/portability/only-on.ts"
import { makeSchemaCopy } from "../../src/migrate/schema-copy.ts"
import { Sessions } from "../../src/session/sessions.ts"
import { openTestPostgres, openTestSqlite, type TestEngine } from "../support/engines.ts"
import { FOUND_REFUSALS } from "./found-cases.ts"
import { outcomeOf, type Outcome } from "./outcome.ts"
import { QUERY_GROUPS, REFUSALS } from "./suite.ts"
import { createTables, type Tables } from "./tables.ts"
import { VALUE_CASES, type ValueCase } from "./value-cases.ts"
import type { Session } from "../../src/session/session.ts"

/** Thrown to roll a case back. */
class Undo extends Error {
  readonly value: unknown

  constructor(value: unknown) {
    super("undo")
    this.value = value
  }
}

let sqlite: TestEngine<Tables>
let postgres: TestEngine<Tables>
/** The same PostgreSQL, before which each query is shown to SQLite. */
let checked: TestEngine<Tables>

/** An engine as it is watched in development. Its queries are shown to SQLite with the same tables. */
async function checkedEngine({ engine }: TestEngine<Tables>): Promise<TestEngine<Tables>> {
  const source = new CheckedSource(constantSource(engine), {
    portability: () => "check",
    makeCopy: () =>
      makeSchemaCopy({ "0001-tables": { up: createTables } }, (error) => expect.unreachable(error.message)),
    refused() {},
  })
  const sessions = new Sessions<Tables>({ source, defaultTimeoutMs: () => 20_000 })
  return { engine: await source.serving({}, "read"), sessions, [Symbol.asyncDispose]: () => source.close() }
}

beforeAll(async () => {
  sqlite = await openTestSqlite<Tables>()
  postgres = await openTestPostgres<Tables>()
  await createTables(sqlite.sessions.kysely)
  await createTables(postgres.sessions.kysely)
  checked = await checkedEngine(postgres)
})

afterAll(async () => {
  await checked[Symbol.asyncDispose]()
  await sqlite[Symbol.asyncDispose]()
  await postgres[Symbol.asyncDispose]()
})

/** Sequences are not rolled back, so each case starts them anew. */
async function undone(
  engine: TestEngine<Tables>,
  run: (db: Session<Tables>) => Promise<unknown>,
): Promise<Outcome> {
  return outcomeOf(async () => {
    try {
      return await engine.sessions.write(async (session) => {
        await restartSequences(engine, session)
        throw new Undo(await run(session))
      })
    } catch (error) {
      if (error instanceof Undo) return error.value
      throw error
    }
  })
}

async function restartSequences(engine: TestEngine<Tables>, session: Session<Tables>): Promise<void> {
  if (engine.engine.dialect === "sqlite") {
    await sql`delete from understudy_sequence`.execute(session)
    return
  }
  for (const table of ["every", "parent"]) {
    const text = sql`alter sequence ${sql.ref(`${table}_id_seq`)} restart`
    await text.execute(session.withPlugin(onlyOn("postgresql")))
  }
}

/** What both answer alike must pass the check too; what neither can read, or has a function for, is told by the check, which comes first. */
async function answerOfPostgres(run: (db: Session<Tables>) => Promise<unknown>): Promise<Outcome> {
  const shown = await undone(checked, run)
  if (!("code" in shown)) return shown
  const expected = await undone(postgres, run)
  expect(expected).toMatchObject({ sqlstate: expect.stringMatching(/^(?:42601|42883)$/) })
  return expected
}

async function same(run: (db: Session<Tables>) => Promise<unknown>): Promise<void> {
  const expected = await answerOfPostgres(run)
  // An error that is no database's is a mistake of the case itself.
  expect(expected).not.toHaveProperty("other")
  expect(await undone(sqlite, run)).toEqual(expected)
}

async function writeAndRead(db: Session<Tables>, { column, value, noEquals }: ValueCase): Promise<unknown> {
  await db
    .insertInto("every")
    .values({ [column]: value } as never)
    .execute()
  const read = await db.selectFrom("every").select(column).execute()
  if (noEquals === true) return read
  return [
    read,
    await db
      .selectFrom("every")
      .select("id")
      .where(column, "=", value as never)
      .execute(),
  ]
}

describe("promise 3: a value comes back the same, or is refused alike", () => {
  it.each(VALUE_CASES.map((each) => [each.column, describeValue(each.value), each] as const))(
    "%s %s",
    async (_column, _text, each) => {
      await same((db) => writeAndRead(db, each))
    },
  )
})

describe.each(QUERY_GROUPS)("promise 3: one program, the same answer: $title", ({ cases }) => {
  it.each(cases.map((each) => [each.name, each] as const))("%s", async (_name, each) => {
    await same(each.run)
  })
})

describe("promise 3: what cannot be the same is refused by name", () => {
  it.each(REFUSALS.map((each) => [each.name, each] as const))("%s", async (_name, each) => {
    expect(await undone(postgres, each.run)).toHaveProperty("value")
    expect(await undone(sqlite, each.run)).toEqual({ code: "UNDERSTUDY_NOT_PORTABLE" })
    expect(await undone(checked, each.run)).toEqual({ code: "UNDERSTUDY_NOT_PORTABLE" })
  })
  it.each(FOUND_REFUSALS.map((each) => [each.name, each] as const))("%s", async (_name, each) => {
    expect(await undone(postgres, each.run)).toHaveProperty("value")
    expect(await undone(sqlite, each.run)).toEqual({ code: "UNDERSTUDY_NOT_PORTABLE" })
  })
})

function describeValue(value: unknown): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString()
  return typeof value === "bigint" ? `${value}n` : JSON.stringify(value)
}
