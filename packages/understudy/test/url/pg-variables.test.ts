import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { fromPgVariables } from "../../src/url/pg-variables.ts"
import { codesOf, plainParts } from "./plain-verdict.ts"

const WHOLE = { PGHOST: "db.example.com", PGUSER: "app", PGPASSWORD: "s3cret", PGDATABASE: "app" }

describe("libpq's variables (serves promises 1 and 2)", () => {
  it("become the parts of a verdict", () => {
    const verdict = fromPgVariables({
      ...WHOLE,
      PGPORT: "6432",
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: "/ca.pem",
      PGSSLCERT: "/c.pem",
      PGSSLKEY: "/k.pem",
      PGAPPNAME: "tasks",
    })
    expect([verdict.verdict, verdict.dialect, codesOf(verdict)]).toEqual(["ok", "postgresql", []])
    expect(plainParts(verdict.parts)).toEqual({
      user: "app",
      password: "s3cret",
      hosts: [{ host: "db.example.com", port: 6432 }],
      database: "app",
      params: {
        sslmode: "verify-full",
        sslrootcert: "/ca.pem",
        sslcert: "/c.pem",
        sslkey: "/k.pem",
        application_name: "tasks",
      },
    })
    expect(inspect(verdict, { depth: 9 }) + JSON.stringify(verdict)).not.toContain("s3cret")
  })

  it("decode nothing: a percent sign, a slash and quotes belong to the password", () => {
    const password = `"p%40/s s'`
    expect(plainParts(fromPgVariables({ ...WHOLE, PGPASSWORD: `${password}\n` }).parts)).toMatchObject({
      password,
    })
  })

  it.each([
    [{ PGHOST: "/var/run/postgresql" }, [{ host: "/var/run/postgresql", port: null }]],
    [{ PGHOST: "::1" }, [{ host: "::1", port: null }]],
    [{ PGHOST: "[::1]" }, [{ host: "::1", port: null }]],
    [{ PGHOST: "", PGHOSTADDR: "10.0.0.1" }, [{ host: "10.0.0.1", port: null }]],
    [
      { PGHOST: "a,b", PGPORT: "1,2" },
      [
        { host: "a", port: 1 },
        { host: "b", port: 2 },
      ],
    ],
  ])("name hosts: %j", (variables, hosts) => {
    expect(fromPgVariables({ ...WHOLE, ...variables }).parts).toMatchObject({ hosts })
  })

  it.each([
    [{ ...WHOLE, PGHOST: ' "db.example.com" ' }, ["url.whitespace", "url.quoted"]],
    [{ ...WHOLE, PGUSER: "app\n" }, ["url.whitespace"]],
    [{ ...WHOLE, PGPASSWORD: "s3cret\r\n" }, ["url.whitespace"]],
  ])("are repaired: %j", (variables, codes) => {
    const verdict = fromPgVariables(variables)
    expect([verdict.verdict, codesOf(verdict)]).toEqual(["repaired", codes])
    expect(plainParts(verdict.parts)).toMatchObject({ user: "app", password: "s3cret", database: "app" })
  })

  it("are unset where none says where PostgreSQL is", () => {
    expect(fromPgVariables({})).toMatchObject({ verdict: "unset", findings: [] })
    expect(
      fromPgVariables({ PGSSLMODE: "require", PGAPPNAME: "x", PGHOST: " ", PGUSER: undefined }),
    ).toMatchObject({
      verdict: "unset",
      parts: null,
    })
  })

  it.each([
    [{ PGUSER: "app", PGPASSWORD: "s3cret" }, "PGUSER and PGPASSWORD are set, but PGHOST is not set."],
    [{ PGHOST: "h" }, "PGHOST is set, but PGUSER is not set."],
    [{ PGPORT: "5432" }, "PGPORT is set, but PGHOST and PGUSER are not set."],
  ])("are refused where they are set in part: %j", (variables, message) => {
    const verdict = fromPgVariables(variables)
    expect(verdict).toMatchObject({ verdict: "refused", dialect: null, parts: null })
    expect(verdict.findings).toEqual([expect.objectContaining({ code: "url.pg-variables-partial", message })])
  })

  it.each([
    [{ ...WHOLE, PGPORT: "port" }, "url.port-invalid", "PGPORT"],
    [{ ...WHOLE, PGPORT: "1,2" }, "url.port-invalid", "PGPORT"],
    [{ ...WHOLE, PGHOST: "db example.com" }, "url.host-invalid", "PGHOST"],
    [{ ...WHOLE, PGHOST: "https://db.example.com" }, "url.host-invalid", "PGHOST"],
    [{ ...WHOLE, PGHOST: "a,,b" }, "url.host-missing", "PGHOST"],
    [{ ...WHOLE, PGPASSWORD: "${DB_PASSWORD}" }, "url.placeholder", "PGPASSWORD"],
    [{ ...WHOLE, PGUSER: "undefined" }, "url.placeholder", "PGUSER"],
    [{ ...WHOLE, PGDATABASE: "a\0b" }, "url.not-a-url", "PGDATABASE"],
  ])("are refused: %j", (variables, code, variable) => {
    const { verdict, findings } = fromPgVariables(variables)
    expect(verdict).toBe("refused")
    expect(findings.at(-1)?.code).toBe(code)
    expect(findings.at(-1)?.message).toContain(variable)
    expect(JSON.stringify(findings)).not.toContain("s3cret")
  })

  it.each([
    [{ PGUSER: "u:s3cret" }, "PGUSER seems to hold a user and a password"],
    [{ PGDATABASE: "host=x password=s3cret" }, "PGDATABASE seems to hold a whole connection string"],
    [{ PGDATABASE: "postgresql://u:s3cret@h/db" }, "PGDATABASE seems to hold a whole connection string"],
    [{ PGDATABASE: "db\ns3cret" }, "PGDATABASE holds a line break"],
    [{ PGUSER: "u\ns3cret" }, "PGUSER holds a line break"],
  ])(
    "are refused where one holds more than its part, and do not tell it (promise 5): %j",
    (mixed, message) => {
      const verdict = fromPgVariables({ PGHOST: "h", PGUSER: "u", ...mixed })
      expect(verdict).toMatchObject({ verdict: "refused", parts: null })
      expect(verdict.findings.at(-1)).toMatchObject({ code: "url.pg-variable-mixed" })
      expect(verdict.findings.at(-1)?.message).toContain(message)
      expect(JSON.stringify(verdict)).not.toContain("s3cret")
    },
  )

  it("may give a user with a colon, beside a password", () => {
    expect(fromPgVariables({ ...WHOLE, PGUSER: "a:b" })).toMatchObject({
      verdict: "ok",
      parts: { user: "a:b" },
    })
  })

  it("may lack a database: PostgreSQL takes the user's name", () => {
    expect(codesOf(fromPgVariables({ PGHOST: "h", PGUSER: "u" }))).toEqual(["url.database-missing"])
  })
})
