import { foldName } from "./relations.ts"

/** What the names of all triggers that capture rows begin with. */
const PREFIX = "understudy_capture_"

/** The pattern, for `glob`, of the names of all triggers that capture rows. */
export const CAPTURE_TRIGGERS: string = `${PREFIX}*`

/** How a row changes. */
export type RowOperation = "insert" | "update" | "delete"

/** All of them. */
export const ROW_OPERATIONS: readonly RowOperation[] = ["insert", "update", "delete"]

/** The name of the trigger that captures what becomes of a table's rows. */
export function captureTriggerName(operation: RowOperation, table: string): string {
  return `${PREFIX}${operation}_${table}`
}

/** Is this the name of a trigger that captures the rows of this table? */
export function isCaptureTrigger(trigger: string, table: string): boolean {
  return ROW_OPERATIONS.some(
    (operation) => foldName(trigger) === foldName(captureTriggerName(operation, table)),
  )
}
