import type { Outcome } from "./door.ts"

/** What a backend is told. Each `call` is answered once. */
export type ToBackend =
  | { readonly type: "run"; readonly call: number; readonly writer: string; readonly seed: number }
  | { readonly type: "status"; readonly call: number }
  | { readonly type: "hurry"; readonly isHurried: boolean }
  | { readonly type: "close" }

/** How a backend's copy stands. */
export interface CopyState {
  readonly state: "copying" | "live" | "stale" | "absent"
  /** Milliseconds of the epoch; null while there is no copy. */
  readonly asOfMs: number | null
  readonly reason: string | null
  /** Tables without a live copy, with the reason. */
  readonly missing: readonly string[]
}

/** What a backend tells. */
export type FromBackend =
  | { readonly type: "open" }
  | { readonly type: "outcome"; readonly call: number; readonly outcome: Outcome }
  | { readonly type: "status"; readonly call: number; readonly copy: CopyState }

/** What a backend is started with, as one variable of its environment: JSON. */
export interface BackendStart {
  readonly url: string
  readonly folder: string
}
