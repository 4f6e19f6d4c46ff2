import type { PostgresForThread } from "../engine/postgres/options-for-thread.ts"
import type { ReplayProgress, RunResult } from "./replay-result.ts"
import type { ReplayOptions } from "./replay-run.ts"

/** What a replay's thread is given. */
export interface WorkerInput {
  readonly options: Omit<ReplayOptions, "postgres">
  readonly postgres: PostgresForThread
}

/** What the thread is told. */
export type ToWorker = { readonly type: "run"; readonly migrated: string | null } | { readonly type: "stop" }

/** An error, of which no more than this passes between threads. */
export interface SentError {
  readonly message: string
  readonly code: string | null
  readonly severity: string | null
}

/** What the thread tells. */
export type FromWorker =
  | { readonly type: "progress"; readonly progress: ReplayProgress }
  | { readonly type: "result"; readonly result: RunResult }
  | { readonly type: "failed"; readonly error: SentError }
