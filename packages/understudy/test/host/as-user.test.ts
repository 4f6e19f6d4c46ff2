import { execFileSync } from "node:child_process"
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { FolderFacts } from "../../src/host/host-facts.ts"

const USER = 1000
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-user-"))
  chmodSync(folder, 0o755)
  for (const name of ["app", "home", "tmp"]) mkdirSync(join(folder, name), { mode: 0o755 })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function lookAsUser(source: Record<string, string> = {}): FolderFacts[] {
  const script = join(import.meta.dirname, "look-as-user.ts")
  const args = [script, folder, String(USER), JSON.stringify(source)]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as FolderFacts[]
}

function give(path: string, mode: number): void {
  chownSync(path, USER, USER)
  chmodSync(path, mode)
}

// Becoming another user needs root; without it there is no folder that this user may not write to.
describe.skipIf(process.getuid?.() !== 0)(
  "promise 1: a user without rights still finds a place (needs root)",
  () => {
    test("a folder of root's is passed over for the home folder", () => {
      give(join(folder, "home"), 0o700)
      const places = lookAsUser()
      expect(places.map(({ origin, problem, detail }) => [origin, problem, detail])).toEqual([
        ["data", "not-writable", "EACCES"],
        ["home", null, null],
      ])
    })

    test("a folder without the right to write, whoever owns it", () => {
      mkdirSync(join(folder, "app/data"))
      give(join(folder, "app/data"), 0o500)
      chmodSync(join(folder, "tmp"), 0o1777)
      expect(lookAsUser().map(({ origin, problem }) => [origin, problem])).toEqual([
        ["data", "not-writable"],
        ["home", "not-writable"],
        ["temp", null],
      ])
    })

    test("a temporary folder that another user has made is not trusted", () => {
      chmodSync(join(folder, "tmp"), 0o1777)
      const name = lookAsUser().at(-1)?.folder ?? ""
      rmSync(name, { recursive: true })
      mkdirSync(name)
      chmodSync(name, 0o777)
      expect(lookAsUser().at(-1)).toMatchObject({ origin: "temp", usable: false, problem: "foreign-owner" })
      expect(readdirSync(name)).toEqual([])
    })

    test.each(["embedded.sqlite", "embedded.sqlite-wal"])(
      "a %s that root left there: another place",
      (name) => {
        mkdirSync(join(folder, "app/data"))
        give(join(folder, "app/data"), 0o700)
        give(join(folder, "home"), 0o700)
        const file = join(folder, "app/data/embedded.sqlite")
        new DatabaseSync(file).close()
        writeFileSync(file, "", { flag: "a" })
        give(file, 0o600)
        writeFileSync(join(folder, "app/data", name), "", { flag: "a" })
        chownSync(join(folder, "app/data", name), 0, 0)
        chmodSync(join(folder, "app/data", name), 0o644)
        const places = lookAsUser()
        expect(places[0]).toMatchObject({ problem: "file-unusable" })
        expect(places[0]?.detail).toContain("cannot be written")
        expect(places[1]).toMatchObject({ origin: "home", usable: true })
      },
    )
  },
)
