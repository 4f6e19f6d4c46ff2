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
  return Object.hasOwn(policies.tables, table)
    ? (policies.tables[table] ?? policies.default)
    : policies.default
}
