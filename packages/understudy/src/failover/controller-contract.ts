import type { Clock } from "../base/clock.ts"
import type { Logger } from "../base/logger.ts"
import type { Finding } from "../errors/finding.ts"
import type { Engine } from "../engine/contract.ts"
import type { PendingChanges } from "../journal/local/contract.ts"
import type { Migrations } from "../migrate/migrate.ts"
import type { MirrorStatus } from "../mirror/mirror-status.ts"
import type { Plan } from "../plan/plan.ts"
import type { ConnectionState, StateReason } from "./connection-state.ts"
import type { OpenContext } from "./open-candidate.ts"
import type { ProbeSample } from "./probe-sample.ts"

/** What the controller works with. */
export interface ControllerOptions extends OpenContext {
  readonly plan: Plan
  readonly migrations: Migrations
  readonly logger: Logger
  readonly clock: Clock
}

/** The state as the outside sees it. */
export interface ControllerStatus {
  readonly state: ConnectionState
  readonly reason: StateReason
  readonly since: Date
  readonly candidate: number | null
  readonly engine: Engine | undefined
  readonly findings: readonly Finding[]
  readonly migrationFailed: boolean
  readonly copy: "none" | "mirror" | null
  readonly mirror: MirrorStatus | null
  readonly lastProbe: ProbeSample | null
  readonly pending: PendingChanges | null
  readonly parked: number | null
}
