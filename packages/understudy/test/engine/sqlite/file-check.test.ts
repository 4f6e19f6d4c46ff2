import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Clock } from "../../../src/base/clock.ts"
import { claimFile } from "../../../src/engine/sqlite/claim-file.ts"
import { checkFile } from "../../../src/engine/sqlite/file-check.ts"

const clock: Clock = { monotonicMs: () => 0, now: () => new Date("2026-11-23T10:15:30.123Z") }
const STAMP = "20261123T101530Z"

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-check-"))
  file = join(folder, "embedded.sqlite")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A database of a few hundred pages. */
function fill(path: string, sql = ""): void {
  const database = new DatabaseSync(path)
  database.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT NOT NULL CHECK (length(x) > 3)); CREATE INDEX tx ON t (x);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
    INSERT INTO t SELECT i, 'row number ' || i || hex(randomblob(40)) FROM n; ${sql}`)
  database.close()
}

function rowsOf(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return Number(database.prepare("SELECT count(*) AS n FROM t").get()?.["n"])
  } finally {
    database.close()
  }
}

describe("promise 4: what cannot be read is set aside, never deleted", () => {
  test.each([
    ["a text file", (path: string) => writeFileSync(path, "<html>not a database</html>\n".repeat(50))],
    ["a short text file", (path: string) => writeFileSync(path, "hello\n")],
    ["random bytes", (path: string) => writeFileSync(path, Buffer.alloc(8192, 0x5a))],
    [
      "a database whose inner pages were overwritten",
      (path: string) => {
        fill(path)
        const bytes = readFileSync(path)
        bytes.fill(0xa5, 4096 * 20, 4096 * 60)
        writeFileSync(path, bytes)
      },
    ],
    [
      "a database cut short",
      (path: string) => {
        fill(path)
        truncateSync(path, 4096 * 10)
      },
    ],
  ])("%s", (_, make) => {
    make(file)
    const before = readFileSync(file)
    const found = checkFile(file, clock)
    expect(found).toMatchObject({ code: "storage.corrupt", severity: "error" })
    expect(found?.message).toContain(`${file}.corrupt-${STAMP}`)
    expect(existsSync(file)).toBe(false)
    expect(readFileSync(`${file}.corrupt-${STAMP}`)).toEqual(before)
  })

  test("its log goes with it, under the name that SQLite looks for", () => {
    writeFileSync(file, "x".repeat(5000))
    writeFileSync(`${file}-wal`, "log")
    writeFileSync(`${file}-shm`, "index")
    checkFile(file, clock)
    const aside = `embedded.sqlite.corrupt-${STAMP}`
    expect(readdirSync(folder).sort()).toEqual([aside, `${aside}-shm`, `${aside}-wal`])
  })

  test("a second one in the same second gets a name of its own", () => {
    for (const text of ["one", "two"]) {
      writeFileSync(file, text.repeat(500))
      checkFile(file, clock)
    }
    expect(readdirSync(folder).sort()).toEqual([
      `embedded.sqlite.corrupt-${STAMP}`,
      `embedded.sqlite.corrupt-${STAMP}-2`,
    ])
  })

  test("a claim begins a new file in its place", () => {
    writeFileSync(file, "no database".repeat(500))
    using claim = claimFile(file, clock)
    expect(claim.findings.map(({ code }) => code)).toEqual(["storage.corrupt"])
    const database = new DatabaseSync(claim.file)
    database.exec("CREATE TABLE t (id)")
    database.close()
    expect(rowsOf(file)).toBe(0)
  })
})

describe("promise 4: what can be read stays where it is", () => {
  test("a sound database", () => {
    fill(file)
    expect(checkFile(file, clock)).toBeNull()
    expect(readdirSync(folder)).toEqual(["embedded.sqlite"])
    expect(rowsOf(file)).toBe(3000)
  })

  test("no file, an empty file, a folder", () => {
    expect(checkFile(file, clock)).toBeNull()
    writeFileSync(file, "")
    expect(checkFile(file, clock)).toBeNull()
    expect(checkFile(folder, clock)).toBeNull()
    expect(readdirSync(folder)).toEqual(["embedded.sqlite"])
  })

  test("rows that break their table's own rules", () => {
    const database = new DatabaseSync(file)
    database.function("is_fine", (x) => (x === "x" ? 0 : 1))
    database.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT NOT NULL CHECK (is_fine(x)), y CHECK (y > 3));
      PRAGMA ignore_check_constraints = ON; INSERT INTO t VALUES (1, 'x', 1)`)
    database.close()
    expect(checkFile(file, clock)).toBeNull()
    expect(rowsOf(file)).toBe(1)
  })

  test("what a killed process left: a journal that must be rolled back", () => {
    const live = join(folder, "live.sqlite")
    fill(live)
    const database = new DatabaseSync(live)
    database.exec("PRAGMA cache_size = 1; BEGIN; UPDATE t SET x = x || 'changed'")
    for (const suffix of ["", "-journal"]) copyFileSync(live + suffix, file + suffix)
    database.close()
    expect(checkFile(file, clock)).toBeNull()
    const after = new DatabaseSync(file)
    expect(after.prepare("SELECT count(*) AS n FROM t WHERE x LIKE '%changed'").get()).toEqual({ n: 0 })
    after.close()
  })

  test("what a killed process left: rows that are in the log only", () => {
    const database = new DatabaseSync(join(folder, "live.sqlite"))
    database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (id); INSERT INTO t VALUES (1), (2)",
    )
    for (const suffix of ["", "-wal"]) copyFileSync(join(folder, `live.sqlite${suffix}`), file + suffix)
    database.close()
    expect(checkFile(file, clock)).toBeNull()
    expect(rowsOf(file)).toBe(2)
  })

  test("a file that another program has locked for now", () => {
    fill(file)
    const other = new DatabaseSync(file)
    other.exec("BEGIN EXCLUSIVE")
    expect(checkFile(file, clock)).toBeNull()
    other.close()
    expect(rowsOf(file)).toBe(3000)
  })
})
