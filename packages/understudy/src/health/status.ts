import type { Finding } from "../errors/finding.ts"
import type { EngineDialect } from "../engine/contract.ts"
import type { ConnectionState, StateReason } from "../failover/connection-state.ts"
import type { ProbeSample } from "../failover/probe-sample.ts"
import type { PendingChanges } from "../journal/local/contract.ts"
import type { MirrorStatus } from "../mirror/mirror-status.ts"
import type { Durability } from "../plan/plan.ts"
import type { FallbackPolicy } from "../settings/settings.ts"

/** A frozen picture of a database: what serves, why, since when. Holds no secret; see each finding's texts. */
export interface DatabaseStatus {
  readonly state: ConnectionState
  /** When the state was entered. */
  readonly since: Date
  readonly reason: StateReason
  /** What serves; null while nothing does. */
  readonly engine: EngineDialect | null
  /** How long acknowledged writes live; `primary` where PostgreSQL keeps them; null while nothing serves. */
  readonly durability: Durability | "primary" | null
  readonly fallback: FallbackPolicy
  /** Are writes taken now? */
  readonly writable: boolean
  /**
   * What the fallback's answers come from: `mirror`, its copy of the primary, as old as `mirror.asOf`; `none`, what was
   * written here, since it has never seen its primary. Null where the answers are the real thing.
   */
  readonly copy: "none" | "mirror" | null
  /** The fallback's copy of the primary; null where none is wanted. */
  readonly mirror: MirrorStatus | null
  /** What the fallback has taken and not handed back yet; null while it does not serve. */
  readonly pending: PendingChanges | null
  /** Parked transactions that nobody has settled yet, as the primary last said; null where it was not asked. */
  readonly parked: number | null
  /** The last time that the primary was asked whether it is there. */
  readonly lastProbe: ProbeSample | null
  /** Does a failed migration keep it from serving? */
  readonly migrationFailed: boolean
  /** The plan's trace, a line a step. For the admin. */
  readonly trace: readonly string[]
  readonly findings: readonly Finding[]
}

/** The picture before a database is opened: for a port that answers earlier than the program is loaded. */
export function startingStatus(since: Date, fallback: FallbackPolicy): DatabaseStatus {
  return Object.freeze({
    state: "starting",
    since,
    reason: "start",
    engine: null,
    durability: null,
    fallback,
    writable: false,
    copy: null,
    mirror: null,
    pending: null,
    parked: null,
    lastProbe: null,
    migrationFailed: false,
    trace: [],
    findings: [],
  })
}

/** The picture with findings that are not the database's own, such as where the service listens. */
export function withFindings(status: DatabaseStatus, findings: readonly Finding[]): DatabaseStatus {
  if (findings.length === 0) return status
  return Object.freeze({ ...status, findings: Object.freeze([...findings, ...status.findings]) })
}
