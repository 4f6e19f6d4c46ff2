import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { sql } from "kysely"
import { Client } from "pg"
import { startFaultProxy, startPostgres, type FaultProxy, type PostgresServer } from "understudy-db/testing"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { systemClock } from "../../src/base/clock.ts"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import { postgresOptions, sessionsOn } from "../support/engines.ts"
import { watchPrimary } from "./watched-primary.ts"

let server: PostgresServer
let proxy: FaultProxy

beforeAll(async () => {
  server = await startPostgres()
  proxy = await startFaultProxy({ target: { host: "127.0.0.1", port: server.port } })
})

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

describe("a primary that serves", () => {
  test("is asked on one connection, outside any pool (promise 2)", async () => {
    using watched = watchPrimary(proxy.url(server.url))
    watched.monitor.start("serving")
    await watched.untilProbed(1)
    const { accepted } = proxy
    await watched.untilProbed(2)
    expect(proxy).toMatchObject({ accepted, connections: 1 })
    expect(watched.told).toEqual([])
    expect(watched.samples.every(({ ok, reason, tookMs }) => ok && reason === null && tookMs < 1_000)).toBe(
      true,
    )
    expect(Math.abs(watched.samples[0]?.clockOffsetMs ?? Infinity)).toBeLessThan(1_000)
    expect(watched.monitor.findings).toEqual([])
  })

  test("is lost when it is killed, without a session's help, and back when it answers again (promise 4)", async () => {
    using watched = watchPrimary(server.url)
    watched.monitor.start("serving")
    await watched.untilProbed(1)
    await server.kill()
    await watched.untilTold(1)
    expect(["primary.refused", "primary.disconnected"]).toContain(watched.told[0])
    watched.monitor.becomes("away")
    await server.start()
    await watched.untilTold(2)
    expect(watched.told[1]).toBe("back")
    expect(watched.samples.slice(-3).map(({ ok }) => ok)).toEqual([true, true, true])
  })

  test("is lost when it falls silent, after two probes (promise 4)", async () => {
    using watched = watchPrimary(proxy.url(server.url))
    watched.monitor.start("serving")
    await watched.untilProbed(1)
    proxy.blackHole()
    await watched.untilTold(1)
    await proxy.pass()
    expect(watched.told).toEqual(["primary.timeout"])
    expect(watched.samples.filter(({ ok }) => !ok)).toHaveLength(2)
    expect(watched.samples.every(({ tookMs }) => tookMs < 5_000)).toBe(true)
  })

  test("is asked at once when a session suspects it, once for many suspicions (promise 4)", async () => {
    using watched = watchPrimary(proxy.url(server.url))
    watched.monitor.start("serving")
    await watched.untilProbed(1)
    const { accepted } = proxy
    for (let session = 0; session < 50; session++) watched.monitor.suspect()
    await watched.untilProbed(1)
    const [first, second] = watched.samples
    expect(Number(second?.at) - Number(first?.at)).toBeLessThan(1_500)
    // One without TLS follows the one with TLS, which this server does not have.
    expect(proxy.accepted - accepted).toBeLessThanOrEqual(2)
    expect(watched.told).toEqual([])
  })

  test("is lost by one probe that confirms a session's error (promise 4)", async () => {
    using watched = watchPrimary(proxy.url(server.url))
    watched.monitor.start("serving")
    await watched.untilProbed(1)
    await proxy.refuse()
    watched.monitor.suspect()
    await watched.untilTold(1)
    await proxy.pass()
    expect(watched.told).toEqual(["primary.refused"])
    expect(watched.samples.map(({ ok }) => ok)).toEqual([true, false])
  })

  test("is not lost when it has no connection left, for whoever has one, nor for a while without (promise 4)", async () => {
    await using crowded = await startPostgres({
      settings: { max_connections: "8", superuser_reserved_connections: "2" },
    })
    using before = watchPrimary(crowded.url)
    before.monitor.start("serving")
    await before.untilProbed(1)
    const clients: Client[] = []
    onTestFinished(() => Promise.all(clients.map((client) => client.end())).then(() => {}))
    let refusal: unknown
    while (refusal === undefined) {
      const client = new Client(crowded.url)
      client.on("error", () => {})
      refusal = await client.connect().then(
        () => void clients.push(client),
        (error: unknown) => error,
      )
    }
    expect(refusal).toMatchObject({ code: "53300" })

    using after = watchPrimary(crowded.url)
    after.monitor.start("serving")
    await after.untilProbed(1)
    expect(after.samples[0]).toMatchObject({ ok: false, reason: "primary.too-many-connections" })
    await clients.pop()?.end()
    await expect.poll(() => after.samples.at(-1)?.ok, { timeout: 20_000 }).toBe(true)

    await before.untilProbed(3)
    expect(before.samples.map(({ ok }) => ok)).not.toContain(false)
    expect([before.told, after.told]).toEqual([[], []])
  })

  test("is not lost for a slow statement, which is a reason to ask (promise 4)", async () => {
    const engine = await PostgresEngine.open(postgresOptions(server.url), AbortSignal.timeout(10_000))
    using watched = watchPrimary(server.url)
    watched.monitor.start("serving", { engine })
    await watched.untilProbed(1)
    await sql`select pg_sleep(1.8)`.execute(sessionsOn(engine).kysely)
    // Without it one probe would have been due at most.
    expect(watched.samples.length).toBeGreaterThanOrEqual(3)
    expect(watched.samples.length).toBeLessThanOrEqual(6)
    expect(engine.longestWaitMs()).toBe(0)
    expect(watched.told).toEqual([])
    await engine.close()
  })

  test("is not lost when its connection to the monitor is ended (promise 4)", async () => {
    using watched = watchPrimary(proxy.url(server.url))
    watched.monitor.start("serving")
    await watched.untilProbed(1)
    proxy.reset()
    await watched.untilProbed(2)
    expect(watched.told).toEqual([])
    expect(watched.samples.every(({ ok }) => ok)).toBe(true)
  })

  test("is not lost when this process is halted for five seconds (promise 4)", async () => {
    const program = join(import.meta.dirname, "watching-program.ts")
    const url = proxy.url(server.url)
    const child = spawn(process.execPath, ["--conditions=understudy-source", program, url], {
      stdio: ["pipe", "pipe", "inherit"],
    })
    onTestFinished(() => void child.kill("SIGKILL"))
    let told = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (told += text))
    const probes = (): number => told.split("\n").length - 1
    await expect.poll(probes, { timeout: 20_000 }).toBeGreaterThanOrEqual(1)
    // Halted while a probe waits for its answer, whose time is over when the process goes on.
    const halted = Promise.withResolvers<void>()
    proxy.onClientMessage((type) => {
      if (type === "Q" && child.kill("SIGSTOP")) halted.resolve()
      return "pass"
    })
    await halted.promise
    proxy.onClientMessage(undefined)
    // What is asserted is that nothing happens in that time and because of it.
    await wait(5_000)
    child.kill("SIGCONT")
    const before = probes()
    await expect.poll(probes, { timeout: 20_000 }).toBeGreaterThanOrEqual(before + 2)
    const exited = once(child, "exit")
    child.stdin.end()
    expect(await exited).toEqual([0, null])
    expect(new Set(told.trim().split("\n"))).toEqual(new Set(["good"]))
  })

  test("is left alone when nobody uses it for a minute, and asked when somebody does (promise 2)", async () => {
    let aheadMs = 0
    const clock = { ...systemClock, monotonicMs: () => performance.now() + aheadMs }
    using watched = watchPrimary(proxy.url(server.url), { clock })
    watched.monitor.start("serving")
    await watched.untilProbed(1)
    aheadMs = 61_000
    await expect.poll(() => watched.monitor.isAsleep, { timeout: 20_000 }).toBe(true)
    await expect.poll(() => proxy.connections).toBe(0)
    const { length } = watched.samples
    watched.monitor.used()
    await watched.untilProbed(1)
    expect(watched.samples.length).toBe(length + 1)
    expect(watched.monitor.isAsleep).toBe(false)
  })
})

describe("what waits to be handed back", () => {
  test("keeps it awake, since whenever it came, and wakes it (promise 4)", async () => {
    let aheadMs = 0
    let isOwed = false
    const clock = { ...systemClock, monotonicMs: () => performance.now() + aheadMs }
    using watched = watchPrimary(proxy.url(server.url), { clock })
    const staysAwake = (): boolean => isOwed
    watched.monitor.start("away", { staysAwake })
    // Written after it was last told what to watch for.
    isOwed = true
    aheadMs = 61_000
    await watched.untilProbed(2)
    expect(watched.monitor.isAsleep).toBe(false)
    isOwed = false
    await expect.poll(() => watched.monitor.isAsleep, { timeout: 40_000 }).toBe(true)
    isOwed = true
    watched.monitor.watch("away", { staysAwake })
    await watched.untilProbed(1)
    expect(watched.monitor.isAsleep).toBe(false)
  }, 90_000)
})

describe("a primary that does not let us in", () => {
  async function asAdmin(statement: string): Promise<void> {
    const client = new Client(server.adminUrl)
    await client.connect()
    await client.query(statement)
    await client.end()
  }

  test("is lost after three refused logins, by its reason (promise 2)", async () => {
    await using database = await server.createDatabase()
    const url = new URL(database.url)
    url.username = "guest"
    url.password = "right"
    await asAdmin("create role guest login password 'right'")
    using watched = watchPrimary(url.href)
    watched.monitor.start("serving")
    await watched.untilProbed(1)
    await asAdmin("alter role guest password 'other'")
    watched.monitor.suspect()
    await watched.untilTold(1)
    expect(watched.told).toEqual(["primary.auth-failed"])
    expect(watched.samples.map(({ ok }) => ok)).toEqual([true, false, false, false])
    await asAdmin("alter role guest password 'right'")
    watched.monitor.becomes("away", { writesHeld: true })
    await watched.untilTold(2)
    expect(watched.told).toEqual(["primary.auth-failed", "back"])
    watched.monitor.close()
    await asAdmin("drop role guest")
  })

  test("and one that takes no writes is lost (promise 4)", async () => {
    await using database = await server.createDatabase()
    using watched = watchPrimary(database.url)
    watched.monitor.start("serving")
    await watched.untilProbed(1)
    await asAdmin(`alter database ${database.name} set default_transaction_read_only = on`)
    watched.monitor.suspect()
    await watched.untilTold(1)
    await asAdmin(`alter database ${database.name} reset default_transaction_read_only`)
    watched.monitor.becomes("away", { writesHeld: true })
    await watched.untilTold(2)
    expect(watched.told).toEqual(["primary.read-only", "back"])
  })
})

describe("a primary that is away", () => {
  test("leaves no connection open, and a short restart is soon over while writes are held (promise 4)", async () => {
    using watched = watchPrimary(proxy.url(server.url))
    watched.monitor.start("serving")
    await watched.untilProbed(1)
    await proxy.refuse()
    proxy.reset()
    await watched.untilTold(1)
    watched.monitor.becomes("away", { writesHeld: true })
    await watched.untilProbed(3)
    expect(proxy.connections).toBe(0)
    const beganMs = performance.now()
    await proxy.pass()
    await watched.untilTold(2)
    expect(performance.now() - beganMs).toBeLessThan(1_500)
    expect(watched.told).toEqual(["primary.refused", "back"])
  })

  test("is believed only after more good probes when it flaps (promise 4)", async () => {
    using watched = watchPrimary(proxy.url(server.url))
    watched.monitor.start("away")
    await watched.untilTold(1)
    const good = (): number => watched.samples.filter(({ ok }) => ok).length
    expect(good()).toBe(3)
    await proxy.refuse()
    watched.monitor.suspect()
    await watched.untilTold(2)
    await proxy.pass()
    await watched.untilTold(3)
    expect(watched.told).toEqual(["back", "primary.refused", "back"])
    expect(good()).toBe(9)
  })

  test("tells a clock that differs by more than a second (promise 2)", async () => {
    const clock = { ...systemClock, now: () => new Date(Date.now() - 5_000) }
    using watched = watchPrimary(server.url, { clock })
    watched.monitor.start("serving")
    await watched.untilProbed(1)
    expect(watched.monitor.findings.map(({ code }) => code)).toEqual(["primary.clock-offset"])
    expect(watched.monitor.findings[0]?.message).toMatch(/is [45]\.\d s ahead of this machine's/)
    expect(watched.told).toEqual([])
  })
})
