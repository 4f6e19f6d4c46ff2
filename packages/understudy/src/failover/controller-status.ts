import type { Finding } from "../errors/finding.ts"
import type { Engine } from "../engine/contract.ts"
import type { PendingChanges } from "../journal/local/contract.ts"
import type { MirrorStatus } from "../mirror/mirror-status.ts"
import type { ConnectionState, StateReason } from "./connection-state.ts"
import type { ProbeSample } from "./prober.ts"

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
