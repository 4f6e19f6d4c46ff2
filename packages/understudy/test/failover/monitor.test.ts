import { startFaultProxy, startPostgres, type FaultProxy, type PostgresServer } from "understudy-db/testing"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
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
})
