import type { FindingCode } from "../errors/finding.ts"

/** A probe as people see it. */
export interface ProbeSample {
  readonly at: Date
  readonly ok: boolean
  readonly tookMs: number
  /** Why it failed; null where it did not. */
  readonly reason: FindingCode | null
  /** How far the server's clock is ahead of this machine's; null where it did not tell. */
  readonly clockOffsetMs: number | null
}
