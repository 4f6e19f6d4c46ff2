import { WRITE_KEY_TABLES } from "../journal/write-key.ts"
import type { ConflictPolicies, ConflictPolicy } from "../settings/conflict-policy.ts"

export type { ConflictPolicies, ConflictPolicy } from "../settings/conflict-policy.ts"

/** The policy of one table. */
export function policyOf(policies: ConflictPolicies, table: string): ConflictPolicy {
  // Whose key was there first has applied the write: the other one must not.
  if (table === WRITE_KEY_TABLES.sqlite) return "primary"
  return Object.hasOwn(policies.tables, table)
    ? (policies.tables[table] ?? policies.default)
    : policies.default
}
