import { stripVTControlCharacters } from "node:util"
import { describe, expect, test } from "vitest"
import { renderText } from "../../src/doctor/render-text.ts"
import type { DoctorReport, Step } from "../../src/doctor/report.ts"
import { wrap } from "../../src/doctor/wrap.ts"
import { finding } from "../../src/errors/finding.ts"

const GRANT = "`GRANT USAGE, CREATE ON SCHEMA public TO app;`"
const REPAIRED = "postgresql://app:***@db.example.com:5432/a-rather-long-name-of-a-database?sslmode=require"

const steps: Step[] = [
  { name: "tcp", status: "ok", text: "10.0.0.1, port 5432", tookMs: 12, findings: [] },
  {
    name: "rights",
    status: "failed",
    text: "app lacks rights",
    tookMs: 3,
    findings: [finding("primary.rights-missing", { user: "app", place: "the schema public", grant: GRANT })],
  },
]

const REPORT: DoctorReport = {
  version: 1,
  value: {
    source: "DATABASE_URL",
    verdict: "repaired",
    lines: [
      { line: `"${REPAIRED}"`, carets: "^" },
      { line: "x".repeat(90), carets: `${" ".repeat(80)}^^^` },
    ],
    repaired: REPAIRED,
    findings: [finding("url.quoted", { variable: "DATABASE_URL", position: 1 })],
  },
  settings: [],
  primary: {
    hosts: [{ endpoint: "db.example.com:5432", provider: null, steps, serves: true }],
    skipped: null,
    findings: [],
  },
  storage: { steps: [], skipped: "SQLite does not stand in: DATABASE_FALLBACK is off.", findings: [] },
  serving: "postgresql",
  summary: `PostgreSQL at db.example.com:5432 would serve; first: as the owner of the database, run ${GRANT}`,
}

describe("promise 2: the report can be read on any terminal", () => {
  test.each([40, 60, 80, 120])("at %i columns no line is wider, but for what must not be broken", (width) => {
    const text = renderText(REPORT, { width, color: false })
    for (const line of text.split("\n")) {
      if (line.length > width) expect(line).toMatch(/`GRANT|postgresql:\/\/|https:\/\//)
    }
    expect(text).toContain(GRANT)
    expect(text).toContain(`\n    ${REPAIRED}\n`)
    for (const { docs } of [...REPORT.value.findings, ...steps.flatMap(({ findings }) => findings)])
      expect(text).toContain(docs)
  })

  test("40 columns are the least, whatever the terminal says", () => {
    for (const width of [0, 1, 39]) {
      expect(renderText(REPORT, { width, color: false })).toBe(
        renderText(REPORT, { width: 40, color: false }),
      )
    }
  })

  test("carets stand below what they mean, also where a long value is continued", () => {
    const lines = renderText(REPORT, { width: 60, color: false }).split("\n")
    const at = lines.findIndex((line) => line.includes("^^^"))
    expect(lines[at]?.indexOf("^")).toBe(4 + 80 - 56)
    expect(lines[at - 1]).toBe(`    ${"x".repeat(90 - 56)}`)
  })

  test("colours add nothing but colours", () => {
    const plain = renderText(REPORT, { width: 80, color: false })
    const colored = renderText(REPORT, { width: 80, color: true })
    expect(colored).not.toBe(plain)
    expect(stripVTControlCharacters(colored)).toBe(plain)
    expect(plain).toMatch(/^[\x20-\x7e\n]*$/)
  })

  test("a command, a URL and a time are never broken", () => {
    expect(wrap("run `a b c` at https://example.com/a/b (12 ms) now", 6)).toEqual([
      "run",
      "`a b c`",
      "at",
      "https://example.com/a/b",
      "(12 ms)",
      "now",
    ])
    expect(wrap("", 40)).toEqual([])
    expect(wrap("one ` alone", 40)).toEqual(["one ` alone"])
  })
})
