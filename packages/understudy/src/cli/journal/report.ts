import type { Finding } from "../../errors/finding.ts"

/** An opening of a file for writing of which something is not handed back. Dates are ISO 8601 in UTC. */
export interface OriginReport {
  readonly origin: string
  /** Row changes. */
  readonly changes: number
  readonly oldestAt: string
  readonly newestAt: string
  /** The migration that ran under it; null where rows were changed. */
  readonly migration: string | null
  /** Whom it is for: the primary that answers, another one, or the first that is met; null where it is not known. */
  readonly meantFor: "this primary" | "another primary" | "any primary" | null
}

/** A file in which a fallback kept writes. */
export interface JournalFileReport {
  readonly file: string
  readonly state: "missing" | "unreadable" | "read"
  /** The process that holds it: a service that runs; null where none is seen. */
  readonly holder: string | null
  readonly origins: readonly OriginReport[]
}

/** What `understudy journal status` found. Holds no secret. */
export interface JournalReport {
  /** Why there is no file to look into; null where there is one. */
  readonly noFile: string | null
  readonly files: readonly JournalFileReport[]
  readonly primary: {
    /** Where it is, in words. */
    readonly target: string
    readonly answers: boolean
    /** Parked transactions that nobody has settled; null where nobody could look. */
    readonly parked: number | null
  } | null
  readonly problems: readonly Finding[]
}
