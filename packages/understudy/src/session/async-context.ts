import { AsyncLocalStorage } from "node:async_hooks"
import type { SessionConnection } from "./session-connection.ts"
import type { Session } from "./session.ts"

/** The session in which the current asynchronous call runs. */
export interface Context {
  readonly access: "read" | "write"
  readonly session: Session<never>
  readonly connection: SessionConnection
  /** May `write` inside become a savepoint of it? Else it is refused. */
  readonly takesNested: boolean
}

/**
 * Where calls belong together, such as those of one request: once a write session is opened in it, other writes are
 * refused there, which on SQLite would wait for it for ever.
 */
export interface SessionScope {
  /** Runs a function, and all that it calls, in this scope. */
  run<T>(fn: () => T): T
}

/** Knows in which session of one database a call is made, so that nested calls join it. */
export class AsyncContext {
  readonly #storage = new AsyncLocalStorage<Scope>()

  current(): Context | undefined {
    return this.#storage.getStore()?.current()
  }

  /** Runs a function inside a session. What it has begun and left behind is outside, once the function has ended. */
  async run<T>(context: Context, fn: () => Promise<T>): Promise<T> {
    const scope = new Scope(this.#storage, context, this.#storage.getStore())
    try {
      return await this.#storage.run(scope, fn)
    } finally {
      scope.context = undefined
    }
  }

  createScope(): SessionScope {
    return new Scope(this.#storage, undefined, undefined)
  }

  /** The session belongs to the scope from now on; undefined: no session does. */
  static enter(scope: SessionScope | undefined, context: Context | undefined): void {
    if (scope instanceof Scope) scope.context = context
  }
}

class Scope implements SessionScope {
  context: Context | undefined
  readonly #storage: AsyncLocalStorage<Scope>
  readonly #outer: Scope | undefined

  constructor(storage: AsyncLocalStorage<Scope>, context: Context | undefined, outer: Scope | undefined) {
    this.#storage = storage
    this.context = context
    this.#outer = outer
  }

  current(): Context | undefined {
    return this.context ?? this.#outer?.current()
  }

  run<T>(fn: () => T): T {
    return this.#storage.run(this, fn)
  }
}
