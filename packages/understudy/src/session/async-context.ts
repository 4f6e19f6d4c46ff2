import { AsyncLocalStorage } from "node:async_hooks"
import type { SessionConnection } from "./session-connection.ts"
import type { Session } from "./session.ts"

/** The session in which the current asynchronous call runs. */
export interface Context {
  readonly access: "read" | "write"
  readonly session: Session<never>
  readonly connection: SessionConnection
}

/** Where calls belong together, such as those of one request: inside, they join the write session opened in it. */
export interface SessionScope {
  /** Runs a function, and all that it calls, in this scope. */
  run<T>(fn: () => T): T
}

/** Knows in which session of one database a call is made, so that nested calls join it. */
export class AsyncContext {
  readonly #storage = new AsyncLocalStorage<Scope>()

  current(): Context | undefined {
    return this.#storage.getStore()?.context
  }

  run<T>(context: Context, fn: () => Promise<T>): Promise<T> {
    return this.#storage.run(new Scope(this.#storage, context), fn)
  }

  createScope(): SessionScope {
    return new Scope(this.#storage, undefined)
  }

  /** The session belongs to the scope from now on; undefined: no session does. */
  static enter(scope: SessionScope | undefined, context: Context | undefined): void {
    if (scope instanceof Scope) scope.context = context
  }
}

class Scope implements SessionScope {
  context: Context | undefined
  readonly #storage: AsyncLocalStorage<Scope>

  constructor(storage: AsyncLocalStorage<Scope>, context: Context | undefined) {
    this.#storage = storage
    this.context = context
  }

  run<T>(fn: () => T): T {
    return this.#storage.run(this, fn)
  }
}
