import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { URL_FINDINGS } from "../../src/errors/findings/url-findings.ts"
import { revealDatabaseUrl } from "../../src/url/render.ts"
import { validateDatabaseUrl } from "../../src/url/validate.ts"
import { codesOf, plainParts } from "./plain-verdict.ts"

interface Row {
  readonly id: string
  readonly value: string | null
  readonly verdict: string
  readonly dialect: string | null
  readonly parts: unknown
  readonly findings: readonly string[]
}

const corpus = new URL("../corpus/database-urls.jsonl", import.meta.url)
const rows = readFileSync(corpus, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Row)

describe("the corpus of database URLs (serves promises 1 and 2: any value has a verdict that says why)", () => {
  it("has its rows", () => {
    expect(rows.length).toBeGreaterThanOrEqual(76)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  })

  it.each(rows)("$id", (row) => {
    const verdict = validateDatabaseUrl(row.value)
    expect({ verdict: verdict.verdict, dialect: verdict.dialect, parts: plainParts(verdict.parts) }).toEqual({
      verdict: row.verdict,
      dialect: row.dialect,
      parts: row.parts,
    })
    expect(codesOf(verdict)).toEqual(expect.arrayContaining([...row.findings]))
    const others = verdict.findings.filter(({ code }) => !row.findings.includes(code))
    expect(others.filter(({ severity }) => severity !== "info")).toEqual([])
    for (const { message, remedy } of verdict.findings) expect(message + remedy).not.toMatch(/\{\w+\}/)
  })

  it.each(rows.filter(({ parts }) => parts !== null))("$id reads the same after reveal", ({ value }) => {
    const { parts } = validateDatabaseUrl(value)
    if (parts === null) throw new Error("the row has parts")
    const again = validateDatabaseUrl(revealDatabaseUrl(parts))
    expect(again.verdict).toBe("ok")
    expect(plainParts(again.parts)).toEqual(plainParts(parts))
  })
})

describe("the corpus's table of codes (serves promise 2)", () => {
  const table = readFileSync(new URL("../corpus/README.md", import.meta.url), "utf8")
  const listed = [...table.matchAll(/^\| `(url\.[a-z-]+)` \| (\w+) \|/gm)].map(([, code, severity]) => [
    code,
    severity,
  ])

  it.each(listed)("%s is in the catalogue with severity %s", (code, severity) => {
    expect(URL_FINDINGS).toHaveProperty([code ?? "", "severity"], severity)
  })

  it("is read whole", () => expect(listed).toHaveLength(22))
})
