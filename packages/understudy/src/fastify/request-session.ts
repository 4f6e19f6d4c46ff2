import type { SessionScope } from "../session/async-context.ts"
import type { ServedSession } from "./served-database.ts"

/** How a request's session ended, or is ending. */
type End = { readonly kind: "commit" | "rollback"; readonly done: Promise<void> }

/**
 * The session of one request: opened when it is first asked for, ended once. Whoever ends it first decides;
 * a commit that is under way is not disturbed by the client going away.
 */
export class RequestSession {
  readonly #open: () => ServedSession
  readonly #isOver: () => boolean
  #session: ServedSession | null = null
  #end: End | null = null
  /** Set when the handler failed: whatever is answered then, nothing is kept. */
  failed = false

  /** Where the handler runs, so that other calls on the database join the session; undefined for one that reads. */
  readonly scope: SessionScope | undefined

  /** @param isOver Is the reply closed, so that nobody would end a session that is opened only now? */
  constructor(open: () => ServedSession, isOver: () => boolean, scope: SessionScope | undefined) {
    this.#open = open
    this.#isOver = isOver
    this.scope = scope
  }

  /** Was it asked for? */
  get opened(): boolean {
    return this.#session !== null
  }

  get ended(): boolean {
    return this.#end !== null
  }

  /** The session's queries. Asked for after the end, they all reject: nothing would ever release them. */
  get db(): unknown {
    if (this.#session === null) {
      this.#session = this.#open()
      if (this.#end !== null || this.#isOver()) {
        const done = this.#session.rollback()
        done.catch(() => {})
        this.#end = { kind: "rollback", done }
      }
    }
    return this.#session.db
  }

  /** Rejects if it could not be committed. Does nothing after an end. */
  commit(): Promise<void> {
    this.#end ??= { kind: "commit", done: this.#session?.commit() ?? Promise.resolve() }
    return this.#end.done
  }

  /** Does nothing after an end. */
  rollback(): Promise<void> {
    this.#end ??= { kind: "rollback", done: this.#session?.rollback() ?? Promise.resolve() }
    return this.#end.kind === "rollback" ? this.#end.done : Promise.resolve()
  }

  /** The client has gone: what runs is cut short and rolled back, unless it is being committed. */
  abandon(reason: Error): Promise<void> {
    this.#end ??= { kind: "rollback", done: this.#session?.rollback(reason) ?? Promise.resolve() }
    return this.#end.kind === "rollback" ? this.#end.done : Promise.resolve()
  }
}
