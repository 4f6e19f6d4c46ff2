import { readFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it, test } from "vitest"
import { markValue } from "../../src/doctor/mark-value.ts"
import { validateDatabaseUrl } from "../../src/url/validate.ts"
import {
  partsTold,
  PASSWORD_TEMPLATES,
  plainPasswords,
  specialPasswords,
  type PasswordTemplate,
} from "../support/canary-passwords.ts"

function marked(text: string): string[] {
  const { line, carets } = markValue(text, validateDatabaseUrl(text))
  return carets === "" ? [line] : [line, carets]
}

describe("promise 2: the wrong part is marked in the value's own text", () => {
  test.each<[what: string, value: string, shown: string[]]>([
    [
      "nothing wrong",
      "postgresql://app:s3cret@db.example.com:5432/app",
      ["postgresql://app:***@db.example.com:5432/app"],
    ],
    [
      "white space",
      " postgresql://app:s3cret@db/app\n",
      ["_postgresql://app:***@db/app_", "^                           ^"],
    ],
    ["quotes", "'postgresql://app:s3cret@db/app'", ["'postgresql://app:***@db/app'", "^"]],
    [
      "a psql command",
      "psql 'postgresql://app:s3cret@db/app'",
      ["psql 'postgresql://app:***@db/app'", "^^^^^^"],
    ],
    [
      "an assignment",
      "DATABASE_URL=postgresql://app:s3cret@db/app",
      ["DATABASE_URL=postgresql://app:***@db/app", "^^^^^^^^^^^^^"],
    ],
    [
      "JDBC",
      "jdbc:postgresql://db/app?user=app&password=s3cret",
      ["jdbc:postgresql://db/app?user=app&password=***", "^^^^^"],
    ],
    [
      "a driver",
      "postgresql+asyncpg://app:s3cret@db/app",
      ["postgresql+asyncpg://app:***@db/app", "          ^^^^^^^^"],
    ],
    [
      "a raw at sign",
      "postgresql://app:s3c@ret@db/app",
      ["postgresql://app:***@***@db/app", "                    ^"],
    ],
    [
      "a raw number sign",
      "postgresql://app:s3c#ret@db/app",
      ["postgresql://app:***#***@db/app", "                    ^"],
    ],
    ["a slash too few", "postgresql:/app:s3cret@db/app", ["postgresql:/app:***@db/app", "           ^"]],
    [
      "two schemes",
      "postgresql://postgresql://app:s3cret@db/app",
      ["postgresql://postgresql://app:***@db/app", "           ^^^^^^^^^^^^^^^"],
    ],
    [
      "a semicolon",
      "postgresql://app:s3cret@db/app;",
      ["postgresql://app:***@db/app;", "                           ^"],
    ],
    [
      "a comment",
      "postgresql://app:s3cret@db/app # live",
      ["postgresql://app:***@db/app #***", "                            ^^^^"],
    ],
    [
      "a placeholder",
      "postgresql://app:[YOUR-PASSWORD]@db/app",
      ["postgresql://***:[YOUR-PASSWORD]@***", "                 ^^^^^^^^^^^^^^^"],
    ],
    [
      "a placeholder that may be a password",
      "postgresql://app:[s3cret]@db/app",
      ["postgresql://***:***@***", "                 ^^^"],
    ],
    ["a port", "postgresql://app:s3cret@db:543x/app", ["postgresql://***:***/***", "                 ^^^"]],
    ["no host", "postgresql://app:s3cret@/app", ["postgresql://***@/***", "                 ^"]],
    ["another scheme", "mysql://app:s3cret@db/app", ["mysql://***", "^^^^^^"]],
    ["a web address", "https://abcdefgh.supabase.co", ["https://***", "^^^^^^"]],
    ["a bare password", "Tr0ub4dor-and-3", ["***"]],
    ["user and password alone", "admin:s3cret", ["***"]],
    ["a reference", "${{ Postgres.S3CRET }}", ["***"]],
    ["a reference of common words", "${{Postgres.DATABASE_URL}}", ["${{Postgres.DATABASE_URL}}"]],
    [
      "an unknown parameter",
      "postgresql://app@db/app?token=s3cret&sslmode=require",
      ["postgresql://app@db/app?***&sslmode=require"],
    ],
    [
      "a parameter of TLS in another case",
      "postgresql://app@db/app?sslMode=require",
      ["postgresql://app@db/app?sslMode=require"],
    ],
    ["a doubtful host", "postgresql://app:s3@cr/et@db/app", ["***"]],
    [
      "a SQLite path",
      "sqlite:///data/app.db?mode=ro",
      ["sqlite:///data/app.db?***", "                     ^^^^"],
    ],
  ])("%s", (_, value, shown) => {
    if (value.includes("s3@cr/et")) {
      // However it is read, no piece of the password is told.
      expect(marked(value).join("\n")).not.toMatch(/s3|cr\/?|et@/)
      return
    }
    expect(marked(value)).toEqual(shown)
  })

  test("a value of any length makes a line that can be read, in a moment", () => {
    const long = (count: number): string[] => [
      `postgresql://app:${"x".repeat(count)}@${"h".repeat(count)}/app`,
      `postgresql://app@h/db?${"k=1&".repeat(count / 4)}`,
      "DATABASE_URL=".repeat(count / 13),
      " ".repeat(count),
    ]
    for (const text of [...long(4900), ...long(500_000)]) {
      const start = performance.now()
      expect(marked(text)[0]?.length).toBeLessThan(10_000)
      expect(performance.now() - start).toBeLessThan(5000)
    }
  })
})

const CORPUS = readFileSync(join(import.meta.dirname, "../corpus/database-urls.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map(
    (line) =>
      JSON.parse(line) as { id: string; value: string | null; parts: { password?: string | null } | null },
  )

describe("promise 5: what is shown of a value holds no secret", () => {
  test.each(CORPUS.filter(({ value }) => value !== null))("corpus: $id", ({ value, parts }) => {
    const { line, carets } = markValue(value ?? "", validateDatabaseUrl(value))
    expect(carets.length).toBeLessThanOrEqual(line.length + 1)
    const password = parts?.password ?? ""
    if (password.length < 4) return
    // The password's own place is masked: what is left of the line without user, host and database holds none of it.
    for (const form of [password, encodeURIComponent(password)]) expect(line).not.toContain(`:${form}`)
  })

  const templates: readonly PasswordTemplate[] = [
    ...PASSWORD_TEMPLATES,
    (p) => p,
    (p) => `app:${p}`,
    (p) => `postgresql://db.example.com/app?user=app&password=${p}`,
    (p) => `postgresql://app@db.example.com/app?token=${p}`,
    (p) => ` "postgresql://app:${p}@h/db"; `,
    (p) => `psql -W '${p}' 'postgresql://app@h/db'`,
    (p) => `${p}=postgresql://app@h/db`,
    (p) => `postgresql://app:<${p}>@h/db`,
    (p) => `postgresql://app:pass@h:p${p}/db`,
    (p) => `postgresql://app@h/db # ${p}`,
    (p) => `\${${p}}`,
  ]

  it.each([
    ["encoded", fc.oneof(plainPasswords, specialPasswords), encodeURIComponent],
    ["raw", fc.oneof(plainPasswords, specialPasswords), (text: string) => text],
  ])("%s, in any template", (_, canaries, encode) => {
    fc.assert(
      fc.property(fc.constantFrom(...templates), canaries, (fill, canary) => {
        const text = fill(encode(canary))
        const { line } = markValue(text, validateDatabaseUrl(text))
        expect(partsTold(line, canary)).toEqual([])
      }),
      { numRuns: 3000 },
    )
  })

  it("total: any text at all", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        const { line, carets } = markValue(text, validateDatabaseUrl(text))
        expect(line + carets).toMatch(/^[\x20-\x7e]*$/)
      }),
      { numRuns: 2000 },
    )
  })
})
