import { createHash } from "node:crypto"
import { describe, expect, test } from "vitest"
import { FINDINGS, finding, type FindingCode } from "../../src/errors/finding.ts"
import { markup } from "../../src/fastify/page/html.ts"
import { renderStatusPage, STATUS_PAGE_HEADERS } from "../../src/fastify/page/status-page.ts"
import { STYLE } from "../../src/fastify/page/style.ts"
import { durabilityWords, spanWords } from "../../src/fastify/page/wording.ts"
import { healthReport } from "../../src/health/report.ts"
import { startingStatus, type DatabaseStatus } from "../../src/health/status.ts"
import type { MirrorStatus, TableStatus } from "../../src/mirror/mirror-status.ts"

const now = new Date("2026-11-24T10:00:00.000Z")
const starting = startingStatus(new Date("2026-11-24T09:57:00.000Z"), "read-write")

const LIVE: TableStatus = { name: "a", state: "live", reason: null, detail: null }
const ABSENT: TableStatus = { name: "b", state: "absent", reason: "no-key", detail: null }

function render(status: Partial<DatabaseStatus>, options = {}): string {
  return renderStatusPage(
    healthReport({ ...starting, ...status }, { detailed: false, now }).body,
    { title: "Tasks", ...options },
    now,
  )
}

describe("promise 2, it says so: the page in plain words", () => {
  test.each([
    [{}, "The database is being opened."],
    [{ state: "embedded", engine: "sqlite", reason: "configured" }, "SQLite serves."],
    [{ state: "embedded", engine: null }, "No database serves."],
    [{ state: "primary", engine: "postgresql", reason: "connected" }, "PostgreSQL serves."],
    [{ state: "fallback", engine: "sqlite", writable: true }, "SQLite stands in for PostgreSQL."],
    [
      { state: "fallback", engine: "sqlite", writable: false, fallback: "read-only" },
      "SQLite stands in for PostgreSQL, for reading only.",
    ],
    [{ state: "fallback", engine: null, fallback: "off" }, "No database serves."],
    [{ state: "returning", engine: "sqlite" }, "PostgreSQL is back; SQLite hands its changes over."],
    [{ state: "starting", migrationFailed: true, reason: "migration.failed" }, "No database serves."],
    [{ state: "closed" }, "The service is shutting down."],
  ] satisfies [Partial<DatabaseStatus>, string][])("%o", (status, headline) => {
    const page = render(status)
    expect(page).toContain(`<h1>${headline}</h1>`)
    expect(page).not.toContain("undefined")
  })

  test("a fallback tells its reason, what to do, and since when", () => {
    const page = render({
      state: "fallback",
      engine: "sqlite",
      writable: true,
      durability: "ephemeral",
      reason: "primary.auth-failed",
      findings: [
        finding("primary.auth-failed", { endpoint: "db.canary.example", detail: "canary" }),
        finding("storage.ephemeral", { folder: "/canary", why: "canary" }),
      ],
    })
    expect(page).toContain(FINDINGS["primary.auth-failed"].title)
    expect(page).toContain("What to do:")
    expect(page).toContain(markup`${FINDINGS["storage.ephemeral"].title}`.text)
    expect(page).toContain("3 minutes")
    expect(page).toContain("until the container restarts")
    expect(page).not.toContain("canary")
  })

  test.each([
    [{ state: "live", asOf: now }, "kept up"],
    [{ state: "live", asOf: now, tables: [ABSENT, LIVE] }, "kept up, without 1 of 2 tables"],
    [{ state: "live", asOf: new Date("2026-11-24T09:58:00.000Z") }, "2 minutes old"],
    [{ state: "copying" }, "being made"],
    [{ state: "copying", asOf: new Date("2026-11-24T09:58:00.000Z") }, "2 minutes old, being renewed"],
    [
      { state: "stale", asOf: new Date("2026-11-24T07:00:00.000Z"), tables: [ABSENT] },
      "3 hours old, without 1 of 1 tables",
    ],
    [{ state: "absent" }, "none"],
  ] satisfies [Partial<MirrorStatus>, string][])("of the copy %o it says %s", (mirror, words) => {
    const status = { state: "absent", reason: null, asOf: null, holdsNewestWrite: null, tables: [] } as const
    expect(render({ mirror: { ...status, ...mirror } })).toContain(`<dt>Copy in SQLite</dt><dd>${words}</dd>`)
    expect(render({ mirror: null })).not.toContain("Copy in SQLite")
  })

  test.each(Object.keys(FINDINGS) as FindingCode[])("%s as the reason shows its title, once", (code) => {
    const page = render({ state: "fallback", engine: "sqlite", reason: code, findings: [finding(code)] })
    const title = markup`${FINDINGS[code].title}`.text
    expect(page.split(title)).toHaveLength(2)
  })
})

describe("promise 5, it leaks nothing: the page escapes and loads nothing", () => {
  test("every value is escaped", () => {
    const hostile = `"><script>alert('x')</script>&`
    const page = render({}, { title: hostile, links: [{ href: hostile, label: hostile }] })
    expect(page).not.toContain("<script")
    expect(page).toContain("&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;")
  })

  test("its policy allows its own style and nothing else, and the Hub's frame", () => {
    const policy = STATUS_PAGE_HEADERS["content-security-policy"] ?? ""
    const style = /<style>([^]*)<\/style>/.exec(render({}))?.[1] ?? ""
    expect(policy).toContain(`'sha256-${createHash("sha256").update(style).digest("base64")}'`)
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'self' https://huggingface.co https://*.hf.space")
    expect(Object.keys(STATUS_PAGE_HEADERS)).not.toContain("x-frame-options")
  })
})

describe("everybody can read it: contrast of at least 4.5 to 1 (WCAG 2.2, AA)", () => {
  const [light = "", dark = ""] = [...STYLE.matchAll(/:root\{([^}]*)\}/g)].map(([, rules]) => rules ?? "")
  const pairs = [
    ["ink", "bg"],
    ["ink", "card"],
    ["soft", "bg"],
    ["soft", "card"],
    ["link", "card"],
    ["pass", "pass-bg"],
    ["warn", "warn-bg"],
    ["fail", "fail-bg"],
    ["info", "info-bg"],
  ] as const
  test.each(pairs)("%s on %s", (front, back) => {
    for (const theme of [light, dark])
      expect(contrast(color(theme, front), color(theme, back))).toBeGreaterThan(4.5)
  })
})

function color(theme: string, name: string): readonly number[] {
  const hex = new RegExp(`--${name}:#([0-9a-f]{3,6})(?:;|$)`).exec(theme)?.[1] ?? ""
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex
  return [0, 2, 4].map((at) => Number.parseInt(full.slice(at, at + 2), 16))
}

function contrast(one: readonly number[], other: readonly number[]): number {
  const luminance = (channels: readonly number[]): number => {
    const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
      const part = channel / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const [dark = 0, bright = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (bright + 0.05) / (dark + 0.05)
}

test("spans and places in words", () => {
  expect([0, 999, 1000, 61_000, 120_000, 3_600_000, 90_000_000, 200_000_000].map(spanWords)).toEqual([
    "0 seconds",
    "0 seconds",
    "1 second",
    "1 minute",
    "2 minutes",
    "1 hour",
    "1 day",
    "2 days",
  ])
  expect(spanWords(-5)).toBe("0 seconds")
  expect((["primary", "durable", "ephemeral", "memory", null] as const).map(durabilityWords)).toHaveLength(5)
})
