import { Kysely, PostgresDialect, sql } from "kysely"
import { Pool } from "pg"
import type { Door, Outcome } from "./door.ts"
import { drawFrom } from "../../packages/understudy/src/drill/draw.ts"
import { Pace } from "./pace.ts"
import type { Tables } from "./tables.ts"
import { writerOf } from "./writers/all.ts"
import type { Effect } from "./writers/writer.ts"

const CONNECTIONS = 6

/** Writers behind the backends' back, by a driver alone, as psql would. */
export class BehindDoor implements Door, AsyncDisposable {
  readonly name = "behind"
  readonly isBehind = true
  readonly #db: Kysely<Tables>
  readonly #pace = new Pace()

  constructor(url: string) {
    const pool = new Pool({ connectionString: url, max: CONNECTIONS, connectionTimeoutMillis: 5_000 })
    pool.on("error", () => {})
    // Its pool takes the error of a client that rests; one that is lent would end this process.
    pool.on("connect", (client) => client.on("error", () => {}))
    this.#db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  }

  async run(name: string, seed: number): Promise<Outcome> {
    const writer = writerOf(name)
    let effect: Effect | undefined
    try {
      await this.#db.transaction().execute(async (transaction) => {
        effect = await writer.run(transaction, drawFrom(seed), {
          othersCommitted: (count) => this.#pace.othersCommitted(count),
          savepoint: (work) => inSavepoint(transaction, work),
        })
      })
      this.#pace.committed()
      return { kind: "applied", effect: effect ?? {} }
    } catch (error) {
      const why = String(error)
      return { kind: effect === undefined ? "refused" : "unknown", why }
    }
  }

  hurry(isHurried: boolean): void {
    this.#pace.hurry(isHurried)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#db.destroy()
  }
}

async function inSavepoint(db: Kysely<Tables>, work: (db: Kysely<Tables>) => Promise<void>): Promise<void> {
  await sql`savepoint step`.execute(db)
  try {
    await work(db)
    await sql`release savepoint step`.execute(db)
  } catch (error) {
    await sql`rollback to savepoint step`.execute(db)
    throw error
  }
}
