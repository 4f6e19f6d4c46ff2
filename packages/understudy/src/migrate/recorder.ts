import type { CompiledQuery, InsertQueryNode, QueryResult, RootOperationNode } from "kysely"
import { QUOTED, queryKind } from "../engine/query-kind.ts"
import type {
  Engine,
  EngineConnection,
  EngineDialect,
  EngineQuery,
  EngineRole,
  ProbeResult,
} from "../engine/contract.ts"

/** What a recorder needs of the engine that it stands for. */
export interface RecorderOptions {
  readonly dialect: EngineDialect
  compile(node: RootOperationNode, queryId: CompiledQuery["queryId"]): EngineQuery
  /** Called with each statement that was noted; what it throws is what the migration gets to hear. */
  noted(query: EngineQuery): Promise<void>
}

/** Thrown at the first statement whose answer a migration may go by: there are no rows to answer with. */
class RecordingEnd extends Error {
  override readonly name = "RecordingEnd"
}

const RAW_ANSWERS = /^\s*(?:select|with|values|table|show|explain|pragma)\b|\breturning\b/i

/** An engine without a database: it notes each statement, and runs none. */
export class Recorder implements Engine {
  readonly dialect: EngineDialect
  readonly role: EngineRole = "embedded"
  readonly readsBesideWrites = true
  readonly statements: string[] = []
  readonly #options: RecorderOptions
  #asks: string | undefined

  constructor(options: RecorderOptions) {
    this.dialect = options.dialect
    this.#options = options
  }

  /** The statement at which it ended, since what follows may depend on the answer; undefined where it did not. */
  get asks(): string | undefined {
    return this.#asks
  }

  compile(node: RootOperationNode, queryId: CompiledQuery["queryId"]): EngineQuery {
    return this.#options.compile(node, queryId)
  }

  acquire(): EngineConnection {
    const nothing = (): Promise<void> => Promise.resolve()
    return {
      dialect: this.dialect,
      execute: (query) => this.#note(query),
      // A stream is read, so it ends the recording as any question does.
      stream: (query) => this.#end(query),
      begin: nothing,
      commit: nothing,
      rollback: nothing,
      savepoint: nothing,
      rollbackToSavepoint: nothing,
      releaseSavepoint: nothing,
      abandon() {},
      release() {},
    }
  }

  async #note<R>(query: EngineQuery): Promise<QueryResult<R>> {
    if (this.#asks !== undefined || isAnswered(query)) this.#end(query)
    this.statements.push(query.sql)
    await this.#options.noted(query)
    return { rows: [] }
  }

  #end({ sql }: EngineQuery): never {
    this.#asks ??= sql
    throw new RecordingEnd("the recording of a migration ends where it asks the database")
  }

  async probe(): Promise<ProbeResult> {
    return { ok: true, tookMs: 0 }
  }

  async close(): Promise<void> {}
}

/** Does the statement give rows back? */
function isAnswered({ query, sql }: EngineQuery): boolean {
  switch (queryKind(query)) {
    case "read":
      return true
    case "write":
      return (query as InsertQueryNode).returning !== undefined
    case "raw":
      return RAW_ANSWERS.test(sql.replaceAll(QUOTED, ""))
    case "ddl":
      return false
  }
}
