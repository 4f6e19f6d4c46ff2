import type { Access } from "../engine/contract.ts"
import type { Conflicts } from "../failover/conflicts-contract.ts"
import type { DatabaseStatus } from "../health/status.ts"
import type { SessionScope } from "../session/async-context.ts"
import type { Settings } from "../settings/settings.ts"

/** A session that is opened and ended by the request. */
export interface ServedSession {
  readonly db: unknown
  commit(): Promise<void>
  /** With a reason, what still runs is cut short. */
  rollback(reason?: Error): Promise<void>
}

/** What the plugin uses of a `Database`, whatever its tables are. */
export interface ServedDatabase {
  readonly settings: Settings
  /** Without it, there are no routes for conflicts. */
  readonly conflicts?: Conflicts
  status(): DatabaseStatus
  createScope(): SessionScope
  openSession(access: Exclude<Access, "auto">, options?: { readonly scope?: SessionScope }): ServedSession
}
