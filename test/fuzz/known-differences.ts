import type { Failure } from "./fuzz.ts"

/** A difference that docs/portability.md tells of. */
export interface KnownDifference {
  readonly construct: string
  readonly why: string
  /** The test that shows it. */
  readonly test: string
  readonly matches: (failure: Failure) => boolean
}

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = []
