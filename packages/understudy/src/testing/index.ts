export {
  startBreakablePrimary,
  type BreakablePrimary,
  type BreakablePrimaryOptions,
  type PrimaryFault,
} from "./breakable-primary.ts"
export { startFaultProxy, type FaultProxy, type FaultProxyOptions, type ProxyTarget } from "./fault-proxy.ts"
export { findFreePort } from "./free-port.ts"
export {
  openBreakableDatabase,
  type BreakableDatabase,
  type BreakableDatabaseOptions,
} from "./open-breakable-database.ts"
export { openTestDatabase, type TestDatabase, type TestDatabaseOptions } from "./open-test-database.ts"
export type { ServerAccess, ServerTls } from "./postgres-access.ts"
export { queryText } from "./postgres-messages.ts"
export {
  startPostgres,
  type PostgresServer,
  type PostgresServerOptions,
  type ServerDatabase,
  type StopMode,
} from "./postgres-server.ts"
export type {
  CutKind,
  Direction,
  Directions,
  MessageHook,
  MessageVerdict,
  ProxiedConnection,
} from "./proxy-rules.ts"
