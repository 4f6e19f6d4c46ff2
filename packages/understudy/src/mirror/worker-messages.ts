import type { PostgresParts } from "../url/verdict.ts"
import type { MirrorFailure } from "./mirror-failure.ts"
import type { MirrorProgress } from "./mirror-progress.ts"
import type { MirrorRunOptions } from "./mirror-run.ts"

/** What a mirror's thread is given. A `Secret` does not pass between threads, so the password goes as text. */
export interface WorkerInput {
  readonly options: Omit<MirrorRunOptions, "postgres"> & {
    readonly postgres: Omit<MirrorRunOptions["postgres"], "parts">
  }
  readonly parts: Omit<PostgresParts, "password">
  readonly password: string | null
}

/** What the thread tells. */
export type FromWorker =
  | { readonly type: "progress"; readonly progress: MirrorProgress }
  /** It ended: the primary was lost, or the file cannot be written. */
  | ({ readonly type: "failed" } & MirrorFailure)
