import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { lookAtFile } from "../../src/host/file-facts.ts"

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-facts-"))
  file = join(folder, "embedded.sqlite")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function make(sql: string, path = file): void {
  const database = new DatabaseSync(path)
  database.exec(`PRAGMA journal_mode = WAL; ${sql}`)
  database.close()
}

/** Everything that could show that a file was touched. */
function stateOf(): unknown {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const path = join(folder, name)
      const { mtimeMs, size, isFile } = { ...statSync(path), isFile: statSync(path).isFile() }
      return { name, mtimeMs, size, bytes: isFile ? readFileSync(path).toString("base64") : "" }
    })
}

describe("promise 4: rows that are in SQLite only are seen", () => {
  test.each([
    ["a user's table with a row", "CREATE TABLE tasks (id); INSERT INTO tasks VALUES (1)", "some"],
    ["a table of an odd name", `CREATE TABLE "a ""b" (id); INSERT INTO "a ""b" VALUES (1)`, "some"],
    [
      "a table without rowid",
      "CREATE TABLE t (id PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES (1)",
      "some",
    ],
    [
      "the second of two tables",
      "CREATE TABLE a (x); CREATE TABLE b (x); INSERT INTO b VALUES (NULL)",
      "some",
    ],
    ["empty tables", "CREATE TABLE tasks (id)", "none"],
    [
      "tables of our own",
      `CREATE TABLE kysely_migration (x); INSERT INTO kysely_migration VALUES (1);
       CREATE TABLE understudy_meta (x); INSERT INTO understudy_meta VALUES (1);
       CREATE TABLE q (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO q DEFAULT VALUES; DELETE FROM q`,
      "none",
    ],
    [
      "a view on our own",
      "CREATE TABLE understudy_a (x); INSERT INTO understudy_a VALUES (1); CREATE VIEW v AS SELECT * FROM understudy_a",
      "none",
    ],
  ])("%s", (_, sql, userRows) => {
    make(sql)
    const before = stateOf()
    expect(lookAtFile(file)).toMatchObject({ kind: "database", userRows, writable: true, primarySeen: false })
    expect(stateOf()).toEqual(before)
  })

  test("rows that a killed process left in the log only", () => {
    const live = new DatabaseSync(join(folder, "live"))
    live.exec(
      "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x); INSERT INTO t VALUES (1)",
    )
    for (const suffix of ["", "-wal"]) copyFileSync(join(folder, `live${suffix}`), file + suffix)
    live.close()
    const before = [readFileSync(file), readFileSync(`${file}-wal`)]
    expect(lookAtFile(file)).toMatchObject({ kind: "database", userRows: "some" })
    expect([readFileSync(file), readFileSync(`${file}-wal`)]).toEqual(before)
  })

  test("a file that this very process has open keeps its locks", () => {
    const live = new DatabaseSync(file)
    live.exec("CREATE TABLE t (x); INSERT INTO t VALUES (1); BEGIN IMMEDIATE")
    expect(lookAtFile(file).kind).toBe("database")
    const other = new DatabaseSync(file, { timeout: 0 })
    expect(() => other.exec("BEGIN IMMEDIATE")).toThrow("locked")
    other.close()
    live.close()
  })

  test("a primary that was seen is noted in the file, however many tables the program has (promise 4)", () => {
    const tables = Array.from({ length: 600 }, (_, index) => `CREATE TABLE t${index} (x);`).join("")
    make(
      `BEGIN; ${tables} CREATE TABLE understudy_primary (id); INSERT INTO understudy_primary VALUES (1); COMMIT`,
    )
    expect(lookAtFile(file).primarySeen).toBe(true)
  })

  test("writes that a fallback has not handed back are seen (promise 4)", () => {
    make(`create table understudy_origin (id integer primary key, returned_at integer);
      create table understudy_change (seq integer primary key, unit integer)`)
    expect(lookAtFile(file).journal).toBe("settled")
    make(
      "insert into understudy_origin values (1, 7), (2, null); insert into understudy_change values (1, 1 << 32)",
    )
    expect(lookAtFile(file).journal).toBe("settled")
    make("insert into understudy_change values (2, (2 << 32) | 5)")
    expect(lookAtFile(file).journal).toBe("owed")
    make("update understudy_origin set returned_at = 8")
    expect(lookAtFile(file).journal).toBe("settled")
    // Kept for another primary, while what came later was handed back.
    make("update understudy_origin set returned_at = null where id = 1")
    expect(lookAtFile(file).journal).toBe("owed")
  })

  test("a primary that was seen is noted in the file", () => {
    make("CREATE TABLE understudy_primary (id TEXT)")
    expect(lookAtFile(file).primarySeen).toBe(false)
    make("INSERT INTO understudy_primary VALUES ('x')")
    expect(lookAtFile(file).primarySeen).toBe(true)
  })

  test("what was damaged further in counts as unknown, not as none", () => {
    make("CREATE TABLE t (x); INSERT INTO t VALUES (hex(randomblob(9000)))")
    const bytes = readFileSync(file)
    bytes.fill(0xff, 100, 4096)
    writeFileSync(file, bytes)
    expect(lookAtFile(file)).toMatchObject({ kind: "unreadable", userRows: "unknown" })
  })
})

describe("promise 1: whatever stands there is looked at without harm", () => {
  test("nothing", () => {
    expect(lookAtFile(file)).toEqual({
      file,
      kind: "absent",
      writable: true,
      sizeBytes: 0,
      ownerUid: null,
      userRows: "none",
      journal: "none",
      primarySeen: false,
    })
    expect(readdirSync(folder)).toEqual([])
  })

  test("an empty file", () => {
    writeFileSync(file, "")
    expect(lookAtFile(file)).toMatchObject({ kind: "empty", writable: true, ownerUid: process.getuid?.() })
  })

  test("a text file", () => {
    writeFileSync(file, "no database at all\n".repeat(99))
    expect(lookAtFile(file)).toMatchObject({ kind: "not-a-database", userRows: "none" })
    expect(readdirSync(folder)).toEqual(["embedded.sqlite"])
  })

  test("a folder, a dangling link", () => {
    mkdirSync(file)
    symlinkSync("nowhere", join(folder, "link"))
    expect(lookAtFile(file)).toMatchObject({ kind: "blocked", writable: false })
    expect(lookAtFile(join(folder, "link"))).toMatchObject({ kind: "blocked", writable: false })
    expect(lookAtFile(join(folder, "a\u0000b")).kind).toBe("absent")
  })
})
