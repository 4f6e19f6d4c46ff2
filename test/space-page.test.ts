import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { readEnvironment } from "../packages/understudy/src/environment/environment.ts"
import { FINDINGS, type FindingCode } from "../packages/understudy/src/errors/finding.ts"
import { gatherHostFacts } from "../packages/understudy/src/host/gather.ts"
import { resolveDatabase } from "../packages/understudy/src/plan/resolve-database.ts"
import { parseSettings } from "../packages/understudy/src/settings/parse-settings.ts"

const page = readFileSync("docs/space.md", "utf8")

test("every finding that the page on Spaces names is one, and its link leads there (promise 2)", () => {
  const links = [...page.matchAll(/\[`([a-z]+\.[a-z-]+)`\]\(findings\.md#([\w-]+)\)/g)]
  expect(links.length).toBeGreaterThan(20)
  for (const [, code = "", anchor] of links) {
    expect(Object.keys(FINDINGS)).toContain(code)
    expect(anchor).toBe(code.replace(".", ""))
  }
  // A link that the pattern above does not see would escape the check.
  expect(page.match(/findings\.md#/g)).toHaveLength(links.length)
})

const RIGHT = "postgresql://ann:pw@db.example.com:443/app"

/** Rows of the page's table: a piece of the symptom, a value that leads to it, what is to be said of it. */
const SYMPTOMS: ReadonlyArray<readonly [symptom: string, url: string, code: FindingCode]> = [
  ["`DATABASE_URL` is missing", "", "storage.ephemeral"],
  ["`getaddrinfo ENOTFOUND base`", `'${RIGHT}'`, "url.quoted"],
  ["`getaddrinfo ENOTFOUND base`", `psql '${RIGHT}'`, "url.shell-command"],
  ["`getaddrinfo ENOTFOUND base`", `DATABASE_URL=${RIGHT}`, "url.assignment-prefix"],
  ["`getaddrinfo ENOTFOUND base`", `${RIGHT}\n`, "url.whitespace"],
  ["the value is `${DATABASE_URL}`", "${DATABASE_URL}", "url.unresolved-reference"],
  ["with a URL from a guide", "postgresql://ann:[YOUR-PASSWORD]@db.example.com/app", "url.placeholder"],
  ["`ERR_INVALID_URL`", "postgresql://ann:a#b@db.example.com/app", "url.userinfo-unencoded"],
  ["`ERR_INVALID_URL`", "postgresql://ann:a/b@db.example.com/app", "url.userinfo-unencoded"],
  ["`ERR_INVALID_URL`", "postgresql://ann:a?b@db.example.com/app", "url.userinfo-unencoded"],
  ["begins with `https://`", "https://abcdefgh.supabase.co", "url.api-endpoint"],
  ["`timeout expired`", "postgresql://ann:pw@db.example.com/app", "host.port-blocked"],
  ["`ENETUNREACH`", "postgresql://postgres:pw@db.abcdefgh.supabase.co:5432/app", "host.supabase-direct"],
  ["`Tenant or user", "postgresql://postgres:pw@aws-0-x.pooler.supabase.com:6543/app", "host.pooler-user"],
  ["`ECONNREFUSED", "postgresql://ann:pw@localhost/app", "host.localhost"],
]

test.each(SYMPTOMS)("promise 2: the page's row %s is true of %j", (symptom, url, code) => {
  const row = page.split("\n").find((line) => line.startsWith("| ") && line.includes(symptom))
  expect(row).toContain(`\`${code}\``)
  const folder = mkdtempSync(join(tmpdir(), "understudy-space-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const environment = readEnvironment({ SPACE_ID: "ann/app", DATABASE_URL: url, DATABASE_PATH: folder })
  // A Space has no IPv6; the machine that runs this test may have.
  const facts = { ...gatherHostFacts(environment), ipv6: false }
  const { findings } = resolveDatabase(parseSettings(environment, facts), facts)
  expect(findings.map((found) => found.code)).toContain(code)
})
