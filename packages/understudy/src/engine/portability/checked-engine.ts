import { hash } from "node:crypto"
import type { CompiledQuery, RootOperationNode } from "kysely"
import { LruCache } from "../../base/lru-cache.ts"
import { isUnderstudyError, type UnderstudyError } from "../../errors/understudy-error.ts"
import type {
  Access,
  Engine,
  EngineConnection,
  EngineDialect,
  EngineQuery,
  EngineRole,
  Limits,
  ProbeResult,
} from "../contract.ts"
import { notPortable, placed } from "../not-portable.ts"
import { callingPlace } from "./calling-place.ts"
import { CheckedConnection } from "./checked-connection.ts"
import type { Counterpart } from "./counterpart.ts"
import { meantFor } from "./only-on.ts"

/** Texts whose verdict is remembered. */
const VERDICTS_KEPT = 2_000
/** Longer texts, such as inserts of many rows, are remembered by their hash: what is kept is bounded in bytes too. */
const LONG_TEXT = 1_000

const NAMES: Readonly<Record<EngineDialect, string>> = { postgresql: "PostgreSQL", sqlite: "SQLite" }

/** How an engine is watched for what is not portable. */
export interface CheckOptions {
  /** Asked about each query; undefined: nobody is asked, and only what the engine itself refuses is told. */
  readonly counterpart: Counterpart | undefined
  /** Told of each refusal, before it is thrown. */
  refused(error: UnderstudyError): void
}

/** An engine before which each query is shown to its counterpart, once per text. */
export class CheckedEngine implements Engine {
  readonly inner: Engine
  readonly #options: CheckOptions
  readonly #verdicts = new LruCache<string, UnderstudyError | "portable">(VERDICTS_KEPT)

  constructor(inner: Engine, options: CheckOptions) {
    this.inner = inner
    this.#options = options
  }

  get dialect(): EngineDialect {
    return this.inner.dialect
  }

  get role(): EngineRole {
    return this.inner.role
  }

  get readsBesideWrites(): boolean {
    return this.inner.readsBesideWrites
  }

  /** @throws UnderstudyError `UNDERSTUDY_NOT_PORTABLE`, with the place in the calling code. */
  compile(node: RootOperationNode, queryId: CompiledQuery["queryId"]): EngineQuery {
    this.#checkMark(node)
    let query: EngineQuery
    try {
      query = this.inner.compile(node, queryId)
    } catch (error) {
      throw this.placed(error)
    }
    this.#check(query)
    return query
  }

  /** @throws UnderstudyError `UNDERSTUDY_NOT_PORTABLE` for a query that the counterpart could not run. */
  #check(query: EngineQuery): void {
    const { counterpart } = this.#options
    if (counterpart === undefined || meantFor(query.query) !== undefined) return
    const key = keyOf(query)
    let verdict = this.#verdicts.get(key)
    if (verdict === undefined) {
      verdict = counterpart.refusalOf(query) ?? "portable"
      this.#verdicts.set(key, verdict)
    }
    if (verdict !== "portable") throw this.#refused(verdict)
  }

  /** An error as the caller is to see it: of a refusal the place is told. */
  placed(error: unknown): unknown {
    return isUnderstudyError(error, "UNDERSTUDY_NOT_PORTABLE") ? this.#refused(error) : error
  }

  #checkMark(node: RootOperationNode): void {
    const dialect = meantFor(node)
    if (dialect === undefined || dialect === this.dialect) return
    const construct = `A query that is marked as meant for ${NAMES[dialect]}`
    throw this.#refused(
      notPortable(construct, "Ask db.status().engine first, or write it for both.", NAMES[this.dialect]),
    )
  }

  #refused(error: UnderstudyError): UnderstudyError {
    const told = placed(error, callingPlace())
    this.#options.refused(told)
    return told
  }

  acquire(access: Access, limits?: Limits): EngineConnection | Promise<EngineConnection> {
    const acquired = this.inner.acquire(access, limits)
    // PostgreSQL answers with its own errors; SQLite refuses by name, some of it only when a statement is prepared.
    if (this.dialect === "postgresql") return acquired
    return acquired instanceof Promise
      ? acquired.then((connection) => new CheckedConnection(connection, this))
      : new CheckedConnection(acquired, this)
  }

  probe(signal: AbortSignal): Promise<ProbeResult> {
    return this.inner.probe(signal)
  }

  close(): Promise<void> {
    return this.inner.close()
  }
}

/** The same text may come from a builder, or from a raw fragment, of which less is known. */
function keyOf({ query, sql }: EngineQuery): string {
  const text = sql.length > LONG_TEXT ? hash("sha256", sql) : sql
  return query.kind === "RawNode" ? `raw ${text}` : text
}
