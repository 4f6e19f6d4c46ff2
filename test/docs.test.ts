import { existsSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { ERRORS, type ErrorCode } from "../packages/understudy/src/errors/error-catalogue.ts"
import { FINDINGS, finding, type FindingCode } from "../packages/understudy/src/errors/finding.ts"
import { UnderstudyError } from "../packages/understudy/src/errors/understudy-error.ts"
import { pages } from "../scripts/docs/pages.ts"

test("the generated pages are what the catalogues say; `npm run docs` writes them", async () => {
  for (const [path, text] of await pages()) {
    expect(existsSync(path), `${path} is missing`).toBe(true)
    expect(readFileSync(path, "utf8"), `${path} has drifted`).toBe(text)
  }
})

/** As GitHub makes them of headings. */
function anchorsOf(path: string): Set<string> {
  const headings = readFileSync(path, "utf8").matchAll(/^#+ (.+)$/gm)
  return new Set(
    [...headings].map(
      ([, title]) =>
        `#${(title ?? "")
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\- _]/gu, "")
          .replaceAll(" ", "-")}`,
    ),
  )
}

test("the docs link of every error and finding leads to a heading (promise 2)", () => {
  const errors = anchorsOf("docs/errors.md")
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    expect(errors, code).toContain(new URL(new UnderstudyError(code).docs).hash)
  }
  const findings = anchorsOf("docs/findings.md")
  for (const code of Object.keys(FINDINGS) as FindingCode[]) {
    expect(findings, code).toContain(new URL(finding(code).docs).hash)
  }
  expect(findings.size).toBe(Object.keys(FINDINGS).length + 1)
})

test("no text of the catalogues is empty, and each ends as a sentence", () => {
  for (const [code, { title, message, remedy }] of [...Object.entries(ERRORS), ...Object.entries(FINDINGS)]) {
    for (const text of [title, message, remedy]) expect(text, code).toMatch(/[.}]$/)
  }
})

test("a finding's title, which the public sees, names no place to be filled in (promise 5)", () => {
  for (const [code, { title }] of Object.entries(FINDINGS)) expect(title, code).not.toMatch(/[{}]/)
  for (const [code, { title }] of Object.entries(ERRORS)) expect(title, code).not.toMatch(/[{}]/)
})
