import type { ParkReason } from "../../replay/parked.ts"

/** Why a transaction is parked, in words that go on from the table's name. */
export const REASONS: Readonly<Record<ParkReason, string>> = {
  "row-changed": "somebody else changed a row that it changes too",
  "row-missing": "a row that it changes is not there any more",
  "key-taken": "somebody else made a row of the same key",
  unique: "a value that must be unique is taken",
  "foreign-key": "what it refers to is gone, or something refers to what it takes away",
  "foreign-children": "rows of somebody else's would go with the one that it deletes",
  check: "PostgreSQL refuses one of its values",
  "not-null": "PostgreSQL wants a value that it lacks",
  "column-missing": "PostgreSQL has no such column",
  "table-missing": "PostgreSQL has no such table",
  "key-differs": "PostgreSQL's table has another primary key",
  "depends-on": "it goes on from a transaction that is parked",
  refused: "PostgreSQL refuses it",
}
