import { performance } from "node:perf_hooks"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fromPgVariables } from "../../src/url/pg-variables.ts"
import { validateDatabaseUrl } from "../../src/url/validate.ts"
import { nearUrl } from "./near-url.ts"

const KIB_64 = 64 * 1024
/** Five times what is promised, since machines are shared. */
const LIMIT_MS = 250

/** Any string of JavaScript's: also half characters. */
const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength, size: "max" }).map((units) => {
    const pieces = []
    for (let from = 0; from < units.length; from += 4096) {
      pieces.push(String.fromCharCode(...units.slice(from, from + 4096)))
    }
    return pieces.join("")
  })

describe("no text makes it throw (serves promise 1)", () => {
  const check = (text: string): void => {
    const before = performance.now()
    const verdict = validateDatabaseUrl(text)
    expect(performance.now() - before).toBeLessThan(LIMIT_MS)
    expect(Object.isFrozen(verdict) && Object.isFrozen(verdict.findings)).toBe(true)
    expect(verdict.verdict === "ok" || verdict.verdict === "repaired").toBe(verdict.parts !== null)
    const severities = verdict.findings.map(({ severity }) => severity)
    if (verdict.verdict === "refused") expect(severities).toContain("error")
    else expect(severities).not.toContain("error")
    if (verdict.verdict === "repaired") expect(severities).toContain("warning")
    if (verdict.verdict === "ok") expect(severities).not.toContain("warning")
    for (const { message, remedy } of verdict.findings) expect(message + remedy).not.toMatch(/\{\w+\}/)
  }

  it("arbitrary text up to 64 KiB", () => {
    fc.assert(fc.property(anyText(KIB_64), check), { numRuns: 15 })
  })

  it("arbitrary text in the place of user, password, host, database and query", () => {
    const text = anyText(1024)
    const url = fc.tuple(text, text, text, text).map(([a, b, c, d]) => `postgresql://${a}:${b}@${c}/${d}`)
    fc.assert(fc.property(url, check), { numRuns: 300 })
  })

  it("text that is nearly a URL", () => {
    fc.assert(fc.property(nearUrl, check), { numRuns: 3000 })
  })

  it("arbitrary variables of libpq", () => {
    const names = ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSSLMODE", "PGHOSTADDR"]
    const record = fc.dictionary(fc.constantFrom(...names), fc.oneof(nearUrl, fc.constant(undefined)))
    fc.assert(
      fc.property(record, (variables) => void fromPgVariables(variables)),
      { numRuns: 500 },
    )
  })
})
