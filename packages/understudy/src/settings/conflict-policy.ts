/**
 * What becomes of a change whose row on the primary is not the expected one. `primary`: its transaction is parked;
 * `fallback`: ours wins, and theirs is kept beside the parked ones; `columns`: an update writes the columns that it changed
 * where nobody else changed those, and else it is parked.
 */
export type ConflictPolicy = "primary" | "fallback" | "columns"

/** The policy of each table. */
export interface ConflictPolicies {
  /** Of the tables that are not named. */
  readonly default: ConflictPolicy
  readonly tables: Readonly<Record<string, ConflictPolicy>>
}

/** Every policy there is. */
export const CONFLICT_POLICIES: readonly ConflictPolicy[] = ["primary", "fallback", "columns"]

/** A transaction is parked unless something else is asked for. */
export const PARK_ALL: ConflictPolicies = Object.freeze({ default: "primary", tables: Object.freeze({}) })

/** Policies that nobody can change any more, those of tables in the order of their names. */
export function frozenPolicies({ default: byDefault, tables }: ConflictPolicies): ConflictPolicies {
  const entries = Object.entries(tables).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.freeze({ default: byDefault, tables: Object.freeze(Object.fromEntries(entries)) })
}
