import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { markValue } from "../../src/doctor/mark-value.ts"
import { secretTexts } from "../../src/url/parts.ts"
import { renderDatabaseUrl } from "../../src/url/render.ts"
import { validateDatabaseUrl } from "../../src/url/validate.ts"
import { read } from "./plain-verdict.ts"

/** All that any rendering shows of a text. */
function shownOf(text: string): string {
  const verdict = validateDatabaseUrl(text)
  const url = verdict.parts === null ? "" : renderDatabaseUrl(verdict.parts)
  return [JSON.stringify(verdict), inspect(verdict), url, markValue(text, verdict).line].join("\n")
}

describe("what was pasted behind a URL is not shown (serves promise 5)", () => {
  it.each([
    ["jdbc:postgresql://h/db;user=u;password=s3cret", 23, "a semicolon"],
    ["postgresql://u:p@h/db&password=s3cret", 22, "an ampersand"],
    ["postgresql://u:p@h/db\nAPI_KEY=s3cret", 22, "a line break"],
    ["postgresql://u:p@h/db\r\nAPI_KEY=s3cret", 22, "a line break"],
    ["postgresql://u:p@h/db?sslmode=require\nAPI_KEY=s3cret", 38, "a line break"],
    ['export DATABASE_URL="postgresql://u:p@h/db"; export K=s3cret', 43, "a quotation mark"],
    ["export DATABASE_URL='postgresql://u:p@h/db'; export K=s3cret", 43, "an apostrophe"],
    ['"postgresql://u:p@h/db" K=s3cret', 23, "a quotation mark"],
    ["DATABASE_URL=postgresql://u:p@h/db K=s3cret", 37, "an equals sign"],
    ["postgresql://h/?dbname=db;password=s3cret", 26, "a semicolon"],
    ['"postgresql://u:p@h/db?sslmode=require"; export K=s3cret', 48, "another assignment"],
    ["postgresql://u:p@h/db?sslmode=require;password=s3cret", 38, "another assignment"],
    ["postgresql://u:p@h/db?application_name=app K=s3cret", 43, "another assignment"],
  ])("%j is refused at character %i: %s", (text, position, words) => {
    const { findings, ...verdict } = validateDatabaseUrl(text)
    expect(verdict).toMatchObject({ verdict: "refused", parts: null })
    expect(findings.at(-1)).toMatchObject({ code: "url.not-a-url", position })
    expect(findings.at(-1)?.message).toContain(words)
    expect(shownOf(text)).not.toContain("s3cret")
  })

  it.each([
    'export DATABASE_URL="postgresql://u:p@h/db"; export K=word@s3cret',
    "postgresql://u:p@h/db K=word@s3cret",
    "postgresql://u:p@h/db;password=word@s3cret",
    "jdbc:postgresql://h/db;user=u;password=word@s3cret",
  ])("%s is not dialled at the tail of what was pasted", (text) => {
    expect(read(text)).toMatchObject({ verdict: "refused", codes: expect.arrayContaining(["url.not-a-url"]) })
    expect(shownOf(text)).not.toContain("s3cret")
  })

  it.each([
    "postgresql://u:p@h/db%3Bpassword%3Ds3cret",
    "postgresql://u:p@h/db%0AKEY%3Ds3cret",
    "postgresql://u:p@h/db s3cret",
    "postgresql://u:p@h/db?application_name=app%20K%3Ds3cret",
    "postgresql://u:p@h/db?sslmode=require%26password%3Ds3cret",
  ])("%s is read, and neither shown nor left in what a driver writes", (text) => {
    const { parts } = read(text)
    if (parts === null) throw new Error("it is read")
    expect(shownOf(text)).not.toContain("s3cret")
    expect(secretTexts(parts).some((secret) => secret.includes("s3cret"))).toBe(true)
  })

  it.each([
    "options=-c search_path=app -c%20geqo=off",
    "options=--search_path%3Dapp",
    "options=endpoint%3Dep",
  ])("the settings of %s are its own", (query) => {
    const { parts } = read(`postgresql://u:p@h/db?${query}`)
    expect(parts && renderDatabaseUrl(parts)).not.toContain("options=***")
  })
})

describe("user and password that were encoded together are not shown (serves promise 5)", () => {
  it.each([
    "postgresql://app%3As3cret%40@h/db",
    "postgresql://h/db?user=app%3As3cret",
    "postgresql://h/db?user=app:s3cret",
  ])("%s is refused", (text) => {
    expect(read(text)).toMatchObject({ verdict: "refused", codes: ["url.not-a-url"] })
    expect(shownOf(text)).not.toContain("s3cret")
  })

  it.each([
    ["postgresql://a%3Ab:s3cret@h/db", "s3cret"],
    ["postgresql://a%3Ab:@h/db", null],
    ["postgresql://h/db?user=a%3Ab&password=s3cret", "s3cret"],
  ])("%s is read: the text itself divides them", (text, password) => {
    expect(read(text)).toMatchObject({ verdict: "ok", password, parts: { user: "a:b" } })
  })
})
