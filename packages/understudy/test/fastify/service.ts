import Fastify, { type FastifyInstance, type FastifyServerOptions } from "fastify"
import { sql, type Kysely } from "kysely"
import type { Migration } from "kysely/migration"
import { understudyPlugin, type UnderstudyPluginOptions } from "../../src/fastify/plugin.ts"
import { openTestDatabase } from "../../src/testing/open-test-database.ts"

export interface Items {
  items: { id: number; name: string; parent: number | null }
}

declare module "fastify" {
  interface UnderstudyTables extends Items {}
}

const createItems: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("items")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("name", "varchar(20)", (column) => column.notNull().unique())
      .addColumn("parent", "integer")
      .addForeignKeyConstraint("items_parent", ["parent"], "items", ["id"], (constraint) =>
        constraint.deferrable().initiallyDeferred(),
      )
      .execute()
  },
}

/** A database, a service on it that listens, and what a test asks of both. */
export interface Service extends AsyncDisposable {
  readonly app: FastifyInstance
  readonly url: string
  readonly db: Kysely<Items>
  /** The names that are committed. */
  names(): Promise<string[]>
  /** Is there a transaction that nobody ends? On SQLite: is the writer free? */
  leftOpen(): Promise<number>
}

export async function startService(
  engine: "postgresql" | "sqlite",
  routes: (app: FastifyInstance) => void,
  options: Partial<UnderstudyPluginOptions> = {},
  server: FastifyServerOptions = {},
): Promise<Service> {
  const test = await openTestDatabase<Items>({ engine, migrations: { "0001-items": createItems } })
  const app = Fastify({ forceCloseConnections: true, ...server })
  await app.register(understudyPlugin, { database: test.database, ...options })
  routes(app)
  const url = await app.listen({ host: "127.0.0.1", port: 0 })
  const names = async (): Promise<string[]> => {
    const rows = await test.kysely.selectFrom("items").select("name").orderBy("id").execute()
    return rows.map(({ name }) => name)
  }
  return {
    app,
    url,
    db: test.kysely,
    names,
    async leftOpen() {
      if (engine === "sqlite") {
        // The one writer: taken at once if it is free.
        await test.database.write((session) => session.deleteFrom("items").where("id", "=", -1).execute(), {
          timeoutMs: 2000,
        })
        return 0
      }
      const { rows } = await sql<{ count: string }>`
        select cast(count(*) as text) as count from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'`.execute(test.kysely)
      return Number(rows[0]?.count)
    },
    async [Symbol.asyncDispose]() {
      await app.close()
      await test[Symbol.asyncDispose]()
    },
  }
}

/** Waits until a condition holds; it fails by the test's own time limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}

export function post(url: string, body?: object): Promise<Response> {
  if (body === undefined) return fetch(url, { method: "POST" })
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  })
}
