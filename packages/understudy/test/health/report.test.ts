import { describe, expect, test } from "vitest"
import { finding } from "../../src/errors/finding.ts"
import { healthReport, reasonFinding } from "../../src/health/report.ts"
import { startingStatus, type DatabaseStatus } from "../../src/health/status.ts"

const now = new Date("2026-11-24T10:00:00.000Z")
const since = new Date("2026-11-24T09:00:00.000Z")
const refused = finding("primary.refused", { endpoint: "db.canary.example:5432", detail: "ECONNREFUSED" })
const ephemeral = finding("storage.ephemeral", { folder: "/canary/data", why: "it is the container's disk" })
const blank = finding("url.blank", { variable: "DATABASE_URL" })

const fallback: DatabaseStatus = {
  ...startingStatus(since, "read-write"),
  state: "fallback",
  reason: "primary.refused",
  engine: "sqlite",
  durability: "ephemeral",
  writable: true,
  pending: { changes: 7, oldestAt: new Date("2026-11-24T09:59:00.000Z") },
  lastProbe: {
    at: new Date("2026-11-24T09:59:58.500Z"),
    ok: false,
    tookMs: 12,
    reason: "primary.timeout",
    clockOffsetMs: null,
  },
  trace: ["PostgreSQL at db.canary.example:5432", "SQLite in /canary/data"],
  findings: [refused, ephemeral],
}
const embedded: DatabaseStatus = {
  ...startingStatus(since, "read-write"),
  state: "embedded",
  reason: "configured",
  engine: "sqlite",
  durability: "durable",
  writable: true,
}
const primary: DatabaseStatus = {
  ...embedded,
  state: "primary",
  reason: "connected",
  engine: "postgresql",
  durability: "primary",
}

describe("promise 2, it says so: the table of states", () => {
  const table: readonly [
    name: string,
    status: DatabaseStatus,
    ready: number,
    health: number,
    verdict: string,
  ][] = [
    ["starting", startingStatus(since, "read-write"), 503, 200, "warn"],
    ["embedded", embedded, 200, 200, "pass"],
    ["embedded with a note", { ...embedded, findings: [blank] }, 200, 200, "pass"],
    ["embedded with a warning", { ...embedded, findings: [ephemeral] }, 200, 200, "warn"],
    ["embedded, but SQLite cannot be opened", { ...embedded, engine: null }, 503, 503, "fail"],
    ["primary", primary, 200, 200, "pass"],
    ["primary with a warning", { ...primary, findings: [ephemeral] }, 200, 200, "warn"],
    ["fallback, read-write", fallback, 200, 200, "warn"],
    ["fallback, read-only", { ...fallback, fallback: "read-only", writable: false }, 200, 200, "warn"],
    ["fallback, off", { ...fallback, fallback: "off", engine: null, writable: false }, 503, 503, "fail"],
    ["fallback, but SQLite cannot be opened", { ...fallback, engine: null }, 503, 503, "fail"],
    ["returning", { ...primary, state: "returning" }, 200, 200, "warn"],
    ["a failed migration", { ...primary, migrationFailed: true }, 503, 503, "fail"],
    ["closed", { ...primary, state: "closed", reason: "closed", engine: null }, 503, 503, "fail"],
  ]
  test.each(table)("%s", (_name, status, ready, health, verdict) => {
    const report = healthReport(status, { detailed: false, now })
    expect(report.readyHttpStatus).toBe(ready)
    expect(report.healthHttpStatus).toBe(health)
    expect(report.body.status).toBe(verdict)
  })
})

describe("promise 5, it leaks nothing", () => {
  test("the public report holds codes and generic texts only", () => {
    const { body } = healthReport(fallback, { detailed: false, now })
    expect(JSON.stringify(body)).not.toContain("canary")
    expect(body.findings[0]).toEqual({
      code: "primary.refused",
      severity: "error",
      title: refused.title,
      remedy: refused.remedy,
      docs: refused.docs,
    })
    expect(body).not.toHaveProperty("trace")
  })

  test("the admin's report holds messages and the trace", () => {
    const { body } = healthReport(fallback, { detailed: true, now })
    expect(body.findings).toEqual([refused, ephemeral])
    expect(body.trace).toEqual(fallback.trace)
  })
})

describe("promise 2, it says so: the sample's age and the reason", () => {
  test("the last probe is served with its age", () => {
    expect(healthReport(fallback, { detailed: false, now }).body.lastProbe).toEqual({
      at: "2026-11-24T09:59:58.500Z",
      ok: false,
      tookMs: 12,
      reason: "primary.timeout",
      clockOffsetMs: null,
      ageMs: 1500,
    })
  })

  test("what is not handed back is counted, with the age of the oldest", () => {
    const { body } = healthReport(fallback, { detailed: false, now })
    expect(body.pending).toEqual({ changes: 7, oldestAgeMs: 60_000 })
    expect(healthReport(primary, { detailed: false, now }).body.pending).toBeNull()
  })

  test("a clock that was set back gives no negative age", () => {
    const early = new Date("2026-11-24T09:00:00.000Z")
    expect(healthReport(fallback, { detailed: false, now: early }).body.lastProbe?.ageMs).toBe(0)
  })

  test("the reason is told by its finding, or by its title where the finding has gone", () => {
    const { body } = healthReport(fallback, { detailed: false, now })
    expect(reasonFinding(body)).toMatchObject({ title: refused.title, remedy: refused.remedy })
    expect(reasonFinding({ ...body, findings: [] })).toEqual({ title: refused.title, remedy: null })
    expect(reasonFinding({ ...body, reason: "connected" })).toBeNull()
  })
})
