export { openDatabase } from "./open.ts"
export type { Database, OpenOptions } from "./open.ts"
export type { Logger } from "./base/logger.ts"
export { Secret } from "./base/secret.ts"
export { onlyOn } from "./engine/portability/only-on.ts"
export { DatabaseError } from "./errors/database-error.ts"
export { isUnderstudyError, UnderstudyError } from "./errors/understudy-error.ts"
export type { Actor, ErrorCode } from "./errors/error-catalogue.ts"
export type { Finding, FindingCode } from "./errors/finding.ts"
export { validateDatabaseUrl } from "./url/validate.ts"
export type { HostPort, PostgresParts, SqliteParts, UrlVerdict, Verdict } from "./url/verdict.ts"
export type { Settings } from "./settings/settings.ts"
export type { DatabaseStatus } from "./health/status.ts"
export type { ApplyConflictOptions, Conflicts, ListConflictsOptions } from "./failover/conflicts-contract.ts"
export type { ConnectionState, StateReason } from "./failover/connection-state.ts"
export type {
  NamedRow,
  ParkReason,
  ParkedChange,
  ParkedState,
  ParkedTransaction,
  Reapplied,
  ShownChange,
  ShownTransaction,
} from "./replay/parked.ts"
export type { ConflictOptions } from "./settings/conflict-options.ts"
export type { ConflictPolicies, ConflictPolicy } from "./settings/conflict-policy.ts"
export type { Migrations } from "./migrate/migrate.ts"
export type { SessionScope } from "./session/async-context.ts"
export type { OpenSessionOptions, SessionOptions, WriteOptions } from "./session/options.ts"
export { Session } from "./session/session.ts"
export type { OpenSession } from "./session/sessions.ts"
export { createRedactor } from "./base/redact.ts"
