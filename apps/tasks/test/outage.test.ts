import pino from "pino"
import { expect, test } from "vitest"
import { openDatabase } from "understudy-db"
import { openBreakableDatabase, type PrimaryFault } from "understudy-db/testing"
import { createApp } from "../src/app.ts"
import { migrations } from "../src/migrations/migrations.ts"
import type { Tables } from "../src/tables.ts"

test.each<PrimaryFault>(["refuse", "silence", "kill"])(
  "promise 4: a task that is made while PostgreSQL is away (%s) is read, and is in PostgreSQL after it healed",
  async (kind) => {
    const { database, directUrl, breakPrimary, healPrimary, untilState, ...outage } =
      await openBreakableDatabase<Tables>({ migrations: { ...migrations } })
    await using ends = new AsyncDisposableStack()
    ends.defer(() => outage[Symbol.asyncDispose]())
    const app = await createApp({ database, logger: pino({ level: "silent" }) })
    ends.defer(() => app.close())

    await breakPrimary(kind)
    await untilState("fallback")
    const made = await app.inject({ method: "POST", url: "/tasks", payload: { title: "Water the plants" } })
    expect(made.statusCode).toBe(201)
    const task = made.json<{ id: string }>()
    expect((await app.inject(`/tasks/${task.id}`)).json()).toEqual(task)
    expect((await app.inject("/health")).json()).toMatchObject({ state: "fallback", pending: { changes: 1 } })

    await healPrimary()
    await untilState("primary")
    expect((await app.inject(`/tasks/${task.id}`)).json()).toEqual(task)
    const postgres = ends.use(
      openDatabase<Tables>({
        env: { DATABASE_URL: directUrl, DATABASE_ENGINE: "postgresql", NODE_ENV: "test" },
      }),
    )
    const rows = await postgres.kysely.selectFrom("tasks").select(["id", "title"]).execute()
    expect(rows).toEqual([{ id: task.id, title: "Water the plants" }])
  },
)
