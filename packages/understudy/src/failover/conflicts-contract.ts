import type { ParkedState, ParkedTransaction, Reapplied, ShownTransaction } from "../replay/parked.ts"

/** Which parked transactions are listed. */
export interface ListConflictsOptions {
  /** Default: `open`, those that wait for somebody's decision. */
  readonly state?: ParkedState | "all"
  /** How many at most, from 1 to 10,000. Default: 100. */
  readonly limit?: number
}

/** How a parked transaction is applied. */
export interface ApplyConflictOptions {
  /** Whatever the rows on PostgreSQL are now; what it overwrites is kept beside it. Default: false. */
  readonly force?: boolean
}

/**
 * The transactions that a fallback took and that met other rows in PostgreSQL: they are parked there until somebody
 * decides. All of it is PostgreSQL's to answer: `UNDERSTUDY_PRIMARY_AWAY` while that does not serve. Each call has a
 * connection of its own for the moment, and as long as a statement may take.
 */
export interface Conflicts {
  /** In the order in which they were parked; none where no PostgreSQL is wanted. */
  list(options?: ListConflictsOptions): Promise<readonly ParkedTransaction[]>
  /** One of them, each change with the row before it, ours, theirs, and what is there now. Errors: `UNDERSTUDY_CONFLICT_UNKNOWN`. */
  show(id: string): Promise<ShownTransaction>
  /**
   * Applies one to what is in PostgreSQL today, all of it or nothing. Errors: `UNDERSTUDY_CONFLICT_UNKNOWN`,
   * `UNDERSTUDY_CONFLICT_SETTLED`, `UNDERSTUDY_CONFLICT_DEPENDS` (others go before it), `UNDERSTUDY_CONFLICT_REMAINS`,
   * `UNDERSTUDY_CONTENTION`, `UNDERSTUDY_COMMIT_UNKNOWN` (`show` tells what became of it).
   */
  apply(id: string, options?: ApplyConflictOptions): Promise<Reapplied>
  /** Gives one up. It can be shown for 90 days. Errors: as {@link Conflicts.apply}. */
  dismiss(id: string): Promise<void>
}
