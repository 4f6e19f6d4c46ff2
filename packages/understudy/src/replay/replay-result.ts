/** How far a replay is, told while it runs. */
export interface ReplayProgress {
  /** Row changes that this replay has applied or parked. */
  readonly done: number
  /** Row changes that the file has left, as far as is known. */
  readonly pending: number
  readonly perSecond: number
  /** Transactions that this replay has parked. */
  readonly parked: number
  /** Somebody on the primary has been in the way for long, of this table, where the server says; null where nobody is. */
  readonly hindered: { readonly table: string | null } | null
}

/** What one run came to. */
export interface RunResult {
  /**
   * `end`: the primary has all that was meant for it: what was written over a copy of another one is passed over, and stays.
   * `migration`: this one is to run on the primary before the rest.
   */
  readonly stopped: "end" | "migration"
  /** The migration's name; null where none is waited for. */
  readonly migration: string | null
  /** The primary has, or keeps parked, all that the file's journal holds up to here, but for what is passed over. */
  readonly appliedTo: number
  /** The origins of which the primary has all, or keeps it parked, by their ids in the file. */
  readonly origins: readonly number[]
  /** Those that are kept, since the primary was restored to a time before their copy: to be noted, or it is lost sight of. */
  readonly setBack: readonly number[]
  /** Transactions that this run has applied, the row changes in them, and transactions that it has parked. */
  readonly transactions: number
  readonly changes: number
  readonly parked: number
  /** The tables of all transactions of this file that were parked, settled since or not: the file's rows are not the primary's. */
  readonly tablesParked: readonly string[]
}
