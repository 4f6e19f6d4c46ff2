import type { Operation, Outcome } from "./operations.ts"

/** What a backend is started with. */
export interface BackendStart {
  readonly url: string
  readonly folder: string
  /** Connections to the primary at most. */
  readonly poolMax: number
}

/** How a backend stands. */
export interface Standing {
  readonly state: string
  readonly reason: string
  readonly pending: number | null
  readonly copy: string | null
  /** Milliseconds since 1970. */
  readonly copyAsOfMs: number | null
  /** Tables without a live copy, with the reason. */
  readonly missing: readonly string[]
  readonly findings: readonly string[]
}

/** What a backend is asked. Each `call` is answered once. */
export type ToBackend =
  | { readonly type: "start"; readonly start: BackendStart }
  | { readonly type: "run"; readonly call: number; readonly operation: Operation }
  /** Answered as an operation is; the value is what all accounts have together. */
  | { readonly type: "read"; readonly call: number }
  | { readonly type: "standing"; readonly call: number }
  | { readonly type: "close" }

/** The state has changed. `atMs`: since 1970. */
export interface StateChange {
  readonly type: "state"
  readonly state: string
  readonly reason: string
  readonly atMs: number
}

/** What the fallback took was handed back: how many transactions, the row changes in them, and transactions that were parked. */
export interface HandedBack {
  readonly type: "handed-back"
  readonly transactions: number
  readonly changes: number
  readonly parked: number
}

/** What a backend tells. */
export type FromBackend =
  | { readonly type: "open" }
  | { readonly type: "outcome"; readonly call: number; readonly outcome: Outcome }
  | { readonly type: "standing"; readonly call: number; readonly standing: Standing }
  | StateChange
  | HandedBack
