import { describe, expect, test } from "vitest"
import type { FileFacts, FolderFacts, HostFacts } from "../../src/host/host-facts.ts"
import type { HostKind } from "../../src/host/host-table.ts"
import type { Plan } from "../../src/plan/plan.ts"
import { resolveDatabase } from "../../src/plan/resolve-database.ts"
import { codes, hostFacts, settingsOf } from "../settings/ground.ts"

const URL = "postgresql://ann:canary-canary-1@db.example.com:6432/app"

function fileFacts(file: string, parts: Partial<FileFacts> = {}): FileFacts {
  return {
    file,
    kind: "absent",
    writable: true,
    sizeBytes: 0,
    ownerUid: null,
    userRows: "none",
    primarySeen: false,
    journal: "none",
    ...parts,
  }
}

function place(
  parts: Partial<FolderFacts> = {},
  files: Record<string, Partial<FileFacts>> = {},
): FolderFacts {
  const folder = parts.folder ?? "/srv/app/data"
  const names = parts.origin === "url" ? Object.keys(files) : ["embedded.sqlite", "fallback.sqlite"]
  return {
    origin: "data",
    folder,
    fileSystem: "local",
    fileSystemType: "ext4",
    durability: "durable",
    why: "it is on a disk of this machine",
    usable: parts.problem === undefined || parts.problem === null,
    problem: null,
    detail: null,
    files: Object.fromEntries(names.map((name) => [name, fileFacts(`${folder}/${name}`, files[name])])),
    ...parts,
  }
}

const passing: Partial<FolderFacts> = { durability: "ephemeral", why: "it is on the container's own disk" }

function planOf(
  source: Record<string, string>,
  places: readonly FolderFacts[] = [place()],
  kind: HostKind = "local",
  parts: Partial<HostFacts> = {},
): Plan {
  const facts = hostFacts(kind, { places, ...parts })
  return resolveDatabase(settingsOf(source, facts), facts)
}

/** The candidates in short: `postgresql`, `embedded /file`. */
const short = ({ candidates }: Plan): string[] =>
  candidates.map((each) => (each.kind === "postgresql" ? each.kind : `${each.role} ${each.file}`))

const rows = { "embedded.sqlite": { kind: "database", userRows: "some" } } as const

describe("promise 1: the order of the engines", () => {
  test.each<[string, Record<string, string>, string[], string | null]>([
    ["nothing asked for", {}, ["embedded /srv/app/data/embedded.sqlite", "embedded :memory:"], null],
    [
      "PostgreSQL",
      { DATABASE_URL: URL },
      ["postgresql", "fallback /srv/app/data/fallback.sqlite", "fallback :memory:"],
      null,
    ],
    [
      "a refused URL",
      { DATABASE_URL: "mysql://u:p@h/db" },
      ["fallback /srv/app/data/fallback.sqlite", "fallback :memory:"],
      "url.scheme-unsupported",
    ],
    [
      "an unresolved reference",
      { DATABASE_URL: "${DATABASE_URL}" },
      ["fallback /srv/app/data/fallback.sqlite", "fallback :memory:"],
      "url.unresolved-reference",
    ],
    [
      "a partly set PGHOST group",
      { PGPASSWORD: "x" },
      ["fallback /srv/app/data/fallback.sqlite", "fallback :memory:"],
      "url.pg-variables-partial",
    ],
    ["PostgreSQL only", { DATABASE_URL: URL, DATABASE_ENGINE: "postgresql" }, ["postgresql"], null],
    ["PostgreSQL, no fallback", { DATABASE_URL: URL, DATABASE_FALLBACK: "off" }, ["postgresql"], null],
    ["PostgreSQL under test", { DATABASE_URL: URL, NODE_ENV: "test" }, ["postgresql"], null],
    [
      "PostgreSQL only, refused",
      { DATABASE_URL: "mysql://h/d", DATABASE_ENGINE: "postgresql" },
      [],
      "url.scheme-unsupported",
    ],
    [
      "refused, no fallback",
      { DATABASE_URL: "mysql://h/d", DATABASE_FALLBACK: "off" },
      [],
      "url.scheme-unsupported",
    ],
    ["PostgreSQL only, unset", { DATABASE_ENGINE: "postgresql" }, [], "plan.primary-missing"],
    [
      "PostgreSQL only, a quoted SQLite URL",
      { DATABASE_ENGINE: "postgresql", DATABASE_URL: "'sqlite:./x.db'" },
      [],
      "plan.primary-missing",
    ],
    [
      "SQLite only, PostgreSQL set",
      { DATABASE_URL: URL, DATABASE_ENGINE: "sqlite" },
      ["embedded /srv/app/data/embedded.sqlite", "embedded :memory:"],
      null,
    ],
  ])("%s", (_, source, candidates, wanted) => {
    const plan = planOf(source)
    expect(short(plan)).toEqual(candidates)
    expect(plan.wanted).toBe(wanted)
    if (wanted !== null) expect(codes(plan.findings)).toContain(wanted)
    expect(plan.candidates.every(({ reason }) => /^[A-Z].*\.$/.test(reason))).toBe(true)
  })

  test("a read-only policy keeps its candidate", () => {
    expect(short(planOf({ DATABASE_URL: URL }, [place()], "render"))).toEqual([
      "postgresql",
      "fallback /srv/app/data/fallback.sqlite",
      "fallback :memory:",
    ])
  })

  test("PostgreSQL that is not dialled is told", () => {
    expect(codes(planOf({ DATABASE_URL: URL, DATABASE_ENGINE: "sqlite" }).findings)).toEqual([
      "plan.primary-ignored",
    ])
  })

  test("without any folder memory serves, loudly", () => {
    const plan = planOf({}, [place({ problem: "not-writable", detail: "EROFS" })])
    expect(short(plan)).toEqual(["embedded :memory:"])
    expect(plan.candidates[0]).toMatchObject({ durability: "memory" })
    expect(codes(plan.findings)).toEqual(["storage.memory", "storage.no-folder"])
  })
})

describe("promise 4: where the files are, and what is said of it", () => {
  test("a place that will not last is told, durability with it", () => {
    const plan = planOf({ DATABASE_URL: URL }, [place(passing)])
    expect(plan.candidates[1]).toMatchObject({ kind: "sqlite", durability: "ephemeral" })
    expect(codes(plan.findings)).toEqual(["storage.ephemeral"])
    expect(codes(planOf({}, [place()]).findings)).toEqual([])
  })

  test("where SQLite is not used, nothing is said of its place", () => {
    expect(planOf({ DATABASE_URL: URL, DATABASE_FALLBACK: "off" }, [place(passing)]).findings).toEqual([])
  })

  test.each<[string, Partial<FolderFacts>, string[]]>([
    [
      "a bucket asked for",
      { origin: "configured", problem: "network", fileSystemType: "fuse" },
      ["storage.network-filesystem"],
    ],
    [
      "a working folder on NFS",
      { origin: "data", problem: "network", fileSystemType: "nfs4" },
      ["storage.network-filesystem"],
    ],
    [
      "a folder asked for, read-only",
      { origin: "configured", problem: "not-writable", detail: "EROFS" },
      ["storage.not-writable"],
    ],
    ["a file in its place", { origin: "configured", problem: "not-a-folder" }, ["storage.not-writable"]],
    [
      "a file that cannot be used",
      { origin: "data", problem: "file-unusable", detail: "x cannot be written" },
      ["storage.file-unusable"],
    ],
    ["./data merely tried", { origin: "data", problem: "not-writable", detail: "EACCES" }, []],
    ["a home merely tried", { origin: "home", problem: "network" }, []],
  ])("%s", (_, bad, expected) => {
    const plan = planOf({}, [
      place({ folder: "/bad", usable: false, ...bad }),
      place({ origin: "home", folder: "/good" }),
    ])
    expect(short(plan)[0]).toBe("embedded /good/embedded.sqlite")
    expect(codes(plan.findings)).toEqual(expected)
    expect(plan.trace.join("\n")).toContain("not /bad")
  })

  test("a full disk that holds a database serves it, and says so", () => {
    const plan = planOf({}, [place({ problem: "full", detail: "ENOSPC", usable: true }, rows)])
    expect(short(plan)[0]).toBe("embedded /srv/app/data/embedded.sqlite")
    expect(codes(plan.findings)).toEqual(["storage.full"])
  })

  test("a SQLite URL's own file; where it cannot be used, the chosen folder's", () => {
    const source = { DATABASE_URL: "sqlite:./db/my.db" }
    const url = place({ origin: "url", folder: "/srv/app/db" }, { "my.db": {} })
    const parts = { urlFile: "/srv/app/db/my.db" }
    expect(short(planOf(source, [url], "local", parts))[0]).toBe("embedded /srv/app/db/my.db")
    const bad: FolderFacts = { ...url, usable: false, problem: "not-writable", detail: "EACCES" }
    const plan = planOf(source, [bad, place()], "local", parts)
    expect(short(plan)[0]).toBe("embedded /srv/app/data/embedded.sqlite")
    expect(codes(plan.findings)).toEqual(["storage.not-writable"])
  })

  test("memory that was asked for is told, but is no failure", () => {
    const plan = planOf({ DATABASE_URL: "sqlite://:memory:" }, [], "local", { urlFile: ":memory:" })
    expect(short(plan)).toEqual(["embedded :memory:"])
    expect(codes(plan.findings)).toEqual(["storage.memory"])
  })
})

describe("promise 4: rows left behind in SQLite are not hidden by PostgreSQL", () => {
  const behind = [place({}, rows)]

  test("they serve, and PostgreSQL is not dialled", () => {
    const plan = planOf({ DATABASE_URL: URL }, behind)
    expect(short(plan)).toEqual(["embedded /srv/app/data/embedded.sqlite", "embedded :memory:"])
    expect(plan.wanted).toBe("data.left-behind")
    expect(codes(plan.findings)).toEqual(["data.left-behind"])
    expect(plan.trace.join("\n")).toContain("not dialled")
  })

  test("what could not be looked into counts as rows", () => {
    const plan = planOf({ DATABASE_URL: URL }, [
      place({}, { "embedded.sqlite": { kind: "unreadable", userRows: "unknown" } }),
    ])
    expect(plan.wanted).toBe("data.left-behind")
  })

  test("with a refused URL they serve too, for the URL's reason", () => {
    const plan = planOf({ DATABASE_URL: "mysql://h/db" }, behind)
    expect(short(plan)[0]).toBe("embedded /srv/app/data/embedded.sqlite")
    expect(plan.wanted).toBe("url.scheme-unsupported")
    expect(codes(plan.findings)).toEqual(["data.left-behind", "url.scheme-unsupported"])
  })

  test.each([
    ["none of the user's", [place({}, { "embedded.sqlite": { kind: "database" } })], {}],
    ["a primary that was seen", [place({}, { ...rows, "fallback.sqlite": { primarySeen: true } })], {}],
    ["PostgreSQL only", behind, { DATABASE_ENGINE: "postgresql" }],
    ["no fallback", behind, { DATABASE_FALLBACK: "off" }],
  ])("not with %s", (_, places, source) => {
    const plan = planOf({ DATABASE_URL: URL, ...source }, places)
    expect(short(plan)[0]).toBe("postgresql")
    expect(plan.wanted).toBeNull()
  })

  test("promise 4: writes that are owed to PostgreSQL are handed back before it serves, or told", () => {
    const owing = [
      place(
        {},
        { "fallback.sqlite": { kind: "database", userRows: "some", primarySeen: true, journal: "owed" } },
      ),
    ]
    const plan = planOf({ DATABASE_URL: URL }, owing)
    expect(plan.owed).toBe("journal.owed")
    expect(codes(plan.findings)).toEqual(["journal.owed"])
    expect(plan.trace.join("\n")).toContain("holds writes that are not handed back: it serves until they are")
    const alone = planOf({ DATABASE_URL: URL, DATABASE_FALLBACK: "off" }, owing)
    expect([alone.owed, codes(alone.findings)]).toEqual([null, ["journal.stranded"]])
    for (const source of [
      {},
      { DATABASE_ENGINE: "sqlite" },
      { DATABASE_ENGINE: "postgresql" },
      { DATABASE_URL: "mysql://u:p@h/db", DATABASE_FALLBACK: "off" },
    ])
      expect(codes(planOf(source, owing).findings)).toContain("journal.stranded")
    const leftBehind = [
      place({}, { ...rows, "fallback.sqlite": { kind: "database", userRows: "some", journal: "owed" } }),
    ]
    for (const url of [URL, "mysql://u:p@h/db"])
      expect(codes(planOf({ DATABASE_URL: url }, leftBehind).findings)).toEqual(
        expect.arrayContaining(["data.left-behind", "journal.stranded"]),
      )
    const settled = [
      place({}, { "fallback.sqlite": { kind: "database", userRows: "some", journal: "settled" } }),
    ]
    const after = planOf({ DATABASE_URL: URL }, settled)
    expect([after.owed, codes(after.findings)]).toEqual([null, []])
  })

  test("rows of a fallback that PostgreSQL has not had are told beside it", () => {
    const kept = [place({}, { "fallback.sqlite": { kind: "database", userRows: "some" } })]
    const plan = planOf({ DATABASE_URL: URL }, kept)
    expect(short(plan)[0]).toBe("postgresql")
    expect(codes(plan.findings)).toEqual(["data.not-returned"])
    const none = [place({}, { "fallback.sqlite": { kind: "database" } })]
    expect(codes(planOf({ DATABASE_URL: URL }, none).findings)).toEqual([])
    const locked = [place({}, { "fallback.sqlite": { kind: "unreadable", userRows: "unknown" } })]
    expect(codes(planOf({ DATABASE_URL: URL }, locked).findings)).toEqual([])
  })

  test("where no PostgreSQL is wanted they are simply the data", () => {
    expect(planOf({}, behind).findings).toEqual([])
  })
})

describe("promise 2: what this machine makes of a right URL", () => {
  const direct = "postgresql://postgres:pw@db.abcdefgh.supabase.co:5432/postgres"
  const pooler = (user: string): string =>
    `postgresql://${user}:pw@aws-0-eu-west-1.pooler.supabase.com:6543/postgres`

  test.each<[string, HostKind, string, Partial<HostFacts>, string[]]>([
    ["Supabase's direct host without IPv6", "local", direct, {}, ["host.supabase-direct"]],
    ["with IPv6", "local", direct, { ipv6: true }, []],
    ["a pooler with a plain user", "local", pooler("postgres"), {}, ["host.pooler-user"]],
    ["a pooler with the project's user", "local", pooler("postgres.abcdefgh"), {}, []],
    ["localhost on a plain machine", "local", "postgresql://u:p@localhost/db", {}, []],
    ["Prisma's schema", "local", "postgresql://u:p@h/db?schema=app", {}, ["plan.parameters-ignored"]],
    ["Prisma's default", "local", "postgresql://u:p@h/db?schema=public&connection_limit=5", {}, []],
    [
      "options",
      "local",
      "postgresql://u:p@h/db?options=-csearch_path%3Dapp",
      {},
      ["plan.parameters-ignored"],
    ],
    ...[
      "sslcrl=/crl.pem",
      "sslcrldir=/crl",
      "require_auth=scram-sha-256",
      "ssl_min_protocol_version=TLSv1.3",
      "SSL_MAX_PROTOCOL_VERSION=TLSv1.2",
      "gssencmode=require",
      "sslcertmode=require",
    ].map((query): [string, HostKind, string, Partial<HostFacts>, string[]] => [
      query,
      "local",
      `postgresql://u:p@h/db?${query}`,
      {},
      ["plan.security-ignored"],
    ]),
    [
      "what asks for nothing",
      "local",
      "postgresql://u:p@h/db?gssencmode=disable&sslcertmode=allow&sslcrl=",
      {},
      [],
    ],
    [
      "channel binding",
      "local",
      "postgresql://u:p@h/db?sslmode=require&channel_binding=require",
      {},
      ["plan.channel-binding-ignored"],
    ],
    ["channel binding if it can be", "local", "postgresql://u:p@h/db?channel_binding=prefer", {}, []],
    ["Neon's options", "local", "postgresql://u:p@h/db?options=endpoint%3Dep-cool-rain", {}, []],
    ["localhost in a container", "docker", "postgresql://u:p@localhost/db", {}, ["host.localhost"]],
    ["loopback in a container", "docker", "postgresql://u:p@127.0.0.1/db", {}, ["host.localhost"]],
    ["localhost in a pod, which may hold a proxy", "kubernetes", "postgresql://u:p@localhost/db", {}, []],
    ["5432 on a Space", "space", "postgresql://u:p@db.example.com/db", {}, ["host.port-blocked"]],
    ["443 on a Space", "space", "postgresql://u:p@db.example.com:443/db", {}, []],
    ["5432 elsewhere", "docker", "postgresql://u:p@db.example.com/db", {}, []],
  ])("%s", (_, kind, url, parts, expected) => {
    expect(codes(planOf({ DATABASE_URL: url }, [place()], kind, parts).findings)).toEqual(expected)
  })
})

test("promise 2: each parameter of security that is not read is named, and Neon's own URL is no cause for worry", () => {
  const { findings } = planOf({ DATABASE_URL: "postgresql://u:p@h/db?sslcrl=/x&require_auth=md5" })
  expect(findings.map(({ message }) => message).join()).toContain("sslcrl, require_auth are not read")
  const neon = planOf({ DATABASE_URL: "postgresql://u:p@h/db?sslmode=require&channel_binding=require" })
  expect(neon.findings.map(({ severity }) => severity)).toEqual(["info"])
})

describe("the plan as data", () => {
  test("the same settings and facts give the same plan, frozen", () => {
    const plan = planOf({ DATABASE_URL: URL })
    expect(plan).toEqual(planOf({ DATABASE_URL: URL }))
    for (const part of [plan, plan.candidates, plan.candidates[0], plan.findings, plan.trace]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })

  test("the trace is one line a step", () => {
    expect(planOf({ DATABASE_URL: URL }).trace).toEqual([
      "This is a plain machine.",
      "DATABASE_URL: PostgreSQL at db.example.com:6432 (ok).",
      "1. PostgreSQL at db.example.com:6432. What DATABASE_URL gives is valid.",
      "2. SQLite at /srv/app/data/fallback.sqlite (fallback). It stands in when PostgreSQL does not serve (read-write); /srv/app/data is in the working folder and durable: it is on a disk of this machine.",
      "3. SQLite at :memory: (fallback). Only in case that the file cannot be opened.",
    ])
  })

  test("the trace tells why nothing serves", () => {
    expect(planOf({ DATABASE_URL: "mysql://h/d", DATABASE_FALLBACK: "off" }).trace).toEqual([
      "This is a plain machine.",
      "DATABASE_URL: refused (url.scheme-unsupported).",
      "No fallback: DATABASE_FALLBACK is off.",
      "Nothing can serve.",
    ])
  })
})
