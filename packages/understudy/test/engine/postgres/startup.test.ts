import { createServer, type Socket } from "node:net"
import { once } from "node:events"
import { Client } from "pg"
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { sql } from "kysely"
import { diagnose } from "../../../src/engine/postgres/diagnose.ts"
import { loadDriver } from "../../../src/engine/postgres/driver.ts"
import { PostgresEngine } from "../../../src/engine/postgres/engine.ts"
import { classifyError } from "../../../src/errors/classify.ts"
import {
  NO_TLS,
  READY,
  serverMessage,
  startScriptedPostgres,
  WELCOME,
} from "../../../../../test/support/scripted-postgres.ts"
import { workerPostgres } from "../../../../../test/support/worker-postgres.ts"
import { postgresOptions, sessionsOn } from "../../support/engines.ts"

afterEach(() => vi.unstubAllEnvs())

describe("a connection's start", () => {
  it.each([
    ["a login of an unknown kind", { startup: serverMessage("R", 999) }],
    ["a message that ends too early", { startup: serverMessage("R") }],
    ["an error without a field", { startup: serverMessage("E") }],
    ["an error that ends inside a field", { startup: serverMessage("E", "S") }],
    ["an error without an end", { startup: serverMessage("E", "SFATAL\0C57P03\0") }],
    ["a notice that ends inside a field", { startup: serverMessage("N", "SA") }],
    ["a message shorter than its length", { startup: Buffer.from([0x45, 0, 0, 0, 3]) }],
    [
      "a row that ends too early",
      { startup: Buffer.concat([WELCOME, READY]), Q: serverMessage("D", Buffer.from([0, 9, 0, 0])) },
    ],
  ])("promise 1: %s ends the connection, and not the process", async (_, script) => {
    await using server = await startScriptedPostgres({ "ssl-request": NO_TLS, ...script })
    const options = postgresOptions(`postgresql://app:x@127.0.0.1:${server.port}/db`)
    const opening = PostgresEngine.open(options, AbortSignal.timeout(10_000))
    await expect(opening).rejects.toThrow("it cannot be read as PostgreSQL's protocol")
    const error: unknown = await opening.catch((reason: unknown) => reason)
    expect([diagnose(error), classifyError(error)]).toEqual(["primary.not-postgresql", "connection"])
  })

  it.each([1, 3, 1_000])(
    "promise 3: an error's severity is in English, whatever the server speaks (in pieces of %d bytes)",
    async (size) => {
      const notice = serverMessage("N", "SHINWEIS\0VNOTICE\0Mhallo\0\0")
      const error = serverMessage("E", "SFEHLER\0VERROR\0C42703\0MSpalte gibt es nicht\0\0")
      const answer = Buffer.concat([notice, error, READY])
      const pieces = Array.from({ length: Math.ceil(answer.length / size) }, (_, index) =>
        answer.subarray(index * size, (index + 1) * size),
      )
      await using server = await startScriptedPostgres({
        "ssl-request": NO_TLS,
        startup: Buffer.concat([WELCOME, READY]),
        Q: pieces,
      })
      const { Client: PlainClient } = await loadDriver()
      const client = new PlainClient({ host: "127.0.0.1", port: server.port, user: "app", password: "x" })
      client.on("error", () => {})
      await client.connect()
      onTestFinished(() => client.end())
      await expect(client.query("select nothing")).rejects.toMatchObject({ code: "42703", severity: "ERROR" })
    },
  )

  it("promise 1: sends three parameters and the encoding, whatever the environment holds", async () => {
    vi.stubEnv("PGOPTIONS", "-c work_mem=1")
    vi.stubEnv("PGREPLICATION", "database")
    vi.stubEnv("PGSSLNEGOTIATION", "nonsense")
    vi.stubEnv("PGPASSWORD", "not-to-be-sent")
    vi.stubEnv("PGCLIENT_ENCODING", "LATIN1")
    const sent: Buffer[] = []
    const server = createServer((socket: Socket) => {
      // No TLS here; the startup message comes next, and the password is asked for in clear text.
      socket.once("data", () => {
        socket.write("N")
      })
      socket.on("data", (chunk) => {
        sent.push(chunk)
        if (sent.length === 2) socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]))
      })
      socket.on("error", () => {})
    }).listen(0, "127.0.0.1")
    await once(server, "listening")
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const options = postgresOptions(`postgresql://app@127.0.0.1:${port}/db`, { connectTimeoutMs: 1_000 })
    const { parts } = options
    const opening = PostgresEngine.open(
      { ...options, parts: { ...parts, password: null } },
      AbortSignal.timeout(1_000),
    )
    await expect(opening).rejects.toThrow()
    const texts = Buffer.concat(sent).toString("latin1")
    const [startup = ""] = /user\0.*?\0\0/s.exec(texts) ?? []
    expect(startup.split("\0").filter(Boolean)).toEqual(
      "user app database db application_name understudy client_encoding UTF8".split(" "),
    )
    expect(texts).not.toContain("not-to-be-sent")
  })

  it("promise 3: a role's own date style, time zone and strings change no value", async () => {
    await using database = await (await workerPostgres()).createDatabase()
    const options = postgresOptions(database.url)
    const name = options.parts.database
    const settings = [
      "datestyle = 'German'",
      "timezone = 'America/St_Johns'",
      "standard_conforming_strings = off",
    ]
    const admin = new Client({ connectionString: database.adminUrl })
    await admin.connect()
    await admin.query(settings.map((each) => `alter database "${name}" set ${each}`).join(";"))
    await admin.end()
    const engine = await PostgresEngine.open(options, AbortSignal.timeout(10_000))
    onTestFinished(() => engine.close())
    const { rows } = await sql<{ at: Date; day: string; local: string; text: string }>`
      select timestamptz '2026-01-31 23:30:00+00' as at, (timestamptz '2026-01-31 23:30:00+00')::date as day,
        timestamp '2026-01-31 12:00' at time zone 'UTC' as local, ${sql.lit("a\\")} as text`.execute(
      sessionsOn(engine).kysely,
    )
    expect(rows).toEqual([
      {
        at: new Date("2026-01-31T23:30:00Z"),
        day: "2026-01-31",
        local: new Date("2026-01-31T12:00:00Z"),
        text: "a\\",
      },
    ])
  })
})
