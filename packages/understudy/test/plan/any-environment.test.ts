import { inspect } from "node:util"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { PG_VARIABLES, SETTING_VARIABLES, VARIABLES } from "../../src/environment/variables.ts"
import { HOSTS, type HostKind } from "../../src/host/host-table.ts"
import { resolveDatabase } from "../../src/plan/resolve-database.ts"
import { describeSettings } from "../../src/settings/describe-settings.ts"
import { hostFacts, settingsOf } from "../settings/ground.ts"

const RUNS = Number(process.env["UNDERSTUDY_PROPERTY_RUNS"] ?? 300)

const kind = fc.constantFrom(...(Object.keys(HOSTS) as HostKind[]))
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "grapheme", maxLength: 50 }),
  fc.webUrl(),
  fc.constantFrom(
    "",
    " ",
    "null",
    "undefined",
    "-1",
    "NaN",
    "1e999",
    "999999999999999999999",
    "on",
    "0",
    "{}",
    "postgresql://",
    "\u0000",
  ),
)

describe("promise 1: no value of any variable makes it throw", () => {
  test("arbitrary texts in every variable and some beside them", () => {
    const environments = fc.dictionary(fc.oneof(fc.constantFrom<string>(...VARIABLES), fc.string()), text, {
      maxKeys: 40,
    })
    fc.assert(
      fc.property(environments, kind, (source, host) => {
        const facts = hostFacts(host)
        const settings = settingsOf(source, facts)
        const plan = resolveDatabase(settings, facts)
        expect(settings.port).toBeGreaterThanOrEqual(0)
        expect(settings.port).toBeLessThanOrEqual(65_535)
        expect(settings.mirror.maxRows).toBeGreaterThan(0)
        expect(settings.mirror.maxBytes).toBeGreaterThan(0)
        for (const ms of [settings.fallbackAfterMs, settings.connectTimeoutMs, settings.statementTimeoutMs]) {
          expect(ms).toBeLessThan(2 ** 31)
        }
        // Whatever was asked for, something serves or the reason is known.
        expect(plan.candidates.length > 0 || plan.wanted !== null).toBe(true)
        for (const line of plan.trace) expect(line).not.toMatch(/[\r\n]/)
      }),
      { numRuns: RUNS },
    )
  })
})

describe("promise 5: no secret shows in settings or plan", () => {
  const alphabet = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789#@:/?%!&+ "]
  const canary = fc
    .string({ unit: fc.constantFrom(...alphabet), minLength: 10, maxLength: 24 })
    .map((middle) => `K7q${middle}Zx9w`)

  /** What is set by these is a name, and shown; or a URL, and has holders of its own. */
  const NAMES: readonly string[] = ["DATABASE_URL", "DATABASE_PATH", "DATABASE_MIRROR_EXCLUDE", "NODE_ENV"]

  /** The places in which people put a secret, the wrong ones among them. */
  const holders: ReadonlyArray<(secret: string) => Record<string, string>> = [
    (secret) => ({ DATABASE_URL: `postgresql://ann:${secret}@db.example.com:5432/app` }),
    (secret) => ({ DATABASE_URL: `postgresql://ann:${encodeURIComponent(secret)}@db.example.com/app` }),
    (secret) => ({ DATABASE_URL: `mysql://ann:${secret}@db.example.com/app` }),
    (secret) => ({ DATABASE_URL: secret }),
    (secret) => ({ PGHOST: "db.example.com", PGUSER: "ann", PGDATABASE: "app", PGPASSWORD: secret }),
    (secret) => ({ PGPASSWORD: secret }),
    (secret) => ({ ADMIN_TOKEN: secret }),
    (secret) => ({ SNAPSHOT_URL: `s3://key:${secret}@bucket/folder` }),
    (secret) => ({ DATABSE_URL: `postgresql://ann:${secret}@db.example.com/app` }),
    ...SETTING_VARIABLES.filter((name) => !NAMES.includes(name)).map((name) => (secret: string) => ({
      [name]: secret,
    })),
    ...["DATABASE_PATH", "DATABASE_MIRROR_EXCLUDE"].map((name) => (secret: string) => ({
      [name]: `postgresql://ann:${secret}@db.example.com/app`,
    })),
  ]

  test("in JSON, inspect, the trace or the list of settings", () => {
    fc.assert(
      fc.property(canary, fc.constantFrom(...holders), kind, (secret, holder, host) => {
        const facts = hostFacts(host)
        const settings = settingsOf(holder(secret), facts)
        const plan = resolveDatabase(settings, facts)
        const lines = describeSettings(settings)
        const seen = [settings, plan, lines].flatMap((each) => [
          JSON.stringify(each),
          inspect(each, { depth: 12, showHidden: true }),
        ])
        for (const form of [secret, encodeURIComponent(secret), secret.slice(0, 8), secret.slice(-8)]) {
          for (const rendering of seen) expect(rendering).not.toContain(form)
        }
      }),
      { numRuns: RUNS },
    )
  })

  test("every variable of libpq is among those read", () => {
    for (const name of PG_VARIABLES) expect(VARIABLES).toContain(name)
  })
})
