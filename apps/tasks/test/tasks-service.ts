import type { FastifyInstance } from "fastify"
import pino from "pino"
import type { Database } from "understudy-db"
import { openTestDatabase } from "understudy-db/testing"
import { createApp, type AppOptions } from "../src/app.ts"
import { migrations } from "../src/migrations/migrations.ts"
import type { Tables } from "../src/tables.ts"

/** The service on a fresh database, listening. */
export interface TasksService extends AsyncDisposable {
  readonly app: FastifyInstance
  readonly url: string
  readonly database: Database<Tables>
  /** Sends a request and reads a JSON answer. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // Each test knows what it asked for.
  readonly body: Readonly<Record<string, unknown>> & {
    readonly items: readonly Task[]
    readonly nextCursor: string
  }
}

export interface Task {
  readonly id: string
  readonly title: string
  readonly done: boolean
  readonly dueAt: string | null
  readonly updatedAt: string
  readonly completedAt: string | null
}

export async function startTasks(
  engine: "postgresql" | "sqlite",
  options: Partial<AppOptions> = {},
): Promise<TasksService> {
  const test = await openTestDatabase<Tables>({ engine, migrations: { ...migrations } })
  const logger = pino({ level: "silent" })
  const app = await createApp({ database: test.database, logger, requestsPerMinute: 100_000, ...options })
  const url = await app.listen({ host: "127.0.0.1", port: 0 })
  return {
    app,
    url,
    database: test.database,
    async call(method, path, body, headers = {}) {
      const response = await fetch(url + path, {
        method,
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      return {
        status: response.status,
        headers: response.headers,
        body: (text === "" ? null : JSON.parse(text)) as Answer["body"],
      }
    },
    async [Symbol.asyncDispose]() {
      await app.close()
      await test[Symbol.asyncDispose]()
    },
  }
}
