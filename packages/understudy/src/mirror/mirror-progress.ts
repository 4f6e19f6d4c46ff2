import type { AbsenceCode } from "./absence.ts"

/** One table of the program, on its way into the copy. */
export interface TableProgress {
  readonly name: string
  readonly state: "copying" | "live" | "absent"
  readonly absence: AbsenceCode | null
  readonly detail: string | null
}

/** What a mirror tells on its way. */
export interface MirrorProgress {
  /** `copying`: some table is being copied, or waits to be. */
  readonly state: "copying" | "live"
  /** The moment of the primary that the copy shows; null while there is no copy. */
  readonly asOf: Date | null
  /** When that look at the primary began, on the monotonic clock of `process.hrtime`. Null where it was in another process. */
  readonly lookedAtNs: bigint | null
  readonly tables: readonly TableProgress[]
  /** Rows that were copied or changed since it began. */
  readonly rows: number
  /** Another primary was met than the copy was of, or one that had been set back. */
  readonly primaryChanged: boolean
}
