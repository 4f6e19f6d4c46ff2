import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { Secret } from "../../src/base/secret.ts"
import { HOSTS, type HostKind } from "../../src/host/host-table.ts"
import { describeSettings } from "../../src/settings/describe-settings.ts"
import type { Settings } from "../../src/settings/settings.ts"
import { codes, hostFacts, settingsOf } from "./ground.ts"

const TOKEN = "0123456789abcdef"

describe("promise 1: nothing set gives the defaults", () => {
  test("on a plain machine", () => {
    const settings = settingsOf({})
    expect(settings).toMatchObject({
      postgresWanted: false,
      engine: "auto",
      fallback: "read-write",
      fallbackAfterMs: 1000,
      path: null,
      poolMax: 10,
      connectTimeoutMs: 3000,
      statementTimeoutMs: 30_000,
      synchronous: null,
      mirror: { enabled: true, exclude: [], maxRows: 5_000_000, maxBytes: 2 ** 30 },
      echo: false,
      snapshotUrl: null,
      snapshotIntervalMs: 60_000,
      host: "0.0.0.0",
      port: 7860,
      adminToken: null,
      logLevel: "info",
      nodeEnv: "development",
      production: false,
      findings: [],
    })
    expect(settings.database.verdict).toBe("unset")
    expect(new Set(Object.values(settings.sources).map((source) => source.slice(0, 7)))).toEqual(
      new Set(["default"]),
    )
  })

  test.each<[HostKind, string, boolean]>([
    ["space", "read-write", true],
    ["docker", "read-write", true],
    ["local", "read-write", false],
    ["render", "read-only", true],
    ["railway", "read-only", true],
    ["fly", "read-only", true],
    ["heroku", "read-only", true],
    ["kubernetes", "read-only", true],
  ])("%s: fallback %s, production %s, with the reason", (kind, fallback, production) => {
    const settings = settingsOf({}, hostFacts(kind))
    expect(settings).toMatchObject({
      fallback,
      production,
      nodeEnv: production ? "production" : "development",
    })
    expect(settings.sources.fallback).toContain(HOSTS[kind].name)
  })

  test("under test the fallback is off", () => {
    expect(settingsOf({ NODE_ENV: "test" })).toMatchObject({ fallback: "off", production: false })
    expect(settingsOf({ NODE_ENV: "test", DATABASE_FALLBACK: "read-write" }).fallback).toBe("read-write")
  })

  test("a pooler's port halves the pool", () => {
    for (const port of [6543, 6432]) {
      expect(settingsOf({ DATABASE_URL: `postgresql://u:p@h.example.com:${port}/db` }).poolMax).toBe(5)
    }
    expect(settingsOf({ DATABASE_URL: "postgresql://u:p@h.example.com:5432/db" }).poolMax).toBe(10)
  })
})

type Row = [variable: string, text: string, key: keyof Settings, value: unknown]

describe("promise 1: good values are taken", () => {
  test.each<Row>([
    ["DATABASE_ENGINE", "PostgreSQL", "engine", "postgresql"],
    ["DATABASE_ENGINE", " sqlite\n", "engine", "sqlite"],
    ["DATABASE_FALLBACK", "off", "fallback", "off"],
    ["DATABASE_FALLBACK", "Read-Only", "fallback", "read-only"],
    ["DATABASE_FALLBACK_AFTER", "0", "fallbackAfterMs", 0],
    ["DATABASE_FALLBACK_AFTER", "250ms", "fallbackAfterMs", 250],
    ["DATABASE_FALLBACK_AFTER", "1.5s", "fallbackAfterMs", 1500],
    ["DATABASE_FALLBACK_AFTER", "2 m", "fallbackAfterMs", 120_000],
    ["DATABASE_PATH", "/var/data", "path", "/var/data"],
    ["DATABASE_PATH", "./files/../x", "path", "/srv/app/x"],
    ["DATABASE_PATH", "~/db", "path", "/home/ann/db"],
    ["DATABASE_PATH", "/", "path", "/"],
    ["DATABASE_POOL_MAX", "3", "poolMax", 3],
    ["DATABASE_CONNECT_TIMEOUT", "500ms", "connectTimeoutMs", 500],
    ["DATABASE_STATEMENT_TIMEOUT", "5M", "statementTimeoutMs", 300_000],
    ["DATABASE_SYNCHRONOUS", "FULL", "synchronous", "full"],
    ["DATABASE_ECHO", "yes", "echo", true],
    ["DATABASE_ECHO", "0", "echo", false],
    ["SNAPSHOT_INTERVAL", "5m", "snapshotIntervalMs", 300_000],
    ["HOST", "::", "host", "::"],
    ["HOST", "[::1]", "host", "::1"],
    ["HOST", "localhost", "host", "127.0.0.1"],
    ["HOST", "127.0.0.7", "host", "127.0.0.7"],
    ["HOST", "10.1.2.3", "host", "10.1.2.3"],
    ["PORT", "0", "port", 0],
    ["PORT", " 65535 ", "port", 65_535],
    ["LOG_LEVEL", "SILENT", "logLevel", "silent"],
    ["NODE_ENV", "Production", "nodeEnv", "production"],
    ["NODE_ENV", "prod", "nodeEnv", "production"],
    ["NODE_ENV", "staging", "nodeEnv", "staging"],
  ])("%s=%j", (variable, text, key, value) => {
    const settings = settingsOf({ [variable]: text })
    expect(settings[key]).toEqual(value)
    expect(settings.sources[key as keyof Settings["sources"]]).toBe(variable)
    expect(settings.findings).toEqual([])
  })

  test("secrets are taken as secrets", () => {
    const settings = settingsOf({ ADMIN_TOKEN: ` ${TOKEN}\n`, SNAPSHOT_URL: "s3://key:word@bucket/x" })
    expect(settings.adminToken).toBeInstanceOf(Secret)
    expect(settings.adminToken?.reveal()).toBe(TOKEN)
    expect(settings.snapshotUrl?.reveal()).toBe("s3://key:word@bucket/x")
  })
})

describe("promise 2: a bad value gives its finding and the default", () => {
  test.each<Row>([
    ["DATABASE_ENGINE", "mysql", "engine", "auto"],
    ["DATABASE_FALLBACK", "maybe", "fallback", "read-write"],
    ["DATABASE_FALLBACK_AFTER", "1", "fallbackAfterMs", 1000],
    ["DATABASE_FALLBACK_AFTER", "1h", "fallbackAfterMs", 1000],
    ["DATABASE_FALLBACK_AFTER", "-1s", "fallbackAfterMs", 1000],
    ["DATABASE_FALLBACK_AFTER", "99m", "fallbackAfterMs", 1000],
    ["DATABASE_FALLBACK_AFTER", "Infinity", "fallbackAfterMs", 1000],
    ["DATABASE_PATH", "sqlite:///x", "path", null],
    ["DATABASE_PATH", "file:x", "path", null],
    ["DATABASE_PATH", "/data/app.sqlite", "path", null],
    ["DATABASE_PATH", "a\u0000b", "path", null],
    ["DATABASE_POOL_MAX", "2", "poolMax", 10],
    ["DATABASE_POOL_MAX", "1e3", "poolMax", 10],
    ["DATABASE_POOL_MAX", "3.5", "poolMax", 10],
    ["DATABASE_CONNECT_TIMEOUT", "0", "connectTimeoutMs", 3000],
    ["DATABASE_STATEMENT_TIMEOUT", "9999999m", "statementTimeoutMs", 30_000],
    ["DATABASE_SYNCHRONOUS", "off", "synchronous", null],
    ["DATABASE_ECHO", "loud", "echo", false],
    ["SNAPSHOT_URL", "https://x", "snapshotUrl", null],
    ["SNAPSHOT_INTERVAL", "1ms", "snapshotIntervalMs", 60_000],
    ["HOST", "example.com", "host", "0.0.0.0"],
    ["HOST", "8.8.8.8", "host", "0.0.0.0"],
    ["HOST", "2001:db8::1", "host", "0.0.0.0"],
    ["HOST", "x86_64-conda-linux-gnu", "host", "0.0.0.0"],
    ["PORT", "65536", "port", 7860],
    ["PORT", "-1", "port", 7860],
    ["PORT", "tcp://10.0.0.1:80", "port", 7860],
    ["PORT", "0x50", "port", 7860],
    ["ADMIN_TOKEN", "short", "adminToken", null],
    ["ADMIN_TOKEN", "0123456789 abcdef", "adminToken", null],
    ["LOG_LEVEL", "loud", "logLevel", "info"],
    ["NODE_ENV", "a b", "nodeEnv", "development"],
  ])("%s=%j", (variable, text, key, value) => {
    const settings = settingsOf({ [variable]: text })
    expect(settings[key]).toEqual(value)
    expect(codes(settings.findings)).toEqual(["settings.invalid"])
    expect(settings.findings[0]?.message).toContain(variable)
    expect(settings.sources[key as keyof Settings["sources"]]).toContain(`default (${variable} is not usable`)
  })

  test("without IPv6 an IPv6 address is none of this machine", () => {
    const facts = hostFacts("local", { addresses: ["127.0.0.1"] })
    expect(settingsOf({ HOST: "::" }, facts).host).toBe("0.0.0.0")
  })

  test("a misspelt name is told with the nearest", () => {
    const { findings } = settingsOf({ DATABSE_URL: "postgresql://u:canary-canary-1@h/db" })
    expect(codes(findings)).toEqual(["settings.misspelt"])
    expect(findings[0]?.remedy).toContain("DATABASE_URL")
  })
})

describe("the mirror's settings", () => {
  type MirrorRow = [variable: string, text: string, mirror: Partial<Settings["mirror"]>]

  test.each<MirrorRow>([
    ["DATABASE_MIRROR", "off", { enabled: false }],
    ["DATABASE_MIRROR", " ON ", { enabled: true }],
    ["DATABASE_MIRROR_EXCLUDE", "events", { exclude: ["events"] }],
    [
      "DATABASE_MIRROR_EXCLUDE",
      " events,,Audit Log ,events, größen_1",
      { exclude: ["events", "Audit Log", "größen_1"] },
    ],
    ["DATABASE_MIRROR_MAX_ROWS", "1", { maxRows: 1 }],
    ["DATABASE_MIRROR_MAX_ROWS", " 999999999 ", { maxRows: 999_999_999 }],
    ["DATABASE_MIRROR_MAX_BYTES", "4096", { maxBytes: 4096 }],
    ["DATABASE_MIRROR_MAX_BYTES", "3k", { maxBytes: 3072 }],
    ["DATABASE_MIRROR_MAX_BYTES", "64 M", { maxBytes: 2 ** 26 }],
    ["DATABASE_MIRROR_MAX_BYTES", "1048576g", { maxBytes: 2 ** 50 }],
  ])("promise 1: good values are taken: %s=%j", (variable, text, mirror) => {
    const settings = settingsOf({ [variable]: text })
    expect(settings.mirror).toMatchObject(mirror)
    expect(settings.findings).toEqual([])
    expect(describeSettings(settings)).toContainEqual(expect.objectContaining({ variable, source: variable }))
  })

  test.each<[variable: string, text: string]>([
    ["DATABASE_MIRROR", "maybe"],
    ["DATABASE_MIRROR_EXCLUDE", "postgresql://ann:canary,canary,canary@h/db"],
    ["DATABASE_MIRROR_MAX_ROWS", "0"],
    ["DATABASE_MIRROR_MAX_ROWS", "5e6"],
    ["DATABASE_MIRROR_MAX_ROWS", "1000000000"],
    ["DATABASE_MIRROR_MAX_BYTES", "0"],
    ["DATABASE_MIRROR_MAX_BYTES", "0g"],
    ["DATABASE_MIRROR_MAX_BYTES", "1.5g"],
    ["DATABASE_MIRROR_MAX_BYTES", "1t"],
    ["DATABASE_MIRROR_MAX_BYTES", "-1"],
    ["DATABASE_MIRROR_MAX_BYTES", "9999999999999999g"],
  ])("promise 2: a bad value gives its finding and the default: %s=%j", (variable, text) => {
    const { mirror, findings } = settingsOf({ [variable]: text })
    expect(mirror).toEqual({ enabled: true, exclude: [], maxRows: 5_000_000, maxBytes: 2 ** 30 })
    expect(codes(findings)).toEqual(["settings.invalid"])
    expect(findings[0]?.message).toContain(variable)
    expect(JSON.stringify(findings)).not.toContain("canary")
  })

  test.each<[text: string, exclude: string[], flaw: string]>([
    ["events, canary.canary, audit", ["events", "audit"], "entry 2 of the list"],
    [`"events",[canary],${"x".repeat(64)},audit`, ["audit"], "entries 1, 2, 3 of the list"],
    ["canary@canary", [], "entry 1 of the list"],
    [`events,1st,${"ö".repeat(32)}`, ["events"], "entries 2, 3 of the list"],
  ])("promise 2: a bad name in a list is told by its place, and passed over: %s", (text, exclude, flaw) => {
    const { mirror, findings, sources } = settingsOf({ DATABASE_MIRROR_EXCLUDE: text })
    expect(mirror.exclude).toEqual(exclude)
    expect(codes(findings)).toEqual(["settings.passed-over"])
    expect(findings[0]?.message).toContain(flaw)
    expect(JSON.stringify(findings)).not.toContain("canary")
    expect(sources.mirrorExclude).toBe("DATABASE_MIRROR_EXCLUDE")
  })
})

describe("promise 5: SQL is not logged in production", () => {
  test.each([
    [{ NODE_ENV: "production" }, hostFacts()],
    [{ NODE_ENV: "PROD" }, hostFacts()],
    [{}, hostFacts("space")],
  ])("%j", (source, facts) => {
    const settings = settingsOf({ ...source, DATABASE_ECHO: "on" }, facts)
    expect(settings.echo).toBe(false)
    expect(codes(settings.findings)).toEqual(["settings.invalid"])
  })
})

describe("is PostgreSQL wanted?", () => {
  test.each<[string, Record<string, string>, boolean]>([
    ["nothing", {}, false],
    ["blank", { DATABASE_URL: " " }, false],
    ["empty quotes", { DATABASE_URL: '""' }, false],
    ["a SQLite location", { DATABASE_URL: "sqlite:./x.db" }, false],
    ["PostgreSQL", { DATABASE_URL: "postgresql://u:p@db.example.com/app" }, true],
    ["a repaired one", { DATABASE_URL: "psql 'postgresql://u:p@db.example.com/app'" }, true],
    ["a refused one", { DATABASE_URL: "mysql://u:p@h/db" }, true],
    ["an unresolved reference", { DATABASE_URL: "${{Postgres.DATABASE_URL}}" }, true],
    ["one in quotes, with a prefix", { DATABASE_URL: "DATABASE_URL='$DB'" }, true],
    [
      "PGHOST and its kin",
      { PGHOST: "db.example.com", PGUSER: "u", PGPASSWORD: "p", PGDATABASE: "app" },
      true,
    ],
    ["a partly set group", { PGPASSWORD: "p" }, true],
    ["an innocent one of the group", { PGSSLMODE: "require" }, false],
    [
      "any, with DATABASE_ENGINE=sqlite",
      { DATABASE_URL: "postgresql://u:p@h/db", DATABASE_ENGINE: "sqlite" },
      false,
    ],
    ["none, with DATABASE_ENGINE=postgresql", { DATABASE_ENGINE: "postgresql" }, true],
  ])("%s", (_, source, wanted) => expect(settingsOf(source).postgresWanted).toBe(wanted))

  test("DATABASE_URL goes before PGHOST and its kin", () => {
    const pg = { PGHOST: "pg.example.com", PGUSER: "u", PGDATABASE: "app" }
    const hostOf = ({ database }: Settings): string | undefined =>
      database.dialect === "postgresql" ? database.parts.hosts[0]?.host : undefined
    expect(hostOf(settingsOf({ ...pg, DATABASE_URL: "postgresql://u:p@url.example.com/db" }))).toBe(
      "url.example.com",
    )
    const both = settingsOf({ ...pg, DATABASE_URL: "$DATABASE_URL" })
    expect(hostOf(both)).toBe("pg.example.com")
    expect(codes(both.findings)).toContain("url.unresolved-reference")
    expect(both.sources.database).toBe("PGHOST, PGUSER, PGDATABASE")
  })
})

describe("promise 2: each setting is shown with its source", () => {
  test("a .env file is named as one, and stands for a workshop even in a container", () => {
    const folder = mkdtempSync(join(tmpdir(), "understudy-settings-"))
    try {
      const file = join(folder, ".env")
      writeFileSync(file, "PORT=1234\nDATABASE_URL=sqlite:./x.db\n")
      const settings = settingsOf({}, hostFacts("docker"), file)
      expect(settings).toMatchObject({ port: 1234, production: false, nodeEnv: "development" })
      expect(settings.sources).toMatchObject({ port: "PORT in .env", database: "DATABASE_URL in .env" })
      expect(settings.sources.nodeEnv).toContain(".env")
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test("every variable of the table has a line; secrets are masked", () => {
    const source = {
      DATABASE_URL: `postgresql://u:${TOKEN}@h.example.com/db`,
      ADMIN_TOKEN: TOKEN,
      PORT: "80",
    }
    const lines = describeSettings(settingsOf(source))
    expect(lines).toHaveLength(22)
    expect(lines).toContainEqual({ variable: "PORT", value: "80", source: "PORT" })
    expect(lines).toContainEqual({ variable: "ADMIN_TOKEN", value: "***", source: "ADMIN_TOKEN" })
    expect(JSON.stringify(lines)).not.toContain(TOKEN)
  })

  test("everything is frozen", () => {
    const settings = settingsOf({ PORT: "x" })
    const { mirror, sources, findings } = settings
    for (const part of [settings, sources, findings, mirror, mirror.exclude])
      expect(Object.isFrozen(part)).toBe(true)
  })
})
