import { createServer } from "node:net"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { once } from "node:events"
import type { Client } from "pg"
import { findFreePort } from "understudy-db/testing"
import { NO_TLS, startScriptedPostgres, YES_TLS } from "../../../../test/support/scripted-postgres.ts"
import { listenOnLoopback } from "../../../../test/support/tcp-listener.ts"
import { errorOf, type Provocation, type Stage } from "./stage.ts"

/** What becomes of a statement that runs while something happens. */
async function whileRunning(stage: Stage, happen: (pid: number) => unknown, url?: string): Promise<unknown> {
  const client = await stage.connect(url ?? stage.server.adminUrl)
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid")
  const failed = errorOf(client.query("select pg_sleep(20)"))
  await happen(rows[0]?.pid ?? 0)
  return failed
}

/** The server's last word on a connection on which nothing runs. */
async function lastWord(client: Client, sql: string): Promise<unknown> {
  const told = once(client, "error")
  await client.query(sql)
  const [error] = (await told) as unknown[]
  return error
}

async function loginAt(stage: Stage, port: number, tls = false): Promise<unknown> {
  return stage.login(`postgresql://app:x@127.0.0.1:${port}/app`, tls ? { tls: {} } : {})
}

/** The server goes, or says that it does. */
const SERVER: readonly Provocation[] = [
  {
    name: "an administrator who ends the connection",
    code: "57P01",
    is: "connection",
    provoke: (stage) =>
      whileRunning(stage, async (pid) => {
        const other = await stage.connect(stage.server.adminUrl)
        await other.query("select pg_terminate_backend($1)", [pid])
      }),
  },
  {
    name: "a fast shutdown",
    code: "57P01",
    is: "connection",
    provoke: (stage) => whileRunning(stage, () => stage.server.stop("fast")),
  },
  {
    name: "an immediate shutdown",
    code: "any",
    is: "connection",
    provoke: (stage) => whileRunning(stage, () => stage.server.stop("immediate")),
  },
  {
    name: "a process of the server's that crashes",
    code: "any",
    is: "connection",
    provoke: (stage) =>
      whileRunning(stage, async () => {
        const other = await stage.connect(stage.server.adminUrl)
        const { rows } = await other.query<{ pid: number }>("select pg_backend_pid() as pid")
        process.kill(rows[0]?.pid ?? 0, "SIGKILL")
      }),
  },
  {
    name: "a server that is killed",
    code: "any",
    is: "connection",
    provoke: (stage) => whileRunning(stage, () => stage.server.kill()),
  },
  {
    name: "a server that shuts down",
    code: "57P03",
    is: "connection",
    async provoke(stage) {
      await stage.connect(stage.server.adminUrl)
      const stopping = stage.server.stop("smart")
      for (;;) {
        const error = await stage.login(stage.server.url).catch(() => undefined)
        if (error === undefined) continue
        stage.part()
        await stopping
        return error
      }
    },
  },
  {
    name: "idleness in a transaction",
    code: "25P03",
    is: "refused",
    provoke: async (stage) =>
      lastWord(await stage.connect(stage.server.url), "set idle_in_transaction_session_timeout = 10; begin"),
  },
  {
    name: "idleness",
    code: "57P05",
    is: "refused",
    provoke: async (stage) =>
      lastWord(await stage.connect(stage.server.url), "set idle_session_timeout = 10"),
  },
  {
    name: "a transaction that takes too long",
    code: "25P04",
    is: "refused",
    provoke: async (stage) =>
      errorOf(
        (await stage.connect(stage.server.url)).query("set transaction_timeout = 10; select pg_sleep(9)"),
      ),
  },
]

/** The network goes, or was never there. */
const SOCKETS: readonly Provocation[] = [
  {
    name: "a port on which nobody listens",
    code: "ECONNREFUSED",
    is: "connection",
    provoke: async (stage) => loginAt(stage, await findFreePort()),
  },
  {
    name: "port 0",
    code: "ECONNREFUSED",
    is: "connection",
    provoke: (stage) => loginAt(stage, 0),
  },
  {
    name: "a Unix socket that is not there",
    code: "ENOENT",
    is: "connection",
    provoke: (stage) => stage.login(stage.server.url, { host: "/nowhere" }),
  },
  {
    name: "a name that nobody has",
    code: "ENOTFOUND",
    is: "connection",
    provoke: (stage) => stage.login(stage.server.url, { host: "nowhere.invalid" }),
  },
  {
    name: "a connection that is reset at once",
    code: "ECONNRESET",
    is: "connection",
    async provoke(stage) {
      await stage.proxy.refuse("reset")
      return loginAt(stage, stage.proxy.port)
    },
  },
  {
    name: "a connection that is closed at once",
    code: null,
    is: "connection",
    async provoke(stage) {
      await using listener = await listenOnLoopback((socket) => socket.end())
      return await loginAt(stage, listener.port)
    },
  },
  {
    name: "a Unix socket whose other end is gone",
    code: "EPIPE",
    is: "connection",
    async provoke(stage) {
      const folder = await mkdtemp(join(tmpdir(), "understudy-gone-"))
      const listener = createServer((socket) => socket.destroy())
      listener.listen(join(folder, ".s.PGSQL.1"))
      await once(listener, "listening")
      try {
        return await stage.login("postgresql://app:x@localhost:1/app", { host: folder })
      } finally {
        listener.close()
        await rm(folder, { recursive: true })
      }
    },
  },
  {
    name: "a connection that is reset while a statement runs",
    code: "ECONNRESET",
    is: "connection",
    provoke: (stage) => whileRunning(stage, () => stage.proxy.reset(), stage.proxy.url(stage.server.url)),
  },
  {
    name: "a connection that is closed while a statement runs",
    code: null,
    is: "connection",
    provoke: (stage) => whileRunning(stage, () => stage.proxy.close(), stage.proxy.url(stage.server.url)),
  },
  {
    name: "a statement on a connection that is lost",
    code: null,
    is: "connection",
    async provoke(stage) {
      const client = await stage.connect(stage.proxy.url(stage.server.url))
      const lost = new Promise((resolve) => client.once("end", resolve))
      stage.proxy.reset()
      await lost
      return errorOf(client.query("select 1"))
    },
  },
  {
    name: "a statement on a connection that was ended",
    code: null,
    is: "connection",
    async provoke(stage) {
      const client = await stage.connect(stage.server.url)
      await client.end()
      return errorOf(client.query("select 1"))
    },
  },
  {
    name: "silence instead of a login",
    code: null,
    is: "connection",
    async provoke(stage) {
      stage.proxy.blackHole()
      return stage.login(stage.proxy.url(stage.server.url), { connectTimeoutMs: 200 })
    },
  },
  {
    name: "silence instead of a connection of the pool",
    code: null,
    is: "connection",
    async provoke(stage) {
      const engine = await stage.open(stage.proxy.url(stage.server.url), { connectTimeoutMs: 1_500 })
      stage.proxy.blackHole()
      try {
        return await errorOf(Promise.resolve(engine.acquire("auto")))
      } finally {
        await engine.close()
      }
    },
  },
  {
    name: "TLS that is not offered",
    code: null,
    is: "configuration",
    async provoke(stage) {
      await using scripted = await startScriptedPostgres({ "ssl-request": NO_TLS })
      return await loginAt(stage, scripted.port, true)
    },
  },
  {
    name: "TLS that ends in its handshake",
    code: "ECONNRESET",
    is: "connection",
    async provoke(stage) {
      await using listener = await listenOnLoopback((socket) => {
        socket.once("data", () => {
          socket.write(YES_TLS)
          socket.once("data", () => socket.destroy())
        })
      })
      return await loginAt(stage, listener.port, true)
    },
  },
  {
    name: "TLS that is none",
    code: "ERR_SSL_WRONG_VERSION_NUMBER",
    is: "configuration",
    async provoke(stage) {
      await using listener = await listenOnLoopback((socket) => {
        socket.once("data", () => {
          socket.write(YES_TLS)
          socket.once("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"))
        })
      })
      return await loginAt(stage, listener.port, true)
    },
  },
  {
    name: "an answer of a web server",
    code: null,
    is: "connection",
    async provoke(stage) {
      await using listener = await listenOnLoopback((socket) => {
        socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
      })
      return await loginAt(stage, listener.port)
    },
  },
]

/** The connection is lost, or cannot be had. */
export const LOST_ERRORS: readonly Provocation[] = [...SERVER, ...SOCKETS]
