import { TRANSACTION_FUNCTION } from "../../engine/sqlite/transaction-units.ts"
import { quoteName, quoteText } from "../../engine/sqlite/sql-tokens.ts"
import type { Shape } from "./contract.ts"
import { encodeRow } from "./image.ts"
import { NOW_SQL, OPERATIONS } from "./journal-tables.ts"

/** What the names of all triggers that capture begin with. */
const PREFIX = "understudy_capture_"

type RowOperation = "insert" | "update" | "delete"

const ROW_OPERATIONS: readonly RowOperation[] = ["insert", "update", "delete"]

/** The statements that have a table's changed rows written into the journal, each in the writer's own transaction. */
export function captureStatements({ id, table, columns }: Shape): string[] {
  const names = columns.map(({ name }) => name)
  return ROW_OPERATIONS.map((operation) => {
    const before = operation === "insert" ? "null" : encodeRow("old", names)
    const after = operation === "delete" ? "null" : encodeRow("new", names)
    return `create trigger ${quoteName(`${PREFIX}${operation}_${table}`)} after ${operation} on ${quoteName(table)} begin
      insert into understudy_change (unit, at, shape, operation, before, after) values (
        ${TRANSACTION_FUNCTION}(), ${NOW_SQL}, ${id}, ${quoteText(OPERATIONS[operation])}, ${before}, ${after});
    end`
  })
}

/** The pattern, for `glob`, of the names of all triggers that capture. */
export const CAPTURE_TRIGGERS: string = `${PREFIX}*`
