import type {
  CompiledQuery,
  QueryCompiler,
  QueryResult,
  RootOperationNode,
  TransactionSettings,
} from "kysely"

/** The dialect an engine speaks. */
export type EngineDialect = "postgresql" | "sqlite"

/** The part an engine plays. */
export type EngineRole = "primary" | "fallback" | "embedded"

/** Which access a unit of work asks for. `auto`: decided by each statement's own tree (autocommit). */
export type Access = "read" | "write" | "auto"

/** What an engine is asked for: one may serve reads while nothing takes writes. */
export type ServedAccess = Exclude<Access, "auto">

/** A query as an engine runs it: Kysely's, marked with the dialect it was compiled for. */
export interface EngineQuery extends CompiledQuery {
  readonly dialect?: EngineDialect
  /** Compiled while no engine served: the one that runs it compiles it anew. */
  readonly provisional?: true
}

/** Bounds of one wait. */
export interface Limits {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for one statement (PostgreSQL), or between statements (SQLite). */
  readonly timeoutMs?: number | undefined
}

/** Settings of one transaction. */
export interface TransactionOptions extends TransactionSettings {
  readonly timeoutMs?: number | undefined
}

/** One connection of an engine, owned by one unit of work until it is released. */
export interface EngineConnection {
  readonly dialect: EngineDialect
  execute<R>(query: EngineQuery, limits?: Limits): Promise<QueryResult<R>>
  stream<R>(query: EngineQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>>
  begin(options: TransactionOptions): Promise<void>
  /**
   * Throws `UNDERSTUDY_COMMIT_UNKNOWN` where the outcome cannot be learnt within the limits; any other error: not applied.
   */
  commit(limits?: Limits): Promise<void>
  /** Never throws: a connection that cannot roll back is destroyed on release. */
  rollback(): Promise<void>
  savepoint(name: string): Promise<void>
  rollbackToSavepoint(name: string): Promise<void>
  releaseSavepoint(name: string): Promise<void>
  /** Gives up what runs: it rejects, and the connection is of no use any more. On SQLite nothing runs meanwhile. */
  abandon(): void
  /** Gives the connection back. One that is broken, or still in a transaction, is destroyed. */
  release(): void
}

/** What a probe saw. */
export type ProbeResult =
  | { readonly ok: true; readonly tookMs: number }
  | { readonly ok: false; readonly tookMs: number; readonly error: unknown }

/** An opened database: dialect, compiler, connections, probe, close. */
export interface Engine {
  readonly dialect: EngineDialect
  readonly role: EngineRole
  /** Can one read beside a write session? False for SQLite in memory, which has one connection for all. */
  readonly readsBesideWrites: boolean
  compile(node: RootOperationNode, queryId: Parameters<QueryCompiler["compileQuery"]>[1]): EngineQuery
  /** At once where that needs no wait. */
  acquire(access: Access, limits?: Limits): EngineConnection | Promise<EngineConnection>
  probe(signal: AbortSignal): Promise<ProbeResult>
  /** Ends all connections; those in use are destroyed. */
  close(): Promise<void>
}

/** Tells which engine serves. Implemented by `failover`, used by `session`. */
export interface EngineSource {
  /**
   * The engine that serves this now; undefined while there is none, or while it is held: writes until the fallback takes
   * them and while it hands them back, both while the engine is in doubt. One that takes no writes is given for them too.
   */
  current(access: ServedAccess): Engine | undefined
  /** Waits for an engine that serves this; rejects with the catalogue's error when none will, or at the limits. */
  serving(limits: Limits, access: ServedAccess): Promise<Engine>
  /** Why this engine takes no writes now (a reason code); undefined where it does. */
  readOnlyReason(engine: Engine): string | undefined
  /** The moment of the primary that this engine's answers show; null where it has no copy's rows. */
  asOf(engine: Engine): Date | null
  /** Tells that the engine has acknowledged a write just now. */
  acknowledged(engine: Engine): void
  /**
   * Tells, once for each connection that failed, that a connection-class error was met, so that a probe looks. From then
   * on `serving` waits for what it sees: it gives the same engine, where only that connection was lost, or the one that
   * stands in.
   */
  suspect(engine: Engine, error: unknown): void
}
