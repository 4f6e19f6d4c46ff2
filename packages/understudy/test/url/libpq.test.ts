import { describe, expect, it } from "vitest"
import { validateDatabaseUrl } from "../../src/url/validate.ts"
import type { PostgresParts } from "../../src/url/verdict.ts"
import { LIBPQ_CASES } from "./libpq-cases.ts"
import { codesOf } from "./plain-verdict.ts"

/** Our parts in libpq's words. */
function inLibpqWords({ user, password, hosts, database, params }: PostgresParts): Record<string, string> {
  const values = {
    user,
    password: password?.reveal() ?? null,
    host: hosts.map(({ host }) => host).join(","),
    port: hosts.map(({ port }) => port ?? "").join(","),
    dbname: database,
    ...params,
  }
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => !!entry[1] || entry[0] in params),
  )
}

describe("libpq's own URIs (serves promise 3: a URL means here what it means to PostgreSQL's tools)", () => {
  it.each(LIBPQ_CASES)("$url", ({ url, libpq, ours, reason }) => {
    const verdict = validateDatabaseUrl(url)
    const values = verdict.dialect === "postgresql" ? inLibpqWords(verdict.parts) : null
    if (ours === undefined) {
      expect({ verdict: verdict.verdict, values }).toEqual({ verdict: "ok", values: libpq })
    } else if (typeof ours === "string") {
      expect(reason).toBeDefined()
      expect(codesOf(verdict)).toContain(ours)
      if (verdict.verdict === "repaired" && libpq !== "refused") expect(values).toEqual(libpq)
    } else {
      expect(reason).toBeDefined()
      expect(values).toEqual(ours)
    }
  })

  it("differs only where it says why", () => {
    const differing = LIBPQ_CASES.filter(({ reason }) => reason !== undefined)
    expect(differing.every(({ ours }) => ours !== undefined)).toBe(true)
    expect(differing.length).toBeLessThan(LIBPQ_CASES.length / 2)
  })
})
