import type { Effect } from "./writers/writer.ts"

/** What became of one transaction. */
export type Outcome =
  | { readonly kind: "applied"; readonly effect: Effect }
  /** It is certain that nothing of it is there. */
  | { readonly kind: "refused"; readonly why: string }
  /** The connection, or the process, was lost when it was about to be committed. */
  | { readonly kind: "unknown"; readonly why: string }

/** A way for writers to the primary. */
export interface Door {
  readonly name: string
  /** Can writers run here that say what no portable program can? */
  readonly isBehind: boolean
  /** Runs one transaction of a writer; what it draws comes from the seed. Never rejects. */
  run(writer: string, seed: number): Promise<Outcome>
  /** Lets long transactions come to their end at once. */
  hurry(isHurried: boolean): void
}
