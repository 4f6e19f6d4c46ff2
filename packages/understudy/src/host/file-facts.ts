import { accessSync, constants, existsSync, lstatSync, statSync, type Stats } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import type { FileFacts } from "./host-facts.ts"
import { readOnlyLocation } from "./read-only-location.ts"

const SQLITE_NOTADB = 26

/** Tables that hold nothing of the user's. */
const OWN_TABLE = /^(sqlite|understudy|kysely)_/i

/** Has a row as soon as a primary has met the file. */
const PRIMARY_TABLE = "understudy_primary"

/** Looking further would cost time; a schema of that size is surely somebody's. */
const MOST_TABLES = 500

/** What stands beside a database while it is used. */
const COMPANIONS = ["-wal", "-shm", "-journal", ".owner"] as const

/** The openings of the file for writing. One that is not returned owes something where a change is of it: the last one need not. */
const ORIGIN_TABLE = "understudy_origin"
const OWED = `SELECT 1 FROM understudy_origin o WHERE o.returned_at IS NULL AND (
  o.id <> (SELECT max(id) FROM understudy_origin)
  OR o.id = (SELECT unit >> 32 FROM understudy_change ORDER BY seq DESC LIMIT 1))`

type Content = Pick<FileFacts, "kind" | "userRows" | "primarySeen" | "journal">

const NOTHING: Omit<Content, "kind"> = { userRows: "none", primarySeen: false, journal: "none" }

/**
 * Looks at a file without changing it. It is never opened but through SQLite: closing a plain descriptor would drop
 * the locks that another connection of this process holds on it. Never throws.
 */
export function lookAtFile(file: string): FileFacts {
  const stat = statOf(file)
  if (stat === undefined || !stat.isFile()) {
    const kind = stat === undefined ? "absent" : "blocked"
    return freeze(file, stat, { ...NOTHING, kind }, kind === "absent" && isWritable(file))
  }
  const writable = isWritable(file)
  // An empty file is an empty database, unless its first pages are still in the log.
  if (stat.size === 0 && !existsSync(`${file}-wal`)) {
    return freeze(file, stat, { ...NOTHING, kind: "empty" }, writable)
  }
  return freeze(file, stat, lookInside(file), writable)
}

function lookInside(file: string): Content {
  const unreadable: Content = { ...NOTHING, kind: "unreadable", userRows: "unknown" }
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(readOnlyLocation(file), { readOnly: true, timeout: 0 })
    database.exec("PRAGMA trusted_schema = OFF")
    const tables = database
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'create virtual%' LIMIT ?",
      )
      .all(MOST_TABLES)
      .map((row) => String(row["name"]))
    return {
      kind: "database",
      userRows: tables.some((name) => !OWN_TABLE.test(name) && hasRows(database, name)) ? "some" : "none",
      primarySeen: hasTable(database, PRIMARY_TABLE) && hasRows(database, PRIMARY_TABLE),
      journal: journalIn(database),
    }
  } catch (error) {
    if (errcodeOf(error) !== SQLITE_NOTADB) return unreadable
    return { ...NOTHING, kind: "not-a-database" }
  } finally {
    database?.close()
  }
}

function journalIn(database: DatabaseSync): FileFacts["journal"] {
  if (!hasTable(database, ORIGIN_TABLE)) return "none"
  return database.prepare(OWED).get() === undefined ? "settled" : "owed"
}

function hasTable(database: DatabaseSync, table: string): boolean {
  return (
    database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined
  )
}

function hasRows(database: DatabaseSync | undefined, table: string): boolean {
  return database?.prepare(`SELECT 1 FROM "${table.replaceAll('"', '""')}" LIMIT 1`).get() !== undefined
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file)
  } catch {
    // A dangling link stands in the way as much as a folder does.
    return lstatOrUndefined(file)
  }
}

function lstatOrUndefined(file: string): Stats | undefined {
  try {
    return lstatSync(file)
  } catch {
    return undefined
  }
}

/** SQLite writes the companions too: one left by root makes the database read-only for anybody else. */
function isWritable(file: string): boolean {
  try {
    for (const path of [file, ...COMPANIONS.map((suffix) => file + suffix)]) {
      if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK)
    }
    return true
  } catch {
    return false
  }
}

function errcodeOf(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === "number" ? code & 0xff : undefined
}

function freeze(file: string, stat: Stats | undefined, content: Content, writable: boolean): FileFacts {
  return Object.freeze({
    file,
    ...content,
    writable,
    sizeBytes: stat?.size ?? 0,
    ownerUid: stat?.uid ?? null,
  })
}
