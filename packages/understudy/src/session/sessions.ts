import { Kysely, type DefaultQueryExecutor, type KyselyProps } from "kysely"
import { Deadlines } from "../base/deadlines.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import type { EngineQuery, EngineSource } from "../engine/contract.ts"
import { createDialect } from "../engine/kysely-dialect.ts"
import { queryKind } from "../engine/query-kind.ts"
import { AsyncContext, type Context, type SessionScope } from "./async-context.ts"
import { checkKey, claimKey } from "./idempotency.ts"
import type { OpenSessionOptions, SessionOptions, WriteOptions } from "./options.ts"
import { withRetry } from "./retry.ts"
import { SessionConnection, type SessionKind } from "./session-connection.ts"
import { SessionLimit } from "./session-limit.ts"
import { Session } from "./session.ts"

/** A session without a callback, for frameworks. Opens nothing until its first query; either call ends it. */
export interface OpenSession<DB> {
  readonly db: Session<DB>
  /** Commits what was written. May throw as `write` does. A second call does nothing. */
  commit(): Promise<void>
  /** Rolls back. With a reason, what still runs is cut short and rejects with it; without, it is waited for. */
  rollback(reason?: Error): Promise<void>
}

/** A session, and what it has of an engine. */
interface MadeSession<DB> {
  readonly connection: SessionConnection
  readonly session: Session<DB>
}

/** What sessions need to know. */
export interface SessionsOptions {
  readonly source: EngineSource
  /** A session's time when its call gives none, in milliseconds. */
  readonly defaultTimeoutMs: () => number
}

/** The three ways in: `kysely`, `read`, `write`; and open sessions for frameworks. */
export class Sessions<DB> {
  readonly kysely: Kysely<DB>
  readonly #source: EngineSource
  readonly #defaultTimeoutMs: () => number
  readonly #context = new AsyncContext()
  readonly #deadlines = new Deadlines()
  readonly #props: KyselyProps
  #active = 0
  /** Set once it is being closed; resolved when the last session has ended. */
  #drained: PromiseWithResolvers<void> | undefined

  constructor({ source, defaultTimeoutMs }: SessionsOptions) {
    this.#source = source
    this.#defaultTimeoutMs = defaultTimeoutMs
    const dialect = createDialect(source, {
      join: (query) => this.#join(query),
      entered: () => this.#entered(),
      left: () => this.#left(),
      timeoutMs: defaultTimeoutMs,
    })
    this.kysely = new Kysely<DB>({ dialect })
    this.#props = {
      config: { dialect },
      dialect,
      driver: dialect.createDriver() as KyselyProps["driver"],
      executor: this.kysely.getExecutor(),
    }
  }

  /**
   * What `kysely` is asked inside a write session. On SQLite a write would wait for the session's own lock, so it is
   * refused on both engines; where the engine has one connection for all, a read is the session's.
   */
  #join(query: EngineQuery | undefined): SessionConnection | undefined {
    const context = this.#context.current()
    if (context?.access !== "write") return undefined
    if (query === undefined || queryKind(query.query) !== "read")
      throw new UnderstudyError("UNDERSTUDY_NESTED_WRITE")
    return this.#source.current("read")?.readsBesideWrites === false ? context.connection : undefined
  }

  /** Sessions under way. */
  get active(): number {
    return this.#active
  }

  /** A session that only reads. The function may run again on a connection loss. */
  read<T>(fn: (session: Session<DB>) => Promise<T>, options: SessionOptions = {}): Promise<T> {
    const outer = this.#context.current()
    // Inside a session its own writes are to be seen; where one connection serves all, there is no other way.
    const joins = outer?.takesNested === true || this.#source.current("read")?.readsBesideWrites === false
    if (outer !== undefined && joins) return fn(outer.session as unknown as Session<DB>)
    return this.#run("read", fn, options)
  }

  /** One transaction. Inside another write session: a savepoint of it. */
  write<T>(fn: (session: Session<DB>) => Promise<T>, options: WriteOptions = {}): Promise<T> {
    const outer = this.#context.current()
    if (outer?.access === "read") {
      return Promise.reject(
        new UnderstudyError("UNDERSTUDY_READ_SESSION", { construct: "begin a write session" }),
      )
    }
    if (outer?.takesNested === false) return Promise.reject(new UnderstudyError("UNDERSTUDY_NESTED_WRITE"))
    if (outer !== undefined) return this.#nested(outer, fn)
    return this.#run("write", fn, options)
  }

  #nested<T>(outer: Context, fn: (session: Session<DB>) => Promise<T>): Promise<T> {
    const session = outer.session as unknown as Session<DB>
    return session.savepoint((inner) =>
      this.#context.run({ ...outer, session: inner as never }, () => fn(inner)),
    )
  }

  createScope(): SessionScope {
    return this.#context.createScope()
  }

  /** Opens a session that ends by its own calls. */
  openSession(access: "read" | "write", options: OpenSessionOptions = {}): OpenSession<DB> {
    const kind = { ...this.#enter(access, options), goesOn: access === "read" }
    const { connection, session } = this.#makeSession(kind, 1)
    const scope = access === "write" ? options.scope : undefined
    AsyncContext.enter(scope, { access, session: session as never, connection, takesNested: false })
    let over = false
    const end = async (commit: boolean, reason?: Error): Promise<void> => {
      if (over) {
        // What the limit has rolled back must not be taken for committed.
        if (commit && connection.wasCut) throw kind.limit.reason
        return
      }
      over = true
      AsyncContext.enter(scope, undefined)
      kind.limit.onEnd = undefined
      if (reason !== undefined) kind.limit.end(reason)
      try {
        if (commit) await connection.finish()
      } finally {
        await connection.dispose()
        kind.limit.stop()
        this.#left()
      }
    }
    kind.limit.onEnd = () => void end(false)
    return { db: session, commit: () => end(true), rollback: (reason) => end(false, reason) }
  }

  /** Refuses new sessions and waits for those under way, at most so long (milliseconds). */
  async drain(limitMs: number): Promise<void> {
    this.#drained ??= Promise.withResolvers<void>()
    if (this.#active > 0) {
      const timer = setTimeout(this.#drained.resolve, limitMs)
      await this.#drained.promise
      clearTimeout(timer)
    }
    this.#deadlines.expireAll(new UnderstudyError("UNDERSTUDY_CLOSED"))
  }

  #entered(): void {
    if (this.#drained !== undefined) throw new UnderstudyError("UNDERSTUDY_CLOSED")
    this.#active += 1
  }

  #left(): void {
    this.#active -= 1
    if (this.#active === 0) this.#drained?.resolve()
  }

  async #run<T>(
    access: "read" | "write",
    fn: (session: Session<DB>) => Promise<T>,
    options: WriteOptions,
  ): Promise<T> {
    if (options.idempotencyKey !== undefined) checkKey(options.idempotencyKey)
    const kind = this.#enter(access, options)
    try {
      kind.limit.throwIfOver()
      return await withRetry(kind, options, (attempt) => {
        const made = this.#makeSession(kind, attempt)
        return {
          result: this.#once(kind, made, fn, options.idempotencyKey),
          threw: (error) => made.connection.threw(error),
        }
      })
    } finally {
      kind.limit.stop()
      this.#left()
    }
  }

  async #once<T>(
    { access, limit }: SessionKind,
    { connection, session }: MadeSession<DB>,
    fn: (session: Session<DB>) => Promise<T>,
    idempotencyKey: string | undefined,
  ): Promise<T> {
    try {
      const running = this.#context.run(
        { access, session: session as never, connection, takesNested: true },
        async () => {
          if (idempotencyKey !== undefined) await claimKey(session, await connection.engine(), idempotencyKey)
          return fn(session)
        },
      )
      const result = await limit.race(running, () => connection.abandon())
      // From here on the limit must not cut what is being committed.
      limit.onEnd = undefined
      const finished = connection.finish()
      if (finished !== undefined) await finished
      return result
    } finally {
      limit.onEnd = undefined
      const disposed = connection.dispose()
      // Whoever gave up does not wait until the last wait (for a connection, say) has noticed.
      if (disposed !== undefined) {
        if (limit.reason === undefined) await disposed
        else this.#leaveAfter(disposed)
      }
    }
  }

  #leaveAfter(disposed: Promise<void>): void {
    this.#active += 1
    void disposed.finally(() => this.#left())
  }

  #makeSession(kind: SessionKind, attempt: number): MadeSession<DB> {
    const connection = new SessionConnection(this.#source, kind)
    const executor = this.kysely.getExecutor() as DefaultQueryExecutor
    const session = new Session<DB>(
      { ...this.#props, executor: executor.withConnectionProvider(connection) },
      attempt,
      connection,
    )
    return { connection, session }
  }

  #enter(access: "read" | "write", options: SessionOptions): SessionKind {
    this.#entered()
    try {
      const timeoutMs = options.timeoutMs ?? this.#defaultTimeoutMs()
      const limit = new SessionLimit(this.#deadlines, `The ${access} session`, timeoutMs, options.signal)
      return { access, isolation: options.isolation, limit, goesOn: false }
    } catch (error) {
      this.#left()
      throw error
    }
  }
}
