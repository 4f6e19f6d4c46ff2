import type { Operation, Outcome } from "./operations.ts"

/** What a backend is started with, as one variable of its environment: JSON. */
export interface BackendStart {
  readonly url: string
  readonly folder: string
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
  | { readonly type: "run"; readonly call: number; readonly operation: Operation }
  /** Answered as an operation is; the value is what all accounts have together. */
  | { readonly type: "read"; readonly call: number }
  | { readonly type: "standing"; readonly call: number }
  | { readonly type: "close" }

/** What a backend tells. `at`: since 1970, in milliseconds. */
export type FromBackend =
  | { readonly type: "open" }
  | { readonly type: "outcome"; readonly call: number; readonly outcome: Outcome }
  | { readonly type: "standing"; readonly call: number; readonly standing: Standing }
  | { readonly type: "state"; readonly state: string; readonly reason: string; readonly atMs: number }
