/** The numbered steps at which a test can end the process, in their order. */
export const FAULT_POINTS = [
  "mirror.journal-installed",
  "mirror.tables-prepared",
  "mirror.copy.begun",
  "mirror.copy.rows",
  "mirror.copy.table",
  "mirror.copy.recorded",
  "mirror.copy.committed",
  "mirror.apply.begun",
  "mirror.apply.taken-away",
  "mirror.apply.put-in",
  "mirror.apply.recorded",
  "mirror.apply.committed",
  "mirror.acknowledged",
  "mirror.trimmed",
  "replay.installed",
  "replay.batch.begun",
  "replay.batch.applied",
  "replay.batch.recorded",
  "replay.batch.committed",
  "replay.ended",
  "failover.fallback-opened",
  "failover.capture-installed",
  "failover.writes-opened",
  "failover.primary-migrated",
  "failover.writes-held",
  "failover.retired",
  "failover.handed-back",
  "failover.capture-ending",
  "failover.capture-ended",
  "failover.primary-serves",
  "failover.forgotten",
  "failover.copy-settled",
  "leftover.found",
  "leftover.handed-back",
  "leftover.capture-ending",
  "leftover.capture-ended",
  "leftover.settled",
  "leftover.forgotten",
] as const

/** The name of a step. */
export type FaultPoint = (typeof FAULT_POINTS)[number]

/** A step is reached. What is published goes on; where the sources run, a test may have it end here. */
export function faultPoint(_name: FaultPoint): void {}
