import { spawnSync } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest"
import { readEnvironment } from "../../src/environment/environment.ts"
import { gatherHostFacts } from "../../src/host/gather.ts"
import type { FolderFacts, HostFacts } from "../../src/host/host-facts.ts"
import type { HostKind } from "../../src/host/host-table.ts"
import { thisMachine } from "../../src/host/machine.ts"
import { testMachine } from "./machine.ts"

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-host-"))
  for (const name of ["app", "home", "tmp"]) mkdirSync(join(folder, name))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function gather(
  source: Record<string, string> = {},
  parts: Parameters<typeof testMachine>[1] = {},
): HostFacts {
  return gatherHostFacts(readEnvironment(source), testMachine(folder, parts))
}

const chosen = (facts: HostFacts): FolderFacts | undefined => facts.places.find(({ usable }) => usable)
const problems = (facts: HostFacts): unknown[] => facts.places.map(({ origin, problem }) => [origin, problem])

describe("promise 2: the host is known", () => {
  test.each<[HostKind, string | null, Record<string, string>, string[]]>([
    ["space", "SPACE_ID", { SPACE_ID: "a/b", KUBERNETES_SERVICE_HOST: "10.0.0.1" }, []],
    ["space", "SYSTEM", { SYSTEM: "spaces" }, ["/.dockerenv"]],
    ["render", "RENDER", { RENDER: "true" }, ["/.dockerenv"]],
    ["railway", "RAILWAY_PROJECT_ID", { RAILWAY_PROJECT_ID: "x" }, []],
    ["fly", "FLY_APP_NAME", { FLY_APP_NAME: "x" }, []],
    ["heroku", "DYNO", { DYNO: "web.1" }, []],
    ["kubernetes", "KUBERNETES_SERVICE_HOST", { KUBERNETES_SERVICE_HOST: "10.0.0.1" }, []],
    ["docker", "/.dockerenv", {}, ["/.dockerenv"]],
    ["docker", "/run/.containerenv", {}, ["/run/.containerenv"]],
    ["local", null, { SYSTEM: "linux" }, []],
  ])("%s by %s", (kind, detectedBy, source, files) => {
    // The machine that runs this test may be a container itself.
    const exists = (path: string): boolean =>
      files.includes(path) || (path.startsWith(folder) && existsSync(path))
    expect(gather(source, { exists })).toMatchObject({
      host: { kind },
      detectedBy,
      inContainer: kind !== "local",
    })
  })

  test("a .env file has no say in it", () => {
    const dotEnvFile = join(folder, "app", ".env")
    writeFileSync(dotEnvFile, "SPACE_ID=a/b\n")
    const facts = gatherHostFacts(readEnvironment({}, { dotEnvFile }), testMachine(folder))
    expect(facts.host.kind).not.toBe("space")
  })

  test.each([
    [["127.0.0.1", "::1"], false],
    [["fe80::1", "fd00::1"], false],
    [["2a06:98c0::1"], true],
    [[], false],
  ])("IPv6 by %j: %s", (addresses, ipv6) => expect(gather({}, { addresses }).ipv6).toBe(ipv6))
})

describe("promise 1: there is always a place, proved by writing", () => {
  test("./data, made when missing, private, and left empty", () => {
    const facts = gather()
    expect(chosen(facts)).toMatchObject({ origin: "data", folder: join(folder, "app", "data") })
    expect(statSync(join(folder, "app", "data")).mode & 0o777).toBe(0o700)
    expect(readdirSync(join(folder, "app", "data"))).toEqual([])
    expect(facts.places).toHaveLength(1)
  })

  test("who only looks takes away what was made for the proof, and nothing else", () => {
    mkdirSync(join(folder, "a"))
    const environment = readEnvironment({ DATABASE_PATH: join(folder, "a/b/c") })
    const look = (keepFolders: boolean): HostFacts =>
      gatherHostFacts(environment, testMachine(folder), { keepFolders })
    const looked = look(false)
    expect(chosen(looked)).toMatchObject({ origin: "configured", folder: join(folder, "a/b/c") })
    expect(readdirSync(join(folder, "a"))).toEqual([])
    expect(look(true)).toEqual(looked)
    expect(existsSync(join(folder, "a/b/c"))).toBe(true)
    expect(look(false)).toEqual(looked)
    expect(existsSync(join(folder, "a/b/c"))).toBe(true)
  })

  test("the configured one first, made with its parents; relative ones stand in the working folder", () => {
    expect(chosen(gather({ DATABASE_PATH: join(folder, "a/b/c") }))?.folder).toBe(join(folder, "a/b/c"))
    expect(chosen(gather({ DATABASE_PATH: "x/y" }))?.folder).toBe(join(folder, "app/x/y"))
    expect(chosen(gather({ DATABASE_PATH: "~/x" }))?.folder).toBe(join(folder, "home/x"))
    expect(existsSync(join(folder, "app/data"))).toBe(false)
  })

  test("what is no folder is passed over", () => {
    writeFileSync(join(folder, "file"), "")
    writeFileSync(join(folder, "app/data"), "")
    const facts = gather({ DATABASE_PATH: join(folder, "file/inside") })
    expect(problems(facts)).toEqual([
      ["configured", "not-a-folder"],
      ["data", "not-a-folder"],
      ["home", null],
    ])
    expect(chosen(facts)?.folder).toMatch(/home\/\.understudy\/app-[0-9a-f]{8}$/)
  })

  test("a folder where nothing can be made is passed over, and nothing is left of the try", () => {
    const facts = gather({ DATABASE_PATH: "/proc/understudy/x" })
    expect(facts.places[0]).toMatchObject({ origin: "configured", problem: "not-writable", detail: "ENOENT" })
    expect(chosen(facts)?.origin).toBe("data")
  })

  test("the temporary folder is the last, and only one that is ours", () => {
    writeFileSync(join(folder, "app/data"), "")
    const first = gather({}, { homeFolder: null })
    expect(chosen(first)).toMatchObject({ origin: "temp", durability: "ephemeral" })

    const own = chosen(first)?.folder ?? ""
    rmSync(own, { recursive: true })
    mkdirSync(join(folder, "elsewhere"))
    symlinkSync(join(folder, "elsewhere"), own)
    const second = gather({}, { homeFolder: null })
    expect(chosen(second)).toBeUndefined()
    expect(second.places.at(-1)).toMatchObject({ origin: "temp", problem: "foreign-owner" })
  })

  test("no machine is too odd: no mounts, no home, no user, no working folder", () => {
    const facts = gather(
      { DATABASE_PATH: "a\u0000b", HOME: "nonsense" },
      { workingFolder: "/proc/nothing", homeFolder: "/nonexistent", uid: null, addresses: [] },
    )
    expect(chosen(facts)?.origin).toBe("temp")
    expect(existsSync("/nonexistent")).toBe(false)
  })

  test("this very machine gives facts, quickly", () => {
    const environment = readEnvironment({ DATABASE_PATH: folder })
    const start = performance.now()
    const facts = gatherHostFacts(environment, thisMachine(environment))
    expect(chosen(facts)?.folder).toBe(folder)
    // It takes about 2 ms.
    expect(performance.now() - start).toBeLessThan(250)
    expect(Object.isFrozen(facts) && Object.isFrozen(facts.places)).toBe(true)
  })
})

describe("promise 4: the place is one where files last", () => {
  const bucket = (path: string): string => `overlay / overlay rw 0 0\nhf-mount ${path} fuse rw 0 0`
  const disk = (path: string): string => `overlay / overlay rw 0 0\n/dev/sdb ${path} ext4 rw 0 0`

  test("a bucket is no place, not even looked at, and remembered for snapshots", () => {
    const data = join(folder, "bucket")
    const facts = gather({ SPACE_ID: "a/b", DATABASE_PATH: data }, { mounts: bucket(data) })
    expect(facts.places[0]).toMatchObject({ problem: "network", fileSystemType: "fuse", usable: false })
    expect(existsSync(data)).toBe(false)
    expect(chosen(facts)).toMatchObject({ origin: "data", durability: "ephemeral" })
    expect(facts.networkMounts).toEqual([{ folder: data, source: "hf-mount", type: "fuse" }])
  })

  test("nor through a link", () => {
    symlinkSync(join(folder, "bucket"), join(folder, "link"))
    const facts = gather(
      { DATABASE_PATH: join(folder, "link/x") },
      { mounts: bucket(join(folder, "bucket")) },
    )
    expect(facts.places[0]).toMatchObject({ problem: "network" })
    expect(existsSync(join(folder, "bucket"))).toBe(false)
  })

  test("nor through a link in the place of the file", () => {
    mkdirSync(join(folder, "app/data"))
    symlinkSync(join(folder, "bucket/x.sqlite"), join(folder, "app/data/embedded.sqlite"))
    const facts = gather({}, { mounts: bucket(join(folder, "bucket")) })
    expect(facts.places[0]).toMatchObject({ origin: "data", problem: "file-unusable" })
    expect(facts.places[0]?.detail).toContain("network")
  })

  test("a home on a network file system is not even asked whether it is there", () => {
    writeFileSync(join(folder, "app/data"), "")
    const asked: string[] = []
    const home = join(folder, "home")
    const exists = (path: string): boolean => asked.push(path) > 0 && existsSync(path)
    const facts = gather({}, { mounts: bucket(home), exists })
    expect(facts.places[1]).toMatchObject({ origin: "home", problem: "network" })
    expect(asked).not.toContain(home)
  })

  test("a mounted volume goes before ./data", () => {
    const volume = join(folder, "volume")
    const facts = gather(
      { RAILWAY_PROJECT_ID: "x", RAILWAY_VOLUME_MOUNT_PATH: volume },
      { mounts: disk(volume) },
    )
    expect(chosen(facts)).toMatchObject({ origin: "volume", folder: volume, durability: "durable" })
  })

  test("a folder of that name without a mount proves nothing", () => {
    const volume = join(folder, "volume")
    const source = { RAILWAY_PROJECT_ID: "x", RAILWAY_VOLUME_MOUNT_PATH: volume }
    expect(chosen(gather(source, { mounts: "overlay / overlay rw 0 0" }))).toMatchObject({
      origin: "data",
      durability: "ephemeral",
    })
  })

  test("in a container a durable home goes before a passing ./data", () => {
    const source = { SPACE_ID: "a/b" }
    expect(chosen(gather(source, { mounts: disk(join(folder, "home")) }))?.origin).toBe("home")
    expect(chosen(gather(source, { mounts: disk(join(folder, "app")) }))?.origin).toBe("data")
  })

  test("the mount source's user and password are not kept", () => {
    const facts = gather({}, { mounts: "//user:canary-canary@server/share /mnt cifs rw 0 0" })
    expect(facts.networkMounts).toEqual([{ folder: "/mnt", source: "//server/share", type: "cifs" }])
  })
})

describe("promise 4: what stands there is respected", () => {
  test("a folder or a link in the place of a file makes the place unusable", () => {
    mkdirSync(join(folder, "app/data/embedded.sqlite"), { recursive: true })
    const facts = gather()
    expect(facts.places[0]).toMatchObject({ origin: "data", problem: "file-unusable" })
    expect(facts.places[0]?.detail).toContain("is not a file")
    expect(chosen(facts)?.origin).toBe("home")
  })

  test("rows of the embedded file are seen", () => {
    mkdirSync(join(folder, "app/data"))
    const database = new DatabaseSync(join(folder, "app/data/embedded.sqlite"))
    database.exec("CREATE TABLE t (x); INSERT INTO t VALUES (1)")
    database.close()
    expect(chosen(gather())?.files).toMatchObject({
      "embedded.sqlite": { kind: "database", userRows: "some" },
      "fallback.sqlite": { kind: "absent" },
    })
  })
})

// A disk that is full is made by mounting a tiny one, for which it takes root and the right to mount.
const tiny = mkdtempSync(join(tmpdir(), "understudy-tiny-"))
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "understudy", tiny]).status === 0
afterAll(() => {
  if (mounted) spawnSync("umount", [tiny])
  rmSync(tiny, { recursive: true, force: true })
})

describe.skipIf(!mounted)("promise 4: a full disk hides no data (needs the right to mount)", () => {
  const fill = (): void => {
    try {
      writeFileSync(join(tiny, "ballast"), Buffer.alloc(1_000_000))
    } catch {
      // That is the point.
    }
  }

  test("an empty folder on it is passed over; one with a database is used", () => {
    fill()
    expect(gather({ DATABASE_PATH: tiny }).places[0]).toMatchObject({ usable: false, problem: "full" })
    rmSync(join(tiny, "ballast"))
    const database = new DatabaseSync(join(tiny, "embedded.sqlite"))
    database.exec("CREATE TABLE t (x); INSERT INTO t VALUES (1)")
    database.close()
    fill()
    const facts = gather({ DATABASE_PATH: tiny })
    expect(chosen(facts)).toMatchObject({ origin: "configured", problem: "full", detail: "ENOSPC" })
    expect(readdirSync(tiny).sort()).toEqual(["ballast", "embedded.sqlite"])
  })
})

describe("a SQLite URL names its file", () => {
  test.each([
    ["sqlite:///./sub/my.db", "app/sub/my.db"],
    ["data/app.db", "app/data/app.db"],
  ])("%s", (url, file) => {
    const facts = gather({ DATABASE_URL: url })
    expect(facts.urlFile).toBe(join(folder, file))
    expect(chosen(facts)).toMatchObject({ origin: "url" })
    expect(Object.keys(chosen(facts)?.files ?? {})).toEqual([file.split("/").at(-1)])
  })

  test("a folder of that name: another place", () => {
    mkdirSync(join(folder, "app/my.db"))
    const facts = gather({ DATABASE_URL: "sqlite:./my.db" })
    expect(problems(facts)).toEqual([
      ["url", "file-unusable"],
      ["data", null],
    ])
  })

  test("memory needs no place", () => {
    expect(gather({ DATABASE_URL: "sqlite://:memory:" })).toMatchObject({ urlFile: ":memory:", places: [] })
    expect(readdirSync(join(folder, "app"))).toEqual([])
  })

  test("a PostgreSQL URL names none", () => {
    expect(gather({ DATABASE_URL: "postgres://u:p@h/db" }).urlFile).toBeNull()
  })
})
