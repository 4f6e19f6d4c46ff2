import { AsyncLocalStorage } from "node:async_hooks"
import type { SessionConnection } from "./session-connection.ts"
import type { Session } from "./session.ts"

/** The session in which the current asynchronous call runs. */
export interface Context {
  readonly access: "read" | "write"
  readonly session: Session<never>
  readonly connection: SessionConnection
}

/** Knows in which session of one database a call is made, so that nested calls join it. */
export class AsyncContext {
  readonly #storage = new AsyncLocalStorage<Context>()

  current(): Context | undefined {
    return this.#storage.getStore()
  }

  run<T>(context: Context, fn: () => Promise<T>): Promise<T> {
    return this.#storage.run(context, fn)
  }
}
