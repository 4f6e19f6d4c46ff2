import type { Finding, FindingCode } from "../errors/finding.ts"
import type { Durability } from "../host/host-facts.ts"
import type { PostgresParts } from "../url/verdict.ts"

export type { Durability } from "../host/host-facts.ts"

/** PostgreSQL as a candidate: dial it. */
export interface PostgresCandidate {
  readonly kind: "postgresql"
  readonly parts: PostgresParts
  /** Why it stands at this place, in one sentence. */
  readonly reason: string
}

/** SQLite as a candidate. */
export interface SqliteCandidate {
  readonly kind: "sqlite"
  /** `embedded`: no PostgreSQL is wanted, or data was left behind; `fallback`: it stands in for the primary. */
  readonly role: "embedded" | "fallback"
  /** The file, absolute, or `:memory:`. */
  readonly file: string
  readonly durability: Durability
  /** Does it stand behind a file, in case that this cannot be opened? Then its use is a finding of its own. */
  readonly lastResort: boolean
  /** Of a fallback: the file that holds a copy of the primary, or may hold one. Null: there is none. */
  readonly copyFile: string | null
  readonly reason: string
}

/** One candidate of the plan. */
export type Candidate = PostgresCandidate | SqliteCandidate

/** The ordered choice of engines with the reason for each step. Pure data, frozen. */
export interface Plan {
  readonly candidates: readonly Candidate[]
  /** Set when PostgreSQL is wanted and the plan knows already that it cannot serve: the state's reason code. */
  readonly wanted: FindingCode | null
  /** Set when the fallback's file holds writes that are not handed back: it serves first, and the primary after that. */
  readonly owed: FindingCode | null
  /** Everything found on the way: URL, settings, host, storage. */
  readonly findings: readonly Finding[]
  /** One line a step, ready to print, no secret in it. */
  readonly trace: readonly string[]
}
