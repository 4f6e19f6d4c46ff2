/** Why a transaction was parked. */
export type ParkReason =
  /** The primary's row is not the one that was expected. */
  | "row-changed"
  | "row-missing"
  /** Somebody else has inserted a row of this key. */
  | "key-taken"
  | "unique"
  | "foreign-key"
  /** Rows that somebody else has made would go with the one that it deletes, or change with it. */
  | "foreign-children"
  | "check"
  | "not-null"
  | "column-missing"
  | "table-missing"
  /** The primary's table has another primary key. */
  | "key-differs"
  /** It touches what a parked transaction touched. */
  | "depends-on"
  /** PostgreSQL refused it for another reason; the detail has the SQLSTATE. */
  | "refused"

/** A row as texts by the names of its columns. */
export type NamedRow = Readonly<Record<string, string | null>>

/** A change as it is kept for a person. */
export interface ParkedChange {
  readonly seq: number
  readonly table: string
  readonly operation: "insert" | "update" | "delete"
  readonly key: NamedRow
  readonly before: NamedRow | null
  readonly ours: NamedRow | null
  /** The row as it was met; null: there was none. Left out where it could not be read. */
  readonly theirs?: NamedRow | null
}

/** `open`: a person is to decide. */
export type ParkedState = "open" | "applied" | "dismissed"

/** A parked transaction. */
export interface ParkedTransaction {
  readonly id: string
  readonly origin: string
  /** When the fallback took it, by its machine's clock. */
  readonly at: Date
  readonly parkedAt: Date
  readonly reason: ParkReason
  readonly table: string | null
  readonly detail: string | null
  /** The parked transactions that touched the same rows before it. */
  readonly dependsOn: readonly string[]
  readonly state: ParkedState
  readonly settledAt: Date | null
  readonly changes: number
}

/** A parked change, with what is on the primary now. */
export interface ShownChange extends ParkedChange {
  /** As `theirs`. */
  readonly now?: NamedRow | null
}

/** A parked transaction with all that is known of it. */
export interface ShownTransaction extends Omit<ParkedTransaction, "changes"> {
  readonly changes: readonly ShownChange[]
}

/** What re-applying came to. */
export interface Reapplied {
  readonly changes: number
  /** Rows of somebody else's that ours have won over; each is kept with the transaction. */
  readonly overwritten: number
}
