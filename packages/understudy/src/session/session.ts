import { Transaction, TransactionBuilder, type KyselyProps } from "kysely"
import { Semaphore } from "../base/semaphore.ts"

/** What a session is bound to. */
export interface SessionBound {
  readonly asOf: Date | null
  /** What savepoints run in. */
  inSavepoint<T>(run: () => Promise<T>): Promise<T>
}

/**
 * What the function given to `read` or `write` works with: Kysely's own transaction, bound to one engine, dead after
 * the session's end.
 */
export class Session<DB> extends Transaction<DB> {
  /** Which run of the function this is, from 1. */
  readonly attempt: number
  readonly #props: KyselyProps
  /** Savepoints of one level follow one another: side by side, one would undo the other. */
  #level: Semaphore | undefined

  readonly #bound: SessionBound

  /** Made by the library only. */
  constructor(props: KyselyProps, attempt: number, bound: SessionBound) {
    super(props)
    this.#props = props
    this.attempt = attempt
    this.#bound = bound
  }

  /**
   * The moment of the primary that this session's answers show, where they come from the fallback's copy of it. Null where
   * they are the database's own.
   */
  get asOf(): Date | null {
    return this.#bound.asOf
  }

  /**
   * Runs a function in a savepoint: what it wrote is undone if it throws, the rest of the session is not. Those of one
   * level follow one another, and the session's other queries wait until it has ended.
   */
  async savepoint<T>(fn: (session: Session<DB>) => Promise<T>): Promise<T> {
    this.#level ??= new Semaphore(1)
    const leave = await this.#level.acquire()
    try {
      return await this.#bound.inSavepoint(() =>
        new TransactionBuilder<DB>(this.#props).execute((inner) =>
          fn(
            new Session<DB>({ ...this.#props, executor: inner.getExecutor() }, this.attempt, {
              asOf: this.asOf,
              inSavepoint: (run) => run(),
            }),
          ),
        ),
      )
    } finally {
      leave()
    }
  }
}
