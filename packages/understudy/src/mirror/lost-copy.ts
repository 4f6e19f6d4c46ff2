import type { PrimaryMoment } from "../journal/primary-moment.ts"
import type { CopyPosition, SeenPrimary } from "./copy-record.ts"

/** What is known of a copy and of the primary that was met. */
export interface Meeting {
  /** The primary that the file was seen by; undefined where it never saw one. */
  readonly seen: SeenPrimary | undefined
  /** The primary that is there now. */
  readonly met: SeenPrimary
  readonly moment: Pick<PrimaryMoment, "acknowledged" | "isCursorAhead" | "life" | "reachesCursor">
  /** The last cursor that the file knows to have told the primary. */
  readonly acknowledged: string | null
  /** Where the copy stands; undefined where there is none, or none that could be brought up. */
  readonly position: Pick<CopyPosition, "life"> | undefined
}

/** Why a copy cannot be brought up any more. */
export type LostCopy =
  /** It is of another primary, or this one was set back: what it shows is not what the primary had. */
  | "primary-changed"
  /** The server has crashed: numbers of transactions that the cursor knows may be others' now. */
  | "primary-crashed"
  /** The journal does not reach it. */
  | "journal-trimmed"

/** Whether a file's copy is of no use any more; null: it is, or there is none. Pure. */
export function lostCopy({ seen, met, moment, acknowledged, position }: Meeting): LostCopy | null {
  if (seen !== undefined && isAnother(seen, met)) return "primary-changed"
  if (position === undefined) return null
  if (isBehind(moment.acknowledged, acknowledged)) return "primary-changed"
  if (moment.life !== position.life) return "primary-crashed"
  if (moment.isCursorAhead) return "primary-changed"
  return moment.reachesCursor && moment.acknowledged !== null ? null : "journal-trimmed"
}

function isAnother(seen: SeenPrimary, met: SeenPrimary): boolean {
  if (seen.mark === null) return false
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
