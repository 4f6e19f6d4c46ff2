import { readFile } from "node:fs/promises"
import { connect } from "node:net"
import { once } from "node:events"
import { Client } from "pg"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import type { Session } from "../../src/session/session.ts"
import { Sessions } from "../../src/session/sessions.ts"
import { findFreePort } from "../../src/testing/free-port.ts"
import { startPostgres, type PostgresServer } from "../../src/testing/postgres-server.ts"
import { openTestSqlite, postgresOptions } from "../support/engines.ts"
import { steadySource } from "../support/steady-source.ts"

interface Tables {
  note: { id: number }
}

/** A session's function that fails by something that is not its session's. */
type Act = (session: Session<Tables>) => Promise<unknown>

let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres()
  const admin = new Client({ connectionString: server.adminUrl })
  await admin.connect()
  await admin.query("create table note (id integer primary key); grant all on note to public")
  await admin.end()
})
afterAll(() => server[Symbol.asyncDispose]())

const OPENERS = {
  postgresql: async () => {
    const engine = await PostgresEngine.open(postgresOptions(server.url), AbortSignal.timeout(10_000))
    onTestFinished(() => engine.close())
    return engine
  },
  sqlite: async () => {
    const opened = await openTestSqlite<Tables>()
    onTestFinished(() => opened[Symbol.asyncDispose]())
    await opened.sessions.kysely.schema
      .createTable("note")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .execute()
    return opened.engine
  },
}

/** Refused by a server of somebody else's. */
async function refusedElsewhere(): Promise<never> {
  const socket = connect(await findFreePort(), "127.0.0.1")
  await once(socket, "connect")
  throw new Error("somebody listens there")
}

/** A serialization failure in a database of the application's own. */
async function contentionElsewhere(): Promise<never> {
  const client = new Client({ connectionString: server.adminUrl })
  await client.connect()
  try {
    await client.query("do $$ begin raise exception 'elsewhere' using errcode = '40001'; end $$")
    throw new Error("it was taken")
  } finally {
    await client.end()
  }
}

const ACTS: readonly (readonly [string, Act])[] = [
  ["a file that is missing", () => readFile("/nowhere/template.html")],
  ["a server that refuses", refusedElsewhere],
  ["a serialization failure elsewhere", contentionElsewhere],
  [
    "after an answer",
    async (db) => [await db.selectFrom("note").selectAll().execute(), await refusedElsewhere()],
  ],
  ["in a savepoint", (db) => db.savepoint(refusedElsewhere)],
]

describe.each(["postgresql", "sqlite"] as const)("an application's own errors on %s", (dialect) => {
  async function sessions(): Promise<{ sessions: Sessions<Tables>; suspicions: () => number }> {
    const engine = await OPENERS[dialect]()
    let suspicions = 0
    const source = { ...steadySource(engine), suspect: () => void (suspicions += 1) }
    const made = new Sessions<Tables>({ source, defaultTimeoutMs: () => 20_000 })
    return { sessions: made, suspicions: () => suspicions }
  }

  it.each(ACTS)(
    "go to the caller as they are, and nothing is run again (promise 4): %s",
    async (_what, act) => {
      const { sessions: made, suspicions } = await sessions()
      const ways: readonly ((run: Act) => Promise<unknown>)[] = [
        (run) => made.read(run),
        (run) => made.read(run, { isolation: "repeatable read" }),
        (run) => made.write(run),
        (run) => made.write(run, { rerun: "any" }),
      ]
      for (const way of ways) {
        const thrown: unknown[] = []
        const run: Act = (session) =>
          act(session).catch((error: unknown) => {
            thrown.push(error)
            throw error
          })
        const error: unknown = await way(run).then(
          () => "no error",
          (caught: unknown) => caught,
        )
        expect(thrown).toHaveLength(1)
        expect(error).toBe(thrown[0])
      }
      expect(suspicions()).toBe(0)
    },
  )
})
