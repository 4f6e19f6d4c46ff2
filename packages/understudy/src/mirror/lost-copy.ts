import type { PrimaryMoment } from "../journal/primary-moment.ts"
import type { SeenPrimary } from "./copy-record.ts"

/** What is known of a copy and of the primary that was met. */
export interface Meeting {
  /** The primary that the file was seen by; undefined where it never saw one. */
  readonly seen: SeenPrimary | undefined
  /** The primary that is there now. */
  readonly met: SeenPrimary
  readonly moment: Pick<PrimaryMoment, "acknowledged" | "isCursorAhead" | "reachesCursor">
  /** The last cursor that the file knows to have told the primary. */
  readonly acknowledged: string | null
  readonly hasCopy: boolean
}

/** Why a copy cannot be followed any more: it is of another primary, or the journal does not reach it. */
export type LostCopy = "primary-changed" | "journal-trimmed"

/** Whether a file's copy is of no use any more; null: it is, or there is none. Pure. */
export function lostCopy({ seen, met, moment, acknowledged, hasCopy }: Meeting): LostCopy | null {
  if (seen !== undefined && isAnother(seen, met)) return "primary-changed"
  if (!hasCopy) return null
  if (moment.isCursorAhead || isBehind(moment.acknowledged, acknowledged)) return "primary-changed"
  return moment.reachesCursor && moment.acknowledged !== null ? null : "journal-trimmed"
}

function isAnother(seen: SeenPrimary, met: SeenPrimary): boolean {
  if (seen.mark !== met.mark) return true
  return seen.cluster !== null && met.cluster !== null && seen.cluster !== met.cluster
}

/** Does the primary know of less than it was told? Then it was set back. */
function isBehind(known: string | null, told: string | null): boolean {
  return known !== null && told !== null && endOf(known) < endOf(told)
}

/** The first transaction that a `pg_snapshot` knows nothing of. */
function endOf(snapshot: string): bigint {
  return BigInt(snapshot.split(":")[1] ?? "0")
}
