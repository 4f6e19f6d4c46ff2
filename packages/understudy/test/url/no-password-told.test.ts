import { inspect } from "node:util"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fromPgVariables } from "../../src/url/pg-variables.ts"
import { describeEndpoint, renderDatabaseUrl } from "../../src/url/render.ts"
import { validateDatabaseUrl } from "../../src/url/validate.ts"
import type { UrlVerdict } from "../../src/url/verdict.ts"
import {
  partsTold,
  PASSWORD_TEMPLATES,
  plainPasswords,
  specialPasswords,
  type PasswordTemplate,
} from "../support/canary-passwords.ts"

describe("no password is told (serves promise 5)", () => {
  // A first letter, since `app:12/…` and `app:/…` read as host and port once the at sign is lost.
  const raw = fc.tuple(fc.constantFrom(..."QXZJKVW"), specialPasswords).map(([first, rest]) => first + rest)

  const hides = (output: string, canary: string): void => {
    expect(partsTold(output, canary)).toEqual([])
  }
  const hidesInFindings = ({ findings }: UrlVerdict, canary: string): void =>
    hides(JSON.stringify(findings) + findings.map(({ message }) => message).join(), canary)
  const hidesEverywhere = (verdict: UrlVerdict, canary: string): void => {
    hidesInFindings(verdict, canary)
    hides(
      JSON.stringify(verdict) + inspect(verdict, { depth: Infinity, showHidden: true }) + String(verdict),
      canary,
    )
    if (verdict.parts !== null) hides(renderDatabaseUrl(verdict.parts), canary)
    if (verdict.dialect === "postgresql") hides(describeEndpoint(verdict.parts), canary)
  }

  const template = fc.constantFrom(...PASSWORD_TEMPLATES)

  it("encoded, in any template", () => {
    fc.assert(
      fc.property(template, fc.oneof(plainPasswords, raw), (fill, canary) => {
        hidesEverywhere(validateDatabaseUrl(fill(encodeURIComponent(canary))), canary)
      }),
      { numRuns: 3000 },
    )
  })

  it("raw, in any template", () => {
    fc.assert(
      fc.property(template, fc.oneof(plainPasswords, specialPasswords), (fill, canary) => {
        hidesEverywhere(validateDatabaseUrl(fill(canary)), canary)
      }),
      { numRuns: 10_000 },
    )
  })

  it("in the query", () => {
    const queries: readonly PasswordTemplate[] = [
      (p) => `postgresql://h/db?user=app&password=${p}`,
      (p) => `jdbc:postgresql://h:5432/db?password=${p}&user=app`,
      (p) => `postgresql://app@h h/db?password=${p}`,
      (p) => `postgresql://app@h/db?sslpassword=${p}`,
      (p) => `postgresql://app@h/db?passwd=${p}&sslmode=require`,
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...queries),
        fc.oneof(plainPasswords, raw),
        fc.boolean(),
        (fill, canary, encoded) => {
          hidesEverywhere(validateDatabaseUrl(fill(encoded ? encodeURIComponent(canary) : canary)), canary)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it("pasted behind the URL, or encoded with the user", () => {
    const pasted: readonly PasswordTemplate[] = [
      (p) => `jdbc:postgresql://h/db;user=u;password=${p}`,
      (p) => `postgresql://u:pw@h/db&password=${p}`,
      (p) => `postgresql://u:pw@h/db;password=${p}`,
      (p) => `postgresql://u:pw@h/db\nAPI_KEY=${p}`,
      (p) => `postgresql://u:pw@h/db?sslmode=require\nAPI_KEY=${p}`,
      (p) => `export DATABASE_URL="postgresql://u:pw@h/db"; export K=${p}`,
      (p) => `"postgresql://u:pw@h/db?sslmode=require" K=${p}`,
      (p) => `postgresql://${encodeURIComponent(`app:${p}`)}@h/db`,
      (p) => `postgresql://u:pw@h/${encodeURIComponent(`db;password=${p}`)}`,
      (p) => `postgresql://u:pw@h/db?sslmode=${encodeURIComponent(`require&password=${p}`)}`,
    ]
    fc.assert(
      fc.property(fc.constantFrom(...pasted), fc.oneof(plainPasswords, raw), (fill, canary) => {
        hidesEverywhere(validateDatabaseUrl(fill(canary)), canary)
      }),
      { numRuns: 3000 },
    )
  })

  it("with the at sign lost or the end cut off, where nothing marks where a password of letters ends", () => {
    const broken: readonly PasswordTemplate[] = [
      (p) => `postgresql://app:${p}db.example.com:5432/app`,
      (p) => `postgresql://app:${p}`,
      (p) => `postgresql://app:${p}/db`,
      (p) => `postgresql://app:${p}?sslmode=require`,
      (p) => `app:${p}`,
      (p) => `sqlite://app:${p}`,
    ]
    fc.assert(
      fc.property(fc.constantFrom(...broken), plainPasswords, (fill, canary) => {
        hidesEverywhere(validateDatabaseUrl(fill(canary)), canary)
      }),
      { numRuns: 2000 },
    )
  })

  it("as the whole value, and in the variables of libpq", () => {
    fc.assert(
      fc.property(fc.oneof(plainPasswords, raw), (canary) => {
        for (const text of [
          canary,
          `'${canary}'`,
          `DATABASE_URL=${canary}`,
          `psql ${canary}`,
          `${canary}://h`,
        ]) {
          hidesEverywhere(validateDatabaseUrl(text), canary)
        }
        hidesEverywhere(fromPgVariables({ PGHOST: "h", PGUSER: "u", PGPASSWORD: canary }), canary)
        hidesEverywhere(fromPgVariables({ PGPASSWORD: canary }), canary)
        for (const name of ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE"]) {
          hidesInFindings(fromPgVariables({ PGHOST: "h", PGUSER: "u", [name]: canary }), canary)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it("in no finding, whatever was cut out, doubled or put in", () => {
    const mutation = fc.record({
      at: fc.nat(200),
      length: fc.nat(6),
      insert: fc.constantFrom("", "@", ":", "/", "'", "%", " ", "\0", "postgresql://"),
    })
    fc.assert(
      fc.property(
        template,
        raw,
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (fill, canary, mutations) => {
          const mutated = mutations.reduce((text, { at, length, insert }) => {
            const from = at % (text.length + 1)
            return text.slice(0, from) + insert + text.slice(from + length)
          }, fill(canary))
          hidesInFindings(validateDatabaseUrl(mutated), canary)
        },
      ),
      { numRuns: 5000 },
    )
  })
})
