import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { readEnvironment } from "../../src/environment/environment.ts"
import { lifeOfFolder } from "../../src/host/durability.ts"
import { gatherHostFacts } from "../../src/host/gather.ts"
import { HOSTS, type HostKind } from "../../src/host/host-table.ts"
import { parseMounts } from "../../src/host/mounts.ts"
import { listPlaces } from "../../src/host/places.ts"
import { resolveDatabase } from "../../src/plan/resolve-database.ts"
import type { Plan } from "../../src/plan/plan.ts"
import { parseSettings } from "../../src/settings/parse-settings.ts"
import type { Settings } from "../../src/settings/settings.ts"
import { testMachine } from "../host/machine.ts"
import { codes } from "../settings/ground.ts"

/** A host as a service meets it, and what is to become of it. */
interface HostRow {
  readonly kind: HostKind
  readonly env: Readonly<Record<string, string>>
  /** Files by which it is known. */
  readonly files?: readonly string[]
  /** The file system of its root. */
  readonly root: "overlay" | "ext4"
  readonly policy: "read-only" | "read-write"
  readonly ownDisk: "durable" | "ephemeral"
  readonly port: number
  /** Where its users mount disks. */
  readonly disks: readonly string[]
}

const passing = { ownDisk: "ephemeral", port: 7860 } as const
const single = { ...passing, policy: "read-write" } as const
const several = { ...passing, policy: "read-only" } as const

const ROWS: readonly HostRow[] = [
  {
    kind: "space",
    env: { SPACE_ID: "ann/tasks", SPACE_HOST: "ann-tasks.hf.space", KUBERNETES_SERVICE_HOST: "10.0.0.1" },
    root: "overlay",
    ...single,
    disks: ["/data"],
  },
  {
    kind: "render",
    env: { RENDER: "true", RENDER_SERVICE_ID: "srv-1", PORT: "10000" },
    root: "overlay",
    ...several,
    port: 10_000,
    disks: ["/var/data", "/data"],
  },
  {
    kind: "railway",
    env: { RAILWAY_PROJECT_ID: "x", RAILWAY_SERVICE_ID: "y", PORT: "8080" },
    root: "overlay",
    ...several,
    port: 8080,
    disks: ["/data"],
  },
  {
    kind: "fly",
    env: { FLY_APP_NAME: "tasks", FLY_MACHINE_ID: "m1" },
    root: "overlay",
    ...several,
    disks: ["/data"],
  },
  {
    kind: "heroku",
    env: { DYNO: "web.1", PORT: "31234" },
    root: "overlay",
    ...several,
    port: 31_234,
    disks: [],
  },
  {
    kind: "kubernetes",
    env: { KUBERNETES_SERVICE_HOST: "10.0.0.1" },
    root: "overlay",
    ...several,
    disks: ["/data"],
  },
  { kind: "docker", env: {}, files: ["/.dockerenv"], root: "overlay", ...single, disks: ["/data"] },
  { kind: "local", env: {}, root: "ext4", ...single, ownDisk: "durable", disks: [] },
]

test("every host of the table has its row", () => {
  expect(ROWS.map(({ kind }) => kind).sort()).toEqual(Object.keys(HOSTS).sort())
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-hosts-"))
  for (const name of ["app", "home", "tmp"]) mkdirSync(join(folder, name))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** The whole way: variables and mount table in, settings and plan out. */
function look(
  { env, files = [], root }: HostRow,
  mounts: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
): { settings: Settings; plan: Plan } {
  const environment = readEnvironment({ ...env, ...more })
  const facts = gatherHostFacts(
    environment,
    testMachine(folder, {
      // The root again at this test's folder, which else would count as a temporary one.
      mounts: [`${root} / ${root} rw 0 0`, `${root} ${folder} ${root} rw 0 0`, ...mounts].join("\n"),
      // The machine that runs this test may be a container itself.
      exists: (path) => files.includes(path) || (path.startsWith(folder) && existsSync(path)),
    }),
  )
  const settings = parseSettings(environment, facts)
  return { settings, plan: resolveDatabase(settings, facts) }
}

const URL = "postgresql://ann:pw@db.example.com:443/app"

describe.each(ROWS.map((row) => [row.kind, row] as const))("promise 4 on %s", (kind, row) => {
  test("it is known, listens where the host wants it, and falls back as the host's instances allow", () => {
    const { settings, plan } = look(row, [], { DATABASE_URL: URL })
    expect(plan.trace[0]).toContain(kind === "local" ? "a plain machine" : HOSTS[kind].name)
    expect(settings.port).toBe(row.port)
    expect(settings.fallback).toBe(row.policy)
    expect(HOSTS[kind].mayHaveSeveralInstances).toBe(row.policy === "read-only")
    expect(plan.trace.join("\n")).toContain(`when PostgreSQL does not serve (${row.policy})`)
    expect(settings.nodeEnv).toBe(kind === "local" ? "development" : "production")
  })

  test("what becomes of its own disk is told", () => {
    const { plan } = look(row)
    const file = join(folder, "app/data/embedded.sqlite")
    expect(plan.candidates[0]).toMatchObject({ file, durability: row.ownDisk })
    expect(codes(plan.findings)).toEqual(row.ownDisk === "ephemeral" ? ["storage.ephemeral"] : [])
  })

  test("a mounted disk is where the files last", () => {
    const { plan } = look(row, [`/dev/sdb ${join(folder, "app/data")} ext4 rw 0 0`])
    const file = join(folder, "app/data/embedded.sqlite")
    expect(plan.candidates[0]).toMatchObject({ file, durability: "durable" })
    expect(plan.findings).toEqual([])
  })

  test("its users' folders for disks are looked at first, once a disk is there", () => {
    const mounts = parseMounts(row.disks.map((disk) => `/dev/sdb ${disk} ext4 rw 0 0`).join("\n"))
    const places = listPlaces({
      machine: testMachine(folder),
      host: HOSTS[kind],
      configured: null,
      urlFile: null,
      volume: null,
      isDurable: (path) => lifeOfFolder(path, mounts, HOSTS[kind], []).durability === "durable",
    })
    const volumes = places.filter(({ origin }) => origin === "volume").map((place) => place.folder)
    expect(volumes).toEqual(row.disks)
    expect(places.slice(0, volumes.length).map((place) => place.folder)).toEqual(row.disks)
  })

  test.each(["app/data", "bucket"])("a bucket at %s is known, told, and no place for the file", (at) => {
    const bucket = join(folder, at)
    const { plan } = look(row, [`hf-mount ${bucket} fuse rw 0 0`])
    const told = at === "app/data"
    expect(plan.candidates[0]).toMatchObject({ kind: "sqlite", durability: row.ownDisk })
    expect(plan.candidates[0]).not.toMatchObject({ file: expect.stringContaining(bucket) })
    expect(codes(plan.findings).includes("storage.network-filesystem")).toBe(told)
    expect(plan.trace.filter((line) => line.startsWith(`SQLite: not ${bucket}`))).toHaveLength(1)
    expect(existsSync(bucket)).toBe(false)
  })

  test.each(row.disks)("a bucket where disks are mounted, at %s, is told and not used", (disk) => {
    const { plan } = look(row, [`hf-mount ${disk} fuse rw 0 0`])
    expect(plan.trace).toContain(
      `SQLite: not ${disk}: hf-mount is mounted there, a network file system (fuse).`,
    )
    expect(plan.candidates[0]).toMatchObject({ file: join(folder, "app/data/embedded.sqlite") })
  })
})

test("promise 4: a bucket that was asked for is told once, as a finding", () => {
  const [space] = ROWS
  if (space === undefined) throw new Error("no row")
  const { plan } = look(space, ["hf-mount /data fuse rw 0 0"], { DATABASE_PATH: "/data/tasks" })
  expect(codes(plan.findings)).toEqual(["storage.ephemeral", "storage.network-filesystem"])
  expect(plan.trace.filter((line) => line.includes("/data"))).toEqual([
    "SQLite: not /data/tasks (from DATABASE_PATH): it is on a network file system (fuse).",
    expect.stringContaining("1. SQLite at"),
  ])
})

test("promise 2: mounts that nobody expects files at are not told", () => {
  const [space] = ROWS
  if (space === undefined) throw new Error("no row")
  const { plan } = look(space, ["server:/x /mnt/share nfs4 rw 0 0", "none /etc/hosts 9p rw 0 0"])
  expect(plan.trace.join("\n")).not.toMatch(/\/mnt\/share|\/etc\/hosts/)
})
