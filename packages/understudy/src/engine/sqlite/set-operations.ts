import type { SelectQueryNode, SetOperationNode } from "kysely"
import { notPortable } from "../not-portable.ts"

/** Throws where SQLite combines the arms of a query otherwise than PostgreSQL. */
export function assertSetOperation({ operator, all }: SetOperationNode, query: SelectQueryNode): void {
  if (all && operator !== "union") {
    throw notPortable(`${operator.toUpperCase()} ALL`, "Tell equal rows apart by row_number().")
  }
  // PostgreSQL binds INTERSECT closer; SQLite goes from left to right.
  if (operator === "intersect" && query.setOperations?.[0]?.operator !== "intersect") {
    throw notPortable("INTERSECT behind UNION or EXCEPT", "Put the INTERSECT into a derived table.")
  }
}
