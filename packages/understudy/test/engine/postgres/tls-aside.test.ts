import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { Client } from "pg"
import { CompiledQuery } from "kysely"
import { expect, it, onTestFinished, vi } from "vitest"
import { PostgresEngine } from "../../../src/engine/postgres/engine.ts"
import { startPostgres, type PostgresServer } from "../../../src/testing/postgres-server.ts"
import { postgresOptions } from "../../support/engines.ts"
import { serverTls, tlsFile } from "../../support/tls-files.ts"

/** PostgreSQL's request for TLS, and what the first record of a handshake begins with. */
const TLS_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
const HANDSHAKE = 0x16

/** Passes everything on, and keeps the first bytes that each client sends. */
interface Tap {
  readonly port: number
  /** How many connections began with TLS, and how many did not. */
  count(): { readonly encrypted: number; readonly plain: number }
  /** Breaks every open connection. */
  cut(): void
}

async function tap(target: number): Promise<Tap> {
  const sent: Buffer[][] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const chunks: Buffer[] = []
    sent.push(chunks)
    client.on("data", (chunk) => chunks.length < 2 && chunks.push(chunk))
    const upstream = connect(target, "127.0.0.1")
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on("error", () => {}).on("close", () => sockets.delete(socket))
    }
    client.pipe(upstream).pipe(client)
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  onTestFinished(() => {
    server.close()
    cut()
  })
  const isEncrypted = (chunks: Buffer[]): boolean =>
    chunks[0]?.equals(TLS_REQUEST) === true && chunks[1]?.[0] === HANDSHAKE
  return {
    port: (server.address() as { port: number }).port,
    count: () => {
      const encrypted = sent.filter(isEncrypted).length
      return { encrypted, plain: sent.length - encrypted }
    },
    cut,
  }
}

/** An engine whose connections are all verified, on a server that takes no one without TLS. */
async function openOverTls(): Promise<{
  engine: PostgresEngine
  server: PostgresServer
  wire: Tap
  admin: Client
}> {
  const server = await startPostgres({ tls: serverTls("server"), hba: ["hostssl all all all scram-sha-256"] })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const wire = await tap(server.port)
  const options = postgresOptions(server.url.replace(String(server.port), String(wire.port)))
  const params = { sslmode: "verify-full", sslrootcert: tlsFile("ca.crt") }
  const engine = await PostgresEngine.open(
    { ...options, parts: { ...options.parts, params } },
    AbortSignal.timeout(20_000),
  )
  onTestFinished(() => engine.close())
  const admin = new Client({ connectionString: server.adminUrl, ssl: { rejectUnauthorized: false } })
  await admin.connect()
  onTestFinished(() => admin.end())
  return { engine, server, wire, admin }
}

it("promise 1: a probe is a connection over TLS", async () => {
  const { engine, wire } = await openOverTls()
  const before = wire.count().encrypted
  expect(await engine.probe(AbortSignal.timeout(10_000))).toMatchObject({ ok: true })
  expect(wire.count()).toEqual({ encrypted: before + 1, plain: 0 })
})

/** Waits until the server runs what begins with this text. */
async function untilRunning(admin: Client, text: string): Promise<void> {
  const isRunning = "select from pg_stat_activity where state = 'active' and starts_with(query, $1)"
  await vi.waitFor(async () => expect((await admin.query(isRunning, [text])).rows).toHaveLength(1), {
    timeout: 10_000,
  })
}

it("promise 3: a statement that is given up is cancelled at the server, over TLS", async () => {
  const { engine, server, wire, admin } = await openOverTls()
  const connection = await engine.acquire("write")
  const abort = new AbortController()
  const running = connection.execute(CompiledQuery.raw("select pg_sleep(60)"), { signal: abort.signal })
  running.catch(() => {})
  await untilRunning(admin, "select pg_sleep")
  const before = wire.count().encrypted
  abort.abort(new Error("enough"))
  await expect(running).rejects.toThrow("enough")
  const cancelled = "canceling statement due to user request"
  await vi.waitFor(async () => expect(await server.log()).toContain(cancelled), { timeout: 10_000 })
  expect(wire.count()).toEqual({ encrypted: before + 1, plain: 0 })
})

it("promise 4: a COMMIT whose answer is lost is decided over TLS", async () => {
  const { engine, wire, admin } = await openOverTls()
  const connection = await engine.acquire("write")
  await connection.execute(CompiledQuery.raw("create table t (id int)"))
  // A commit that takes a moment, in which the connection is cut.
  for (const statement of [
    "create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.5); return null; end'",
    "create constraint trigger slow after insert on t deferrable initially deferred for each row execute function slow()",
  ]) {
    await connection.execute(CompiledQuery.raw(statement))
  }
  await connection.begin({})
  await connection.execute(CompiledQuery.raw("insert into t values (1)"))
  const committing = connection.commit()
  committing.catch(() => {})
  await untilRunning(admin, "commit")
  wire.cut()
  await committing
  connection.release()
  expect((await admin.query("select id from t")).rows).toEqual([{ id: 1 }])
  expect(wire.count().plain).toBe(0)
})
