import { describe, expect, it } from "vitest"
import { startPostgres } from "understudy-db/testing"
import { startBackend, type Backend } from "../support/backend.ts"

interface Health {
  readonly status: string
  readonly state: string
  readonly engine: string | null
  readonly reason: string
  readonly findings: readonly { readonly code: string }[]
}

/** The outage at the start takes this long at least: three times what the first pause between two dials is. */
const OUTAGE_MS = 5_000

async function healthOf(backend: Backend): Promise<Health> {
  return (await (await backend.fetch("/health")).json()) as Health
}

function create(backend: Backend, title: string): Promise<Response> {
  return backend.fetch("/tasks", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title }),
  })
}

describe.skipIf(process.env["UNDERSTUDY_LONG"] !== "1")("PostgreSQL that comes up late", () => {
  it("promises 1 and 2: is waited for where nothing may stand in, and it is said until then", async () => {
    await using postgres = await startPostgres()
    await postgres.stop()
    await using backend = await startBackend({
      env: { DATABASE_URL: postgres.url, DATABASE_FALLBACK: "off", DATABASE_STATEMENT_TIMEOUT: "2s" },
    })
    const startedMs = performance.now()
    const down = { status: "fail", state: "fallback", engine: null, reason: "primary.refused" }
    await expect.poll(() => healthOf(backend), { timeout: 10_000 }).toMatchObject(down)
    expect((await create(backend, "early")).status).toBe(503)
    await expect
      .poll(async () => (await healthOf(backend), performance.now() - startedMs), { timeout: 20_000 })
      .toBeGreaterThan(OUTAGE_MS)
    expect(await healthOf(backend)).toMatchObject(down)
    expect(backend.stdout).toContain("primary.refused")

    await postgres.start()
    await expect
      .poll(() => healthOf(backend), { timeout: 60_000, interval: 100 })
      .toMatchObject({ status: "warn", state: "primary", engine: "postgresql", reason: "connected" })
    expect((await create(backend, "late")).status).toBe(201)
    expect(await backend.stop()).toEqual({ code: 0, signal: null })
  })

  it("promises 2 and 4: serves at the next start, and the rows written meanwhile are told of and kept", async () => {
    await using postgres = await startPostgres()
    await postgres.stop()
    const env = { DATABASE_URL: postgres.url }
    await using first = await startBackend({ env })
    await expect
      .poll(() => healthOf(first), { timeout: 10_000 })
      .toMatchObject({ status: "warn", state: "fallback", engine: "sqlite", reason: "primary.refused" })
    expect((await create(first, "meanwhile")).status).toBe(201)
    await postgres.start()
    expect(await first.stop()).toEqual({ code: 0, signal: null })

    await using second = await startBackend({ env, cwd: first.cwd })
    await expect
      .poll(() => healthOf(second), { timeout: 20_000 })
      .toMatchObject({ status: "warn", state: "primary", engine: "postgresql", reason: "connected" })
    expect(await (await second.fetch("/tasks")).text()).toContain("meanwhile")
    expect(await second.stop()).toEqual({ code: 0, signal: null })
  })
})
