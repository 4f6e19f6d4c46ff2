import { Kysely, PostgresDialect } from "kysely"
import { Pool } from "pg"
import { WORK, type Operation, type Outcome } from "./operations.ts"
import type { Tables } from "./tables.ts"

const CONNECTIONS = 3

/** Others, who write to the primary by a driver alone, whatever the backend does. */
export class Others implements AsyncDisposable {
  readonly db: Kysely<Tables>

  constructor(url: string) {
    const pool = new Pool({ connectionString: url, max: CONNECTIONS, connectionTimeoutMillis: 5_000 })
    pool.on("error", () => {})
    // The pool takes the error of a client that rests; one that is lent would end this process.
    pool.on("connect", (client) => client.on("error", () => {}))
    this.db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  }

  /** Runs an operation; never rejects. */
  async run(operation: Operation): Promise<Outcome> {
    let value: string | null | undefined
    try {
      await this.db.transaction().execute(async (transaction) => {
        value = await WORK[operation.kind](transaction, operation)
      })
      return { kind: "ok", value: value ?? null }
    } catch (error) {
      // After its last statement it was about to be committed.
      return { kind: value === undefined ? "fail" : "unknown", why: String(error) }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.db.destroy()
  }
}
