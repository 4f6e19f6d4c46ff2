import {
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  DialectAdapterBase,
  type Driver,
  type Kysely,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
  type TransactionSettings,
} from "kysely"
import type { EngineQuery, EngineSource } from "./contract.ts"
import { BridgeConnection, type Join } from "./bridge-connection.ts"
import { PortableIntrospector } from "./sqlite/introspector.ts"
import { onlyOn } from "./portability/only-on.ts"

/** Both engines have what PostgreSQL has; locks for migrations are the migrator's own business. */
class UnderstudyAdapter extends DialectAdapterBase {
  override get supportsTransactionalDdl(): boolean {
    return true
  }

  override get supportsReturning(): boolean {
    return true
  }

  override async acquireMigrationLock(): Promise<void> {}

  override async releaseMigrationLock(): Promise<void> {}
}

/** Compiles for the engine that serves; while there is none, for PostgreSQL, the reference. */
class ServingCompiler implements QueryCompiler {
  readonly #source: EngineSource
  readonly #reference = new PostgresQueryCompiler()

  constructor(source: EngineSource) {
    this.#source = source
  }

  compileQuery(...[node, queryId]: Parameters<QueryCompiler["compileQuery"]>): EngineQuery {
    const engine = this.#source.current("read")
    if (engine !== undefined) return engine.compile(node, queryId)
    return { ...this.#reference.compileQuery(node, queryId), dialect: "postgresql", provisional: true }
  }
}

/** More are seldom in use at once. */
const IDLE_KEPT = 64

class BridgeDriver implements Driver {
  readonly #source: EngineSource
  readonly #options: DialectOptions

  constructor(source: EngineSource, options: DialectOptions) {
    this.#source = source
    this.#options = options
  }

  async init(): Promise<void> {}

  /** Kysely notes every connection in a weak set, which is dear for one that serves a single statement: so they are used again. */
  readonly #idle: BridgeConnection[] = []

  async acquireConnection(options?: { signal?: AbortSignal }): Promise<DatabaseConnection> {
    this.#options.entered?.()
    const limits = { signal: options?.signal, timeoutMs: this.#options.timeoutMs?.() }
    const idle = this.#idle.pop()
    if (idle === undefined) return new BridgeConnection(this.#source, limits, this.#options.join)
    idle.reuse(limits)
    return idle
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    await (connection as BridgeConnection).begin(settings)
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as BridgeConnection).commit()
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as BridgeConnection).rollback()
  }

  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await (connection as BridgeConnection).savepoint(name)
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await (connection as BridgeConnection).rollbackToSavepoint(name)
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await (connection as BridgeConnection).releaseSavepoint(name)
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    const bridge = connection as BridgeConnection
    bridge.release()
    this.#options.left?.()
    if (this.#idle.length < IDLE_KEPT) this.#idle.push(bridge)
  }

  async destroy(): Promise<void> {}
}

/** Asks the introspector of the engine that serves. */
class ServingIntrospector implements DatabaseIntrospector {
  readonly #source: EngineSource
  readonly #db: Kysely<unknown>

  constructor(source: EngineSource, db: Kysely<unknown>) {
    this.#source = source
    this.#db = db
  }

  async #introspector(): Promise<DatabaseIntrospector> {
    const { dialect } = await this.#source.serving({}, "read")
    // Each asks its own engine's catalogue.
    const db = this.#db.withPlugin(onlyOn(dialect))
    return dialect === "sqlite" ? new PortableIntrospector(db) : new PostgresIntrospector(db)
  }

  async getSchemas(): ReturnType<DatabaseIntrospector["getSchemas"]> {
    return (await this.#introspector()).getSchemas()
  }

  async getTables(
    ...options: Parameters<DatabaseIntrospector["getTables"]>
  ): ReturnType<DatabaseIntrospector["getTables"]> {
    return (await this.#introspector()).getTables(...options)
  }
}

/** How the dialect treats what runs outside a session. */
export interface DialectOptions {
  /** See {@link Join}. */
  readonly join?: Join
  /** Called when a connection is taken, and may refuse by throwing; and when it is given back. */
  readonly entered?: () => void
  readonly left?: () => void
  /** Milliseconds for one statement, or for BEGIN or COMMIT. Default: the engine's own limit. */
  readonly timeoutMs?: () => number
}

/** The one Kysely dialect: whatever runs through it runs on the engine that serves then. */
export function createDialect(source: EngineSource, options: DialectOptions = {}): Dialect {
  return {
    createAdapter: () => new UnderstudyAdapter(),
    createDriver: () => new BridgeDriver(source, options),
    createIntrospector: (db: Kysely<unknown>) => new ServingIntrospector(source, db),
    createQueryCompiler: () => new ServingCompiler(source),
  }
}
