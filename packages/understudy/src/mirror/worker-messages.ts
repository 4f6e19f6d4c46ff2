import type { PostgresForThread } from "../engine/postgres/options-for-thread.ts"
import type { MirrorFailure } from "./mirror-failure.ts"
import type { MirrorProgress } from "./mirror-progress.ts"
import type { MirrorRunOptions } from "./mirror-run.ts"

/** What a mirror's thread is given. */
export interface WorkerInput {
  readonly options: Omit<MirrorRunOptions, "postgres">
  readonly postgres: PostgresForThread
}

/** What the thread tells. */
export type FromWorker =
  | { readonly type: "progress"; readonly progress: MirrorProgress }
  /** It ended: the primary was lost, or the file cannot be written. */
  | ({ readonly type: "failed" } & MirrorFailure)
