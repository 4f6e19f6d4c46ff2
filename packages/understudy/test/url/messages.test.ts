import { describe, expect, it } from "vitest"
import { secretTexts } from "../../src/url/parts.ts"
import { describeEndpoint, renderDatabaseUrl } from "../../src/url/render.ts"
import { validateDatabaseUrl } from "../../src/url/validate.ts"
import { read } from "./plain-verdict.ts"

describe("messages name variable, part, position and kind of character (serves promises 2 and 5)", () => {
  const messageOf = (text: string): string =>
    validateDatabaseUrl(text, { variable: "REPORTING_URL" }).findings.at(-1)?.message ?? ""

  it.each([
    ["postgresql://app:p#ss@h/db", "REPORTING_URL has a number sign in the password (character 19)"],
    ["  'postgresql://app:p#ss@h/db'", "REPORTING_URL has a number sign in the password (character 22)"],
    ["postgresql://a pp:p@h/db", "REPORTING_URL has a space in the user (character 15)"],
    ["postgresql://app:s3cret@h st/db", "REPORTING_URL has a space in the host (character 26)"],
    ["postgresql://app:s3cret@h:port/db", "REPORTING_URL has a port (character 27) that is not a number"],
    ["postgresql://app:<pw>@h/db", "REPORTING_URL has a placeholder as its password (character 18)"],
    ["mysql://h/db", "REPORTING_URL is a URL with the scheme mysql;"],
    ["s3cretpassword://h/db", "REPORTING_URL is a URL with a scheme that is not known;"],
    ["https://abc.supabase.co", "REPORTING_URL is a web address of Supabase,"],
  ])("%s", (text, message) => expect(messageOf(text)).toContain(message))

  it("shows no host and no database that may be the tail of a raw password", () => {
    const { parts, codes } = read("postgresql://app:first@second/third?fourth=fifth@h")
    if (parts === null) throw new Error("it is read as the standard says")
    expect(codes).toEqual(["url.ambiguous"])
    expect(parts.hosts).toEqual([{ host: "second", port: null }])
    expect(renderDatabaseUrl(parts)).toBe("postgresql://app:***@***/***?***=***")
    expect(describeEndpoint(parts)).toBe("***")
    expect(JSON.stringify(parts)).not.toContain("second")
  })

  it("reads an at sign in the path as the end of a raw password", () => {
    const { parts, codes } = read("postgresql://app:first@second/third@h/db")
    expect(codes).toEqual(["url.userinfo-unencoded"])
    expect([parts?.password?.reveal(), parts?.hosts, parts?.database]).toEqual([
      "first@second/third",
      [{ host: "h", port: null }],
      "db",
    ])
  })

  it("shows no parameter that it does not know", () => {
    const { parts } = read(
      "postgresql://h:5432/db?user=u&password=a&bcdef=g&sslpassword=s3cret&sslmode=require",
    )
    if (parts === null) throw new Error("it is read")
    expect(parts.params).toEqual({ bcdef: "g", sslpassword: "s3cret", sslmode: "require" })
    expect(renderDatabaseUrl(parts)).toBe("postgresql://u:***@h:5432/db?***=***&sslmode=require")
    expect(JSON.stringify(parts)).not.toMatch(/bcdef|s3cret/)
  })

  it("lists what a driver's message must not hold", () => {
    const secretsOf = (text: string): string[] => {
      const { parts } = read(text)
      return parts === null ? [] : secretTexts(parts)
    }
    expect(secretsOf("postgresql://app:first@second/third?fourth=fifth@h")).toEqual([
      "first",
      "fifth@h",
      "second",
      "third",
    ])
    expect(secretsOf("postgresql://app:pw@h/db?passwd=s3cret&sslmode=require")).toEqual(["pw", "s3cret"])
    expect(secretsOf("postgresql://app@db.example.com/db")).toEqual([])
  })

  it("describes the endpoint without the user", () => {
    const { parts } = read("postgresql://u:p@h1:5432,[::1]:6432/db")
    expect(parts && describeEndpoint(parts)).toBe("h1:5432,[::1]:6432")
  })
})
