import type { IsolationLevel } from "kysely"
import type { SessionScope } from "./async-context.ts"

/** Bounds and kind of one session. */
export interface SessionOptions {
  /** Ends the session's waits; on SQLite between statements. */
  readonly signal?: AbortSignal
  /** The session's time as a whole, in milliseconds. Default: DATABASE_STATEMENT_TIMEOUT. */
  readonly timeoutMs?: number
  /** PostgreSQL's isolation level; on SQLite each transaction is serializable. */
  readonly isolation?: IsolationLevel
}

/** Further options of a session that ends by its own calls. */
export interface OpenSessionOptions extends SessionOptions {
  /** What runs in this scope joins the session, if it is one that writes. */
  readonly scope?: SessionScope
}

/** Further options of a write session. */
export interface WriteOptions extends SessionOptions {
  /** `any`: also run it again when it was cut off before COMMIT was sent. Default: only for contention. */
  readonly rerun?: "any"
  /**
   * Names this write, in 1 to 255 characters, for at least a day: repeated with the same key after it was applied, it
   * is refused with `UNDERSTUDY_ALREADY_APPLIED`. So a write of which nobody knows can be repeated safely.
   */
  readonly idempotencyKey?: string
  /** How often it is run at most. Default 5. */
  readonly maxAttempts?: number
}
