import type { Finding } from "../../errors/finding.ts"
import type { KnownMirror } from "../../journal/journal-state.ts"

/** One of the program's tables, as the fallback has it. */
export interface TableReport {
  readonly name: string
  readonly state: "copied" | "absent"
  /** The code of why it is absent; null where it is copied. */
  readonly reason: string | null
  /** What the reason is about, such as a column. */
  readonly detail: string | null
}

/** The fallback's SQLite file. */
export interface FileReport {
  readonly path: string
  /** `memory`: it lives in the service's memory, where nobody else can look. */
  readonly state: "missing" | "memory" | "unreadable" | "read"
  /** The process that holds it: a service that runs; null where none is seen. */
  readonly holder: string | null
  /** The moment of the primary that the copy shows; null where there is no copy. */
  readonly asOf: string | null
  readonly ageMs: number | null
  readonly tables: readonly TableReport[]
}

/** The journal on the primary. */
export interface JournalReport {
  /** Are changes to be captured? */
  readonly capture: boolean
  readonly changes: number
  readonly bytes: number
  readonly mirrors: readonly (KnownMirror & { readonly isThisFile: boolean })[]
}

/** The primary. */
export interface PrimaryReport {
  /** Where it is, in words. */
  readonly target: string
  readonly answers: boolean
  /** Null where there is none, or nobody could look. */
  readonly journal: JournalReport | null
  /** Is the file a mirror of this primary? Null where it is not known. */
  readonly isMirrored: boolean | null
}

/** What `understudy mirror status` found. Holds no secret. */
export interface MirrorReport {
  /** Why there is nothing to mirror, or no copy is wanted; null where one is. */
  readonly notWanted: string | null
  readonly file: FileReport | null
  readonly primary: PrimaryReport | null
  readonly problems: readonly Finding[]
}
