import { performance } from "node:perf_hooks"
import { inspect } from "node:util"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fromPgVariables } from "../../src/url/pg-variables.ts"
import { makePostgresParts, makeSqliteParts } from "../../src/url/parts.ts"
import { describeEndpoint, renderDatabaseUrl, revealDatabaseUrl } from "../../src/url/render.ts"
import { validateDatabaseUrl } from "../../src/url/validate.ts"
import type { UrlVerdict } from "../../src/url/verdict.ts"
import { plainParts } from "./plain-verdict.ts"

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

/** Text that comes close to being a URL. */
const nearUrl = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "postgresql:",
        "postgres",
        "//",
        "/",
        ":",
        "@",
        "?",
        "#",
        "%",
        "&",
        "=",
        "'",
        '"',
        ";",
        " ",
        ",",
        "[",
        "]",
        "{",
        "}",
      ),
      fc.constantFrom(
        "app",
        "s3cret",
        "h",
        "5432",
        "db",
        "sslmode",
        "host",
        "%40",
        "sqlite:",
        "jdbc:",
        "psql ",
        "::1",
        "${",
        "\ud800",
      ),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
    { maxLength: 24 },
  )
  .map((pieces) => pieces.join(""))

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

describe("no password is told (serves promise 5)", () => {
  const SLICE = 6
  const RARE = "QXZJKVW0987"
  const letters = fc.string({ unit: fc.constantFrom(...RARE), minLength: 16, maxLength: 40 })
  const special = fc.string({
    unit: fc.constantFrom(...RARE, ..."@/?#:%&=+;,[]{}<>\"'`|\\^ $!~éß中😀\t"),
    minLength: 16,
    maxLength: 40,
  })
  // A first letter, since `app:12/…` and `app:/…` read as host and port once the at sign is lost.
  const raw = fc.tuple(fc.constantFrom(..."QXZJKVW"), special).map(([first, rest]) => first + rest)

  const formsOf = (canary: string): string[] =>
    [canary, encodeURIComponent(canary)].flatMap((form) =>
      Array.from({ length: form.length - SLICE + 1 }, (_unused, from) => form.slice(from, from + SLICE)),
    )
  const hides = (output: string, canary: string): void => {
    const told = formsOf(canary).filter((slice) => /[A-Z0-9]{2}/.test(slice) && output.includes(slice))
    expect(told).toEqual([])
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

  type Template = (password: string) => string
  /** The password stands where one belongs, whatever is wrong elsewhere. */
  const templates: readonly Template[] = [
    (p) => `postgresql://app:${p}@db.example.com:5432/app`,
    (p) => `postgres://app:${p}@db.example.com/app?sslmode=require`,
    (p) => `postgresql://:${p}@h`,
    (p) => `"postgresql://app:${p}@h/db";`,
    (p) => `psql 'postgresql://app:${p}@h/db'`,
    (p) => `export DATABASE_URL='postgresql://app:${p}@h/db'`,
    (p) => `jdbc:postgresql://app:${p}@h/db`,
    (p) => `postgresql:app:${p}@h/db`,
    (p) => `postgresql:///app:${p}@h/db`,
    (p) => `postgresql://https://app:${p}@h/db`,
    (p) => `postgresql://app:${p}@http://h/db`,
    (p) => `postgresql://app:${p}@/db`,
    (p) => `postgresql://app:${p}@h:port/db`,
    (p) => `postgresql://app:${p}@h h/db`,
    (p) => `postgresql://app:${p}@<host>/db`,
    (p) => `postgresql://app:${p}@h/db # production`,
    (p) => `mysql://app:${p}@h/db`,
    (p) => `https://app:${p}@abc.supabase.co/db`,
    (p) => `sqlite://app:${p}@h/db.sqlite`,
    (p) => `app:${p}@h/db`,
    (p) => `{"url":"postgresql://app:${p}@h/db"}`,
  ]
  const template = fc.constantFrom(...templates)

  it("encoded, in any template", () => {
    fc.assert(
      fc.property(template, fc.oneof(letters, raw), (fill, canary) => {
        hidesEverywhere(validateDatabaseUrl(fill(encodeURIComponent(canary))), canary)
      }),
      { numRuns: 3000 },
    )
  })

  it("raw, in any template", () => {
    fc.assert(
      fc.property(template, fc.oneof(letters, special), (fill, canary) => {
        hidesEverywhere(validateDatabaseUrl(fill(canary)), canary)
      }),
      { numRuns: 10_000 },
    )
  })

  it("in the query", () => {
    const queries: readonly Template[] = [
      (p) => `postgresql://h/db?user=app&password=${p}`,
      (p) => `jdbc:postgresql://h:5432/db?password=${p}&user=app`,
      (p) => `postgresql://app@h h/db?password=${p}`,
      (p) => `postgresql://app@h/db?sslpassword=${p}`,
      (p) => `postgresql://app@h/db?passwd=${p}&sslmode=require`,
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...queries),
        fc.oneof(letters, raw),
        fc.boolean(),
        (fill, canary, encoded) => {
          hidesEverywhere(validateDatabaseUrl(fill(encoded ? encodeURIComponent(canary) : canary)), canary)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it("with the at sign lost or the end cut off, where nothing marks where a password of letters ends", () => {
    const broken: readonly Template[] = [
      (p) => `postgresql://app:${p}db.example.com:5432/app`,
      (p) => `postgresql://app:${p}`,
      (p) => `postgresql://app:${p}/db`,
      (p) => `postgresql://app:${p}?sslmode=require`,
      (p) => `app:${p}`,
      (p) => `sqlite://app:${p}`,
    ]
    fc.assert(
      fc.property(fc.constantFrom(...broken), letters, (fill, canary) => {
        hidesEverywhere(validateDatabaseUrl(fill(canary)), canary)
      }),
      { numRuns: 2000 },
    )
  })

  it("as the whole value, and in the variables of libpq", () => {
    fc.assert(
      fc.property(fc.oneof(letters, raw), (canary) => {
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
