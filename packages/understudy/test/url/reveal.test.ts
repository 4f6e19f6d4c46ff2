import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makePostgresParts, makeSqliteParts } from "../../src/url/parts.ts"
import { revealDatabaseUrl } from "../../src/url/render.ts"
import { validateDatabaseUrl } from "../../src/url/validate.ts"
import { nearUrl } from "./near-url.ts"
import { plainParts } from "./plain-verdict.ts"

describe("what is revealed reads back as it was (serves promise 1)", () => {
  // NUL is refused everywhere, since no field of PostgreSQL's can hold it.
  const text = fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
    fc.constantFrom(
      "[secret]",
      "${X}",
      "<pw>",
      "your-turn",
      "***",
      "...",
      "PASSWORD",
      "USER",
      "user",
      "host",
      "%41",
      "ü€",
      "\ud800x",
    ),
  )
  const named = text.filter((value) => !value.includes("\0"))
  const host = fc.oneof(
    fc.constantFrom(
      "h",
      "db.example.com",
      "my_db",
      "::1",
      "2001:db8::1",
      "fe80::1%eth0",
      "127.0.0.1",
      "host",
      "hostname",
      "your-db",
      "http",
      "postgresql",
    ),
    fc.constantFrom("/var/run/postgresql", "/tmp/my sockets", "bücher.example"),
    fc.domain(),
  )
  const server = fc.record({ host, port: fc.option(fc.integer({ min: 1, max: 65_535 })) })
  const moved = new Set(["user", "password", "host", "port", "dbname"])
  const key = named.filter((name) => !moved.has(name) && name.trim() === name)
  const parts = fc
    .record({
      user: fc.option(named),
      password: fc.option(named),
      hosts: fc.array(server, { minLength: 1, maxLength: 3 }),
      database: fc.option(named),
      params: fc.uniqueArray(fc.tuple(key, named), { maxLength: 4, selector: ([name]) => name }),
    })
    .map(makePostgresParts)

  it("PostgreSQL", () => {
    fc.assert(
      fc.property(parts, (given) => {
        const verdict = validateDatabaseUrl(revealDatabaseUrl(given))
        expect(plainParts(verdict.parts)).toEqual(plainParts(given))
      }),
      { numRuns: 3000 },
    )
  })

  it("PostgreSQL, from any text that was read", () => {
    fc.assert(
      fc.property(
        nearUrl.map((tail) => `postgresql://app:s3cret@h${tail}`),
        (given) => {
          const first = validateDatabaseUrl(given)
          if (first.parts === null) return
          expect(plainParts(validateDatabaseUrl(revealDatabaseUrl(first.parts)).parts)).toEqual(
            plainParts(first.parts),
          )
        },
      ),
      { numRuns: 3000 },
    )
  })

  it("SQLite", () => {
    fc.assert(
      fc.property(named.map(makeSqliteParts), (given) => {
        expect(validateDatabaseUrl(revealDatabaseUrl(given))).toMatchObject({ verdict: "ok", parts: given })
      }),
      { numRuns: 1000 },
    )
  })
})
