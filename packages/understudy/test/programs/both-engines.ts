import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Session } from "../../src/session/session.ts"
import { outcomeOf, type Outcome } from "../conformance/outcome.ts"
import { OPENERS, type TestEngine } from "../support/engines.ts"

/** A program as somebody writes it for PostgreSQL, in a session that is rolled back. */
export interface Program<DB> {
  readonly name: string
  readonly run: (db: Session<DB>) => Promise<unknown>
  /** What SQLite has no equal for, as the refusal names it. */
  readonly refused?: string
  /** The SQLSTATE with which both fail. */
  readonly fails?: string
}

/** Programs by what they are about. */
export type Programs<DB> = Readonly<Record<string, readonly Program<DB>[]>>

/** Thrown to roll a program back. */
class Undo extends Error {
  readonly value: unknown

  constructor(value: unknown) {
    super("undo")
    this.value = value
  }
}

function undone<DB>({ sessions }: TestEngine<DB>, run: Program<DB>["run"]): Promise<unknown> {
  return sessions
    .write(async (session) => {
      throw new Undo(await run(session))
    })
    .catch((error: unknown) => {
      if (error instanceof Undo) return error.value
      throw error
    })
}

/**
 * Describes the tests of some programs: each gives on SQLite what it gives on PostgreSQL, or is refused there by name.
 * `prepare` makes the tables and their rows, once on either engine.
 */
export function describePrograms<DB>(
  whose: string,
  prepare: (engine: TestEngine<DB>) => Promise<void>,
  programs: Programs<DB>,
): void {
  let postgres: TestEngine<DB>
  let sqlite: TestEngine<DB>

  beforeAll(async () => {
    ;[postgres, sqlite] = await Promise.all([OPENERS.postgresql<DB>(), OPENERS.sqlite<DB>()])
    await Promise.all([prepare(postgres), prepare(sqlite)])
  })

  afterAll(async () => {
    await postgres[Symbol.asyncDispose]()
    await sqlite[Symbol.asyncDispose]()
  })

  async function expectedOf({ run, fails }: Program<DB>): Promise<Outcome> {
    const expected = await outcomeOf(() => undone(postgres, run))
    // Any other error is a mistake of the program itself.
    if (fails === undefined) expect(expected).toHaveProperty("value")
    else expect(expected).toHaveProperty("sqlstate", fails)
    return expected
  }

  describe.each(Object.entries(programs))(`promise 3: ${whose}, %s`, (_theme, some) => {
    it.each(some.map((each) => [each.name, each] as const))("%s", async (_name, each) => {
      const expected = await expectedOf(each)
      if (each.refused === undefined) {
        expect(await outcomeOf(() => undone(sqlite, each.run))).toEqual(expected)
        return
      }
      const refusal = undone(sqlite, each.run)
      await expect(refusal).rejects.toMatchObject({ code: "UNDERSTUDY_NOT_PORTABLE" })
      await expect(refusal).rejects.toThrow(each.refused)
    })
  })
}
