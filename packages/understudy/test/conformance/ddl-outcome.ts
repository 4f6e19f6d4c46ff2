import { DatabaseError } from "../../src/errors/database-error.ts"
import { UnderstudyError } from "../../src/errors/understudy-error.ts"
import type { TableMetadata } from "kysely"
import type { TestEngine } from "../support/engines.ts"
import { outcomeOf } from "./outcome.ts"

// Tables that each case makes for itself have no types.
// oxlint-disable-next-line typescript/no-explicit-any
export type Loose = Record<string, Record<string, any>>

type Kysely = TestEngine<Loose>["sessions"]["kysely"]

/** What a case is given: the database, and what it notes is compared. */
export interface DdlRun {
  readonly db: Kysely
  /** Runs something and notes its value, or how it was refused: SQLSTATE, constraint, table, columns. */
  readonly note: (run: () => Promise<unknown>) => Promise<void>
}

/** A program of DDL and queries that is run on both engines, each in a database of its own. */
export interface DdlCase {
  readonly name: string
  readonly run: (run: DdlRun) => Promise<void>
}

async function refusalOf(run: () => Promise<unknown>): Promise<unknown> {
  let refused: unknown
  const outcome = await outcomeOf(async () => {
    try {
      return await run()
    } catch (error) {
      refused = error
      throw error
    }
  })
  if (refused instanceof DatabaseError) return { ...outcome, table: refused.table }
  if (refused instanceof UnderstudyError) return { ...outcome, code: refused.code }
  return outcome
}

/** A serial column has a default in PostgreSQL's catalogue, an identity has none: both draw their values. */
function comparable(tables: readonly TableMetadata[]): unknown {
  return tables.map(({ columns, ...table }) => ({
    ...table,
    columns: columns.map((column) => ({
      name: column.name,
      type: column.dataType,
      drawn: column.isAutoIncrementing,
      nullable: column.isNullable,
      default: column.isAutoIncrementing || column.hasDefaultValue,
    })),
  }))
}

/** Runs a case and gives all that is to be the same on both engines. */
export async function ddlOutcome({ sessions }: TestEngine<Loose>, { run }: DdlCase): Promise<unknown[]> {
  const notes: unknown[] = []
  const note = async (each: () => Promise<unknown>): Promise<void> => {
    notes.push(await refusalOf(each))
  }
  await run({ db: sessions.kysely, note })
  notes.push(comparable(await sessions.kysely.introspection.getTables()))
  return notes
}
