import { WRITE_KEY_TABLES } from "../journal/write-key.ts"

/**
 * What becomes of a change whose row on the primary is not the expected one. `primary`: its transaction is parked;
 * `fallback`: ours wins, and theirs is kept beside the parked ones; `columns`: an update writes the columns that it changed
 * where nobody else changed those, and else it is parked.
 */
export type ConflictPolicy = "primary" | "fallback" | "columns"

/** The policy of each table. */
export interface ConflictPolicies {
  readonly default: ConflictPolicy
  readonly tables: Readonly<Record<string, ConflictPolicy>>
}

/** The policy of one table. */
export function policyOf(policies: ConflictPolicies, table: string): ConflictPolicy {
  // Whose key was there first has applied the write: the other one must not.
  if (table === WRITE_KEY_TABLES.sqlite) return "primary"
  return Object.hasOwn(policies.tables, table)
    ? (policies.tables[table] ?? policies.default)
    : policies.default
}
