import type { ClientBase } from "pg"
import type Cursor from "pg-cursor"

/**
 * Reads a cursor's rows in portions. pg-cursor forgets whoever waits when the connection is lost after the last row and
 * before the server is ready again: then they would wait for ever.
 */
export class RowCursor<R> {
  readonly #client: ClientBase
  readonly #cursor: Cursor<R>
  #failed = false

  constructor(client: ClientBase, cursor: Cursor<R>) {
    this.#client = client
    this.#cursor = client.query(cursor)
  }

  /** The next rows, so many at most; fewer than that are the last. Rejects with the server's error, or when the connection is lost. */
  async read(count: number): Promise<R[]> {
    try {
      return await this.#unlessLost(this.#cursor.read(count))
    } catch (error) {
      this.#failed = true
      throw error
    }
  }

  /** Gives the cursor up; one that has failed is given up already. Rejects when the connection is lost. */
  async close(): Promise<void> {
    if (!this.#failed) await this.#unlessLost(this.#cursor.close())
  }

  #unlessLost<T>(answer: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const lost = (): void => reject(new Error("Connection terminated unexpectedly"))
    this.#client.once("end", lost)
    answer.then(resolve, reject)
    return promise.finally(() => this.#client.off("end", lost))
  }
}
