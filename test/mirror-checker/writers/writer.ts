import type { Kysely } from "kysely"
import type { Draw } from "../../../packages/understudy/src/drill/draw.ts"
import type { Tables } from "../tables.ts"

/** What a transaction has done, for whoever keeps the truth: only what its commit makes true. */
export interface Effect {
  /** Rows of `entry` that are there from now on. */
  readonly entries?: readonly string[]
  /** A counter that was raised by one. */
  readonly counter?: string
  /** Words that were counted, each once. */
  readonly words?: number
}

/** What a transaction can do besides queries. */
export interface Surroundings {
  /** Resolves when so many others have committed, when the writers are to stop, or after two seconds. */
  othersCommitted(count: number): Promise<void>
  /** Runs something in a savepoint of the transaction; where it rejects, what it has done is undone. */
  savepoint(work: (db: Kysely<Tables>) => Promise<void>): Promise<void>
}

/** One kind of transaction. It runs through the backend, or behind its back; what it does comes from `draw`. */
export interface Writer {
  readonly name: string
  /** How often it runs, compared with others. */
  readonly weight: number
  /** Behind the backend's back only: it says what no portable program can. */
  readonly isBehindOnly?: boolean
  run(db: Kysely<Tables>, draw: Draw, surroundings: Surroundings): Promise<Effect>
}
