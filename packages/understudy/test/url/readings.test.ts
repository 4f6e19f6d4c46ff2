import { describe, expect, it } from "vitest"
import { validateDatabaseUrl } from "../../src/url/validate.ts"
import { read } from "./plain-verdict.ts"

const PLAIN = "postgresql://app:s3cret@h:5432/db"

describe("what stands around a URL comes off (serves promises 1 and 2)", () => {
  it.each([
    [`\`${PLAIN}\``, ["url.quoted"]],
    [`"'${PLAIN}'"`, ["url.quoted"]],
    [`'${PLAIN}`, ["url.quoted"]],
    [`${PLAIN}"`, ["url.trailing-garbage"]],
    [`"${PLAIN}";`, ["url.quoted", "url.trailing-garbage"]],
    [`\u00a0${PLAIN} \u200b `, ["url.invisible-characters", "url.whitespace"]],
    [`DATABASE_URL: ${PLAIN}`, ["url.assignment-prefix"]],
    [`DATABASE_URL = "${PLAIN}" # live`, ["url.assignment-prefix", "url.quoted", "url.trailing-garbage"]],
    [`- DATABASE_URL=${PLAIN}`, ["url.assignment-prefix"]],
    [`psql -d "${PLAIN}" -c 'select 1'`, ["url.shell-command"]],
    [`$ psql --dbname=${PLAIN}`, ["url.shell-command"]],
    [`"psql '${PLAIN}'"`, ["url.quoted", "url.shell-command"]],
    [`psql '${PLAIN}`, ["url.shell-command"]],
  ])("%s", (text, codes) => {
    const reading = read(text)
    expect([reading.verdict, reading.password, reading.codes.sort()]).toEqual([
      "repaired",
      "s3cret",
      codes.sort(),
    ])
  })

  it("refuses a user's name that holds a server, and what may be a password behind it", () => {
    const text = "postgresql://app@h/db?token=#s3cret&more@x"
    expect(read(text)).toMatchObject({ verdict: "refused", parts: null })
  })

  it.each(["postgres:s3cret", "postgresql:s3cret", "'postgres:s3cret'", "DATABASE_URL=postgres:s3cret"])(
    "refuses a user and a password alone: %s",
    (text) => {
      expect(read(text)).toMatchObject({ verdict: "refused", parts: null })
      expect(JSON.stringify(validateDatabaseUrl(text))).not.toContain("s3cret")
    },
  )

  it("strips `;` and `,` and a comment, but no apostrophe, which may stand in a URL", () => {
    expect(read(`${PLAIN},;`).codes).toEqual(["url.trailing-garbage"])
    expect(read(`${PLAIN}'`)).toMatchObject({ verdict: "ok", parts: { database: "db'" } })
  })

  it.each([
    "psql -h h -U app",
    `psql ${PLAIN} ${PLAIN}`,
    `PGPASSWORD=s3cret psql -h h`,
    // The shell's word ends with the quote in the password, and what is before it looks like a URL.
    `psql 'postgresql://app:/s3' cr'et@h/db'`,
  ])("refuses a command without one URL: %s", (text) =>
    expect(read(text)).toMatchObject({ verdict: "refused", parts: null }),
  )

  it("takes no bare password that ends in an equals sign for an empty assignment", () => {
    expect(read("c2VjcmV0cGFzcw=")).toMatchObject({ verdict: "refused", codes: ["url.not-a-url"] })
    expect(read("DATABASE_URL=")).toMatchObject({ verdict: "unset" })
  })
})

describe("references mean that PostgreSQL was wanted (serves promise 2)", () => {
  it.each([
    "$X",
    "${X}",
    "${X:-}",
    "${{ Postgres.URL }}",
    "{{ db.url }}",
    "%X%",
    "$(cat url)",
    "undefined",
    "NULL",
    "None",
  ])("%s", (text) =>
    expect(read(text)).toMatchObject({ verdict: "unset", codes: ["url.unresolved-reference"] }),
  )
})

describe("raw characters in user and password (serves promise 1: one reading is repaired, two are refused)", () => {
  it.each([
    ["postgresql://app:p@s@s@h/db", "p@s@s"],
    ["postgresql://app:p/s?s#s@h/db", "p/s?s#s"],
    ["postgresql://app:12/34@h/db", "12/34"],
    ["postgresql://app:/34@h/db", "/34"],
    ["postgresql://app:p #ss@h/db", "p #ss"],
    ["postgresql://app:p@ss@h/db?sslmode=require", "p@ss"],
    ["postgresql://app:päss@h/db", "päss"],
    ["postgresql://app:p\\ss@h/db", "p\\ss"],
  ])("%s is repaired", (text, password) => {
    expect(read(text)).toMatchObject({ verdict: "repaired", password, codes: ["url.userinfo-unencoded"] })
    expect(read(text).parts?.hosts).toEqual([{ host: "h", port: null }])
  })

  it.each([
    ["two hosts are possible", "postgresql://app:p@ss@h/db?application_name=me@laptop"],
    ["a comment or a password", "postgresql://app:s3cret@h/db # ask me@work"],
    ["no host is possible", "postgresql://app:p#@x y/@z z/"],
    ["a password in the query", "postgresql://app@h h/db?password=p@ss"],
  ])("refuses where %s", (_why, text) => {
    expect(read(text)).toMatchObject({ verdict: "refused", password: null })
  })

  it("keeps a percent sign that begins no code, and bytes that are no UTF-8", () => {
    expect(read("postgresql://app:100%@h/db")).toMatchObject({
      password: "100%",
      codes: ["url.percent-malformed"],
    })
    expect(read("postgresql://app:%40%FF@h/db")).toMatchObject({ password: "%40%FF", verdict: "repaired" })
    expect(read("postgresql://app:%%40@h/db")).toMatchObject({ password: "%@", verdict: "repaired" })
  })

  it("refuses NUL, which would begin a new field of PostgreSQL's first message", () => {
    for (const text of [
      "postgresql://a%00b:p@h/d",
      "postgresql://a:p@h/d%00options",
      "postgresql://a:p@h/d?options=%00",
    ]) {
      expect(read(text)).toMatchObject({ verdict: "refused", codes: ["url.not-a-url"] })
    }
  })
})

describe("schemes and slashes (serves promise 1)", () => {
  it.each([
    ["postgresql:///app:s3cret@h:5432/db", ["url.slashes"]],
    ["postgresql:///h:5432/db?user=app&password=s3cret", ["url.slashes"]],
    ["https://postgresql://app:s3cret@h:5432/db", ["url.scheme-duplicated"]],
    ["postgres://https://app:s3cret@h:5432/db", ["url.scheme-duplicated"]],
    ["postgresql://app:s3cret@postgresql://h:5432/db", ["url.scheme-duplicated"]],
    ["jdbc:postgresql://h:5432/db?user=app&password=s3cret", ["url.jdbc"]],
    ["PostgreSQL+AsyncPG://app:s3cret@h:5432/db", ["url.driver-suffix"]],
  ])("%s", (text, codes) => {
    expect(read(text)).toMatchObject({ verdict: "repaired", codes, password: "s3cret" })
    expect(read(text).parts).toMatchObject({
      user: "app",
      hosts: [{ host: "h", port: 5432 }],
      database: "db",
    })
  })

  it.each([
    ["postgresql:///app", "url.host-missing"],
    ["jdbc:postgresql:app", "url.host-missing"],
    [`${PLAIN},${PLAIN}`, "url.not-a-url"],
    [`${PLAIN}${PLAIN}`, "url.not-a-url"],
    [`${PLAIN}\nmysql://a:b@c/d`, "url.not-a-url"],
    ["app:s3cret@h:5432/db", "url.not-a-url"],
    ["host=h user=app password=s3cret", "url.not-a-url"],
    ["libsql://x.turso.io", "url.scheme-unsupported"],
    ["s3cretpassword://x", "url.scheme-unsupported"],
    ["https://app:s3cret@abc.supabase.co/postgres", "url.scheme-unsupported"],
    ["https://console.neon.tech/app/projects/x", "url.api-endpoint"],
    ["prisma://accelerate.prisma-data.net/?api_key=x", "url.api-endpoint"],
    ["https://me-space.hf.space", "url.api-endpoint"],
    ["https://notsupabase.co.example.com", "url.scheme-unsupported"],
  ])("%s gives %s", (text, code) => {
    expect(read(text)).toMatchObject({ verdict: "refused" })
    expect(read(text).codes.at(-1)).toBe(code)
  })
})

describe("placeholders (serves promise 2: a template is no outage)", () => {
  it.each([
    "postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
    "postgresql://USER:PASSWORD@db.example.com/app",
    "postgresql://username:password@hostname/db",
    "postgresql://app:your-password@h/db",
    "postgresql://app:YOUR_PASSWORD@h/db",
    "postgresql://app:s3cret@your-host/db",
    "postgresql://app:s3cret@h:<port>/db",
    "postgresql://app:s3cret@h/{database}",
    "postgresql://app:s3cret@${DB_HOST:-h}:5432/db",
    "postgresql://app:<my@password>@h/db",
    "postgresql://app:********@h/db",
    "postgresql://...",
    "jdbc:postgresql://h/db?user=<user>&password=s3cret",
    "CHANGE_ME",
    "<DATABASE_URL>",
    "your-database-url",
  ])("%s", (text) => expect(read(text).codes.at(-1)).toBe("url.placeholder"))

  it.each([
    ["postgresql://user:password@localhost/db", "password"],
    ["postgresql://user:password@db.example.com/db", "password"],
    ["postgresql://app:%5Bsecret%5D@h/db", "[secret]"],
    ["postgresql://app:%79our-turn@h/db", "your-turn"],
    ["postgresql://app:{half@h/db", "{half"],
  ])("%s is none", (text, password) => expect(read(text).password).toBe(password))
})

describe("SQLite locations (serves promise 1)", () => {
  it.each([
    ["sqlite://", ":memory:"],
    ["sqlite:///:memory:", ":memory:"],
    ["file::memory:?cache=shared", ":memory:"],
    ["file:x?mode=memory", ":memory:"],
    ["sqlite:data.db", "data.db"],
    ["sqlite://data.db", "data.db"],
    ["sqlite:/var/data.db", "/var/data.db"],
    ["sqlite:///my%20data.db", "my data.db"],
    ["sqlite:///C:\\data\\a.db", "C:\\data\\a.db"],
    ["sqlite:///data.db?mode=ro", "data.db"],
    ["file:///var/data.db", "/var/data.db"],
    ["file://localhost/var/data.db", "/var/data.db"],
    ["file:/var/data.txt", "/var/data.txt"],
    ["C:\\data\\a.sqlite", "C:\\data\\a.sqlite"],
    ["./my data/A.SQLITE3", "./my data/A.SQLITE3"],
  ])("%s is %s", (text, path) => {
    expect(validateDatabaseUrl(text)).toMatchObject({ verdict: "ok", dialect: "sqlite", parts: { path } })
  })

  it.each([
    "sqlite://app:s3cret@h/db",
    "sqlite:///data/app:s3cret@h.db",
    "app:s3cret@h/data.db",
    "file://server/data.db",
    "sqlite:",
    "sqlite:///a%00.db",
    "localhost:5432/data.db",
    "data/app.txt",
  ])("%s is none", (text) =>
    expect(read(text)).toMatchObject({ verdict: "refused", codes: ["url.not-a-url"] }),
  )
})

describe("hosts and ports", () => {
  it("take lists, and what the query says", () => {
    expect(read("postgresql://u@h1,h2:6432/db").parts?.hosts).toEqual([
      { host: "h1", port: null },
      { host: "h2", port: 6432 },
    ])
    expect(read("postgresql://u@x/db?host=h1,::1&port=6432").parts?.hosts).toEqual([
      { host: "h1", port: 6432 },
      { host: "::1", port: 6432 },
    ])
  })

  it.each([
    ["postgresql://u:p@h1,,h2/db", "url.host-missing"],
    ["postgresql://u:p@h1:1,h2:2/db?host=h1,h2,h3", "url.port-invalid"],
    ["postgresql://u:p@h:0/db", "url.port-invalid"],
    ["postgresql://u:p@h:5432x/db", "url.port-invalid"],
    ["postgresql://u:p@h:-1/db", "url.port-invalid"],
    ["postgresql://u:p@[::1/db", "url.host-invalid"],
    ["postgresql://u:p@[fe80::zz]/db", "url.host-invalid"],
    ["postgresql://u:p@h\u200b.com/db", "url.host-invalid"],
    ["postgresql://u:p@h%20x/db", "url.host-invalid"],
    ["postgresql://u:p@h%0a/db", "url.host-invalid"],
  ])("%s gives %s", (text, code) => expect(read(text)).toMatchObject({ verdict: "refused", codes: [code] }))
})
