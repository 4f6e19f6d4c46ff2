import type { FindingCode } from "../errors/finding.ts"
import type { AbsenceCode } from "./absence.ts"
import type { CopyOnDisk } from "./copy-on-disk.ts"
import type { MirrorProgress } from "./mirror-progress.ts"

/**
 * `copying`: it is being made. `live`: it is kept up with the primary. `stale`: it was, and is not now. `absent`: there
 * is none.
 */
export type CopyState = "copying" | "live" | "stale" | "absent"

/** The copy of one table. */
export interface TableStatus {
  readonly name: string
  readonly state: CopyState
  /** Why it is absent; null where it is not. */
  readonly reason: AbsenceCode | "not-copied" | null
  /** What the reason is about, such as a column's name. */
  readonly detail: string | null
}

/** The fallback's copy of the primary. */
export interface MirrorStatus {
  readonly state: CopyState
  /** Why it is stale or absent, as a finding's code; null where nothing special happened, as at the start or asleep. */
  readonly reason: FindingCode | null
  /** The moment of the primary that the copy shows, by this machine's clock; null where there is none. */
  readonly asOf: Date | null
  /** Does the copy hold the newest write that this process had acknowledged by the primary? Null: it is not known. */
  readonly holdsNewestWrite: boolean | null
  readonly tables: readonly TableStatus[]
}

/** What the mirror's thread does now. */
export type MirrorCondition =
  | { readonly name: "starting" | "running" | "asleep" }
  | { readonly name: "stopped"; readonly reason: FindingCode }

/** What is known of a mirror that runs, or did, beside the primary that serves. */
export interface MirrorKnowledge {
  readonly condition: MirrorCondition
  /** The last that the thread told. */
  readonly progress: MirrorProgress | undefined
  /** What was in the file before it began. */
  readonly onDisk: CopyOnDisk | undefined
  /** When this process was last told that a write is kept, on the clock of `process.hrtime`. */
  readonly acknowledgedNs: bigint | undefined
}

/** The copy beside the primary that serves. Pure. */
export function mirrorStatus({ condition, progress, onDisk, acknowledgedNs }: MirrorKnowledge): MirrorStatus {
  const reason = condition.name === "stopped" ? condition.reason : null
  if (progress === undefined) {
    const before = copyOnDiskStatus(onDisk, reason)
    return condition.name === "starting" && before.asOf === null ? { ...before, state: "copying" } : before
  }
  const isGone = reason === "mirror.switched-off"
  const asOf = isGone ? null : progress.asOf
  const keepsUp = condition.name === "running"
  const stateNow = (state: MirrorProgress["state"]): CopyState =>
    keepsUp ? state : asOf === null ? "absent" : "stale"
  return {
    state: stateNow(progress.state),
    reason,
    asOf,
    holdsNewestWrite: asOf === null ? false : holds(progress.lookedAtNs, acknowledgedNs),
    tables: progress.tables.map(({ name, state, absence, detail }) => ({
      name,
      state: state === "absent" ? "absent" : stateNow(state),
      reason: absence,
      detail,
    })),
  }
}

function holds(lookedAtNs: bigint | null, acknowledgedNs: bigint | undefined): boolean | null {
  if (lookedAtNs === null) return null
  return acknowledgedNs === undefined || lookedAtNs > acknowledgedNs
}

/** The copy while its primary is away: as old as it is. Pure. */
export function copyOnDiskStatus(onDisk: CopyOnDisk | undefined, reason: FindingCode | null): MirrorStatus {
  const asOf = onDisk?.asOf ?? null
  return {
    state: asOf === null ? "absent" : "stale",
    reason,
    asOf,
    holdsNewestWrite: null,
    tables: (onDisk?.tables ?? []).map(({ name, shape, absence, detail }) => {
      const isThere = asOf !== null && shape !== null
      return {
        name,
        state: isThere ? "stale" : "absent",
        reason: isThere ? null : (absence ?? "not-copied"),
        detail,
      }
    }),
  }
}
