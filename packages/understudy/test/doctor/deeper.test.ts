import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { systemClock, type Clock } from "../../src/base/clock.ts"
import type { DoctorReport, Step, StepName } from "../../src/doctor/report.ts"
import { runDoctor } from "../../src/doctor/run-doctor.ts"
import { lookAtOwner } from "../../src/engine/sqlite/owner-lock.ts"
import { readEnvironment } from "../../src/environment/environment.ts"
import { gatherHostFacts } from "../../src/host/gather.ts"
import { isWriteLocked } from "../../src/host/file-locks.ts"
import { resolveDatabase } from "../../src/plan/resolve-database.ts"
import { parseSettings } from "../../src/settings/parse-settings.ts"
import { findFreePort, startPostgres, type PostgresServer } from "../../src/testing/index.ts"

const HOLDER = join(import.meta.dirname, "../engine/sqlite/hold-owner.ts")
const PGBOUNCER = "/usr/sbin/pgbouncer"

let folder: string
let postgres: PostgresServer

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "understudy-deeper-"))
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

function examine(env: Record<string, string>, clock: Clock = systemClock): Promise<DoctorReport> {
  const environment = readEnvironment({ DATABASE_PATH: folder, ...env })
  const hostFacts = gatherHostFacts(environment)
  const settings = parseSettings(environment, hostFacts)
  const plan = resolveDatabase(settings, hostFacts)
  return runDoctor({
    environment,
    hostFacts,
    settings,
    plan,
    source: "environment",
    timeoutMs: 20_000,
    clock,
  })
}

function stepOf({ primary, storage }: DoctorReport, name: StepName): Step | undefined {
  return [...(primary.hosts[0]?.steps ?? []), ...storage.steps].find((step) => step.name === name)
}

describe("promise 2: what stands behind the URL", () => {
  test.each([
    [-5000, "ahead of"],
    [5000, "behind"],
  ])("a clock that is %i ms off is a finding", async (offMs, direction) => {
    const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + offMs) }
    const step = stepOf(await examine({ DATABASE_URL: postgres.url }, clock), "clock")
    expect(step).toMatchObject({
      status: "notice",
      findings: [{ code: "clock.offset", severity: "warning" }],
    })
    expect(step?.findings[0]?.message).toMatch(
      new RegExp(`is (?:4\\.[5-9]|5\\.[0-5]) s ${direction} this machine's`),
    )
  })

  test("a clock that is right is none", async () => {
    expect(stepOf(await examine({ DATABASE_URL: postgres.url }), "clock")?.findings).toEqual([])
  })

  test("a Unix socket has neither name nor TLS, and serves", async () => {
    const { password } = new URL(postgres.url)
    const socket = encodeURIComponent(postgres.socketFolder)
    const report = await examine({
      DATABASE_URL: `postgresql://app:${password}@/app?host=${socket}&port=${postgres.port}`,
    })
    expect(report.primary.hosts[0]?.steps.map(({ name }) => name).slice(0, 2)).toEqual(["tcp", "login"])
    expect(report.serving).toBe("postgresql")
  })

  test("a host that has several addresses is tried by each", async () => {
    const report = await examine({ DATABASE_URL: postgres.url.replace("127.0.0.1", "localhost") })
    expect(stepOf(report, "dns")?.text).toMatch(/^A 127\.0\.0\.1; (?:no AAAA|AAAA ::1)$/)
    expect(report.serving).toBe("postgresql")
  })

  test("a certificate is verified against the name and the CA of the URL", async () => {
    await using server = await startPostgres()
    for (const [name, own] of [
      ["self-signed.crt", "server.crt"],
      ["self-signed.key", "server.key"],
    ] as const) {
      const file = join(server.dataFolder, own)
      writeFileSync(file, readFileSync(join(import.meta.dirname, "tls", name)))
      const { uid, gid } = statSync(server.dataFolder)
      if (process.getuid?.() === 0) spawnSync("chown", [`${uid}:${gid}`, file])
      chmodSync(file, 0o600)
    }
    const { Client } = await import("pg")
    const client = new Client({ connectionString: server.adminUrl })
    await client.connect()
    await client.query("ALTER SYSTEM SET ssl = on")
    await client.end()
    await server.stop()
    await server.start()
    const ca = encodeURIComponent(join(import.meta.dirname, "tls/self-signed.crt"))
    const url = server.url.replace("127.0.0.1", "localhost")
    const report = await examine({ DATABASE_URL: `${url}?sslmode=verify-full&sslrootcert=${ca}` })
    expect(stepOf(report, "tls")).toMatchObject({ status: "ok", findings: [] })
    expect(stepOf(report, "tls")?.text).toMatch(
      /certificate for doctor\.test, localhost .*; verified; sslmode verify-full demands that/,
    )
    expect(stepOf(report, "login")?.text).toBe("as app, encrypted")
  })

  test("a server that stands still is said to be silent", async () => {
    await using server = await startPostgres()
    await server.pause()
    const environment = readEnvironment({ DATABASE_PATH: folder, DATABASE_URL: server.url })
    const hostFacts = gatherHostFacts(environment)
    const settings = parseSettings(environment, hostFacts)
    const plan = resolveDatabase(settings, hostFacts)
    const clock = systemClock
    const report = await runDoctor({
      environment,
      hostFacts,
      settings,
      plan,
      source: "environment",
      timeoutMs: 500,
      clock,
    })
    await server.resume()
    expect(stepOf(report, "tls")).toMatchObject({ status: "failed", findings: [{ code: "primary.timeout" }] })
  })

  test.skipIf(spawnSync(PGBOUNCER, ["--version"]).error !== undefined)(
    "a pooler by transaction is told from the server itself (needs pgbouncer)",
    async () => {
      const port = await findFreePort()
      const { password } = new URL(postgres.url)
      const own = mkdtempSync(join(tmpdir(), "understudy-pgbouncer-"))
      chmodSync(own, 0o755)
      writeFileSync(join(own, "users.txt"), `"app" "${password}"\n`, { mode: 0o644 })
      const settings = [
        "[databases]",
        `app = host=127.0.0.1 port=${postgres.port} pool_size=1`,
        "[pgbouncer]",
        "listen_addr = 127.0.0.1",
        `listen_port = ${port}`,
        "unix_socket_dir =",
        "auth_type = scram-sha-256",
        `auth_file = ${own}/users.txt`,
        "pool_mode = transaction",
      ]
      writeFileSync(join(own, "pgbouncer.ini"), settings.join("\n"), { mode: 0o644 })
      const args = process.getuid?.() === 0 ? ["-u", "nobody"] : []
      const child = spawn(PGBOUNCER, [...args, join(own, "pgbouncer.ini")], { stdio: "ignore" })
      try {
        await expect.poll(() => canConnect(port), { timeout: 10_000 }).toBe(true)
        const report = await examine({ DATABASE_URL: `postgresql://app:${password}@127.0.0.1:${port}/app` })
        expect(stepOf(report, "path")?.text).toBe("a pooler by transaction: 3 connections share backends")
        expect(report.serving).toBe("postgresql")
      } finally {
        child.kill("SIGKILL")
        rmSync(own, { recursive: true, force: true })
      }
    },
  )
})

function canConnect(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, "127.0.0.1")
  socket.once("connect", () => resolve(true)).once("error", () => resolve(false))
  return promise.finally(() => socket.destroy())
}

describe("promise 4: looking changes nothing on SQLite's side", () => {
  test("a large file is not checked, and the command to do it can be pasted", async () => {
    const place = mkdtempSync(join(folder, "it's large-"))
    const file = join(place, "embedded.sqlite")
    const database = new DatabaseSync(file)
    database.exec("CREATE TABLE big (body blob); INSERT INTO big VALUES (zeroblob(34000000))")
    database.close()
    const before = readFileSync(file).length
    const step = stepOf(await examine({ DATABASE_PATH: place }), "integrity")
    expect(step).toMatchObject({ status: "skipped", findings: [] })
    const command = /`(.*)`/.exec(step?.text ?? "")?.[1] ?? ""
    expect(command).toContain(`it'\\''s large`)
    const [tool = "", ...rest] = spawnSync("sh", ["-c", `printf '%s\\n' ${command}`], {
      encoding: "utf8",
    }).stdout.split("\n")
    expect([tool, ...rest]).toEqual(["sqlite3", "-readonly", file, "PRAGMA quick_check", ""])
    expect(readFileSync(file).length).toBe(before)
    expect(readdirSync(place)).toEqual(["embedded.sqlite"])
  })

  test("a small file with a large log is not checked either", async () => {
    const place = mkdtempSync(join(folder, "log-"))
    using database = new DatabaseSync(join(place, "embedded.sqlite"))
    database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0")
    database.exec("CREATE TABLE big (body blob); INSERT INTO big VALUES (zeroblob(34000000))")
    expect(statSync(join(place, "embedded.sqlite")).size).toBeLessThan(10_000)
    const step = stepOf(await examine({ DATABASE_PATH: place }), "integrity")
    expect(step).toMatchObject({ status: "skipped", findings: [] })
  })

  test.skipIf(process.platform !== "linux")(
    "who holds a file is seen without a lock, and is over with the process that held it",
    async () => {
      const file = join(mkdtempSync(join(folder, "owned-")), "embedded.sqlite")
      expect(lookAtOwner(file)).toEqual({ state: "free" })
      const child = spawn(process.execPath, ["--conditions=understudy-source", HOLDER, file], {
        stdio: ["ignore", "pipe", "inherit"],
      })
      await once(child.stdout, "data")
      expect(lookAtOwner(file)).toMatchObject({ state: "held", holder: { pid: child.pid } })
      expect(isWriteLocked(`${file}.owner`)).toBe(true)
      child.kill("SIGKILL")
      await once(child, "exit")
      expect(lookAtOwner(file)).toEqual({ state: "free" })
      expect(isWriteLocked(join(folder, "nothing"))).toBe(null)
    },
  )
})
