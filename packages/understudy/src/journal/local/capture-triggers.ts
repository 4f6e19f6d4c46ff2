import {
  captureTriggerName,
  ROW_OPERATIONS,
  type RowOperation,
} from "../../engine/sqlite/capture-trigger-name.ts"
import { refuseKeyless } from "../../engine/sqlite/raised-error.ts"
import { quoteName, quoteText } from "../../engine/sqlite/sql-tokens.ts"
import { TRANSACTION_FUNCTION } from "../../engine/sqlite/transaction-units.ts"
import type { Shape } from "./contract.ts"
import { encodeRow } from "./image.ts"
import { NOW_SQL, OPERATIONS } from "./journal-tables.ts"

function createTrigger(
  moment: "before" | "after",
  operation: RowOperation,
  table: string,
  body: string,
): string {
  const name = quoteName(captureTriggerName(operation, table))
  return `create trigger ${name} ${moment} ${operation} on ${quoteName(table)} begin ${body} end`
}

/**
 * The statements that have a table's changed rows kept, each in the writer's own transaction. They are to be made after
 * the program's triggers: SQLite lets the youngest go first, so that a row's change stands before what it made others do.
 *
 * @param nullable The columns of its key that SQLite would let be null, and PostgreSQL does not.
 */
export function captureStatements({ id, table, columns }: Shape, nullable: readonly string[]): string[] {
  const names = columns.map(({ name }) => name)
  // In SQLite's own words, so that it is taken for what it would say itself.
  const refused = nullable.map((column) => {
    const message = quoteText(`NOT NULL constraint failed: ${table}.${column}`)
    return `select raise(abort, ${message}) where new.${quoteName(column)} is null;`
  })
  return ROW_OPERATIONS.map((operation) => {
    const before = operation === "insert" ? "null" : encodeRow("old", names)
    const after = operation === "delete" ? "null" : encodeRow("new", names)
    const letter = quoteText(OPERATIONS[operation])
    const body = `${operation === "delete" ? "" : refused.join(" ")}
      insert into understudy_change (unit, at, shape, operation, before, after)
        values (${TRANSACTION_FUNCTION}(), ${NOW_SQL}, ${id}, ${letter}, ${before}, ${after});`
    return createTrigger("after", operation, table, body)
  })
}

/** The statements that refuse all writes to a table without a primary key: nobody could tell which row was meant. */
export function refusalStatements(table: string): string[] {
  return ROW_OPERATIONS.map((operation) =>
    createTrigger("before", operation, table, `select ${refuseKeyless(table)};`),
  )
}
