import { existsSync, renameSync, statSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import type { Clock } from "../../base/clock.ts"
import { finding, type Finding } from "../../errors/finding.ts"
import { UnderstudyError } from "../../errors/understudy-error.ts"
import { lookAtFile } from "../../host/file-facts.ts"
import { readOnlyLocation } from "../../host/read-only-location.ts"
import { detailOf, isDamage } from "./result-code.ts"

/** A file that is larger with its log would hold the main thread for too long: only its header and schema are read. */
export const LARGEST_CHECKED_BYTES: number = 32 * 1024 * 1024

/** Another program may look at the file for a moment. */
const BUSY_TIMEOUT_MS = 200

/** What belongs to a database file and moves with it. */
const COMPANIONS = ["-wal", "-shm", "-journal"] as const

/** Rows that break a rule of their table are the user's affair; the file is sound. */
const ROW_COMPLAINT =
  /^(NULL value in|CHECK constraint failed|NUMERIC value in|TEXT value in|non-\w+ value in)/

/**
 * Checks a file before it is opened for good: one that is no database, or fails `quick_check`, is set aside by
 * renaming, with its companions. Call it only as the file's owner.
 *
 * @returns the finding of a file set aside; null for a sound one or none.
 * @throws UnderstudyError `UNDERSTUDY_STORAGE` where a damaged file cannot be renamed.
 */
export function checkFile(file: string, clock: Clock): Finding | null {
  const detail = damageOf(file)
  return detail === null ? null : setAside(file, detail, clock)
}

/**
 * Sets a damaged file aside by renaming, with its companions. Call it only as the file's owner, when nothing has it open.
 *
 * @throws UnderstudyError `UNDERSTUDY_STORAGE` where it cannot be renamed.
 */
export function setAside(file: string, detail: string, clock: Clock): Finding {
  const aside = freeName(`${file}.corrupt-${stampOf(clock.now())}`)
  const owed = owedBy(file)
  try {
    // Its log first: a new database beside an old log would be read as one with it.
    for (const suffix of COMPANIONS) {
      if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix)
    }
    renameSync(file, aside)
  } catch (error) {
    throw new UnderstudyError("UNDERSTUDY_STORAGE", { file, detail: detailOf(error) }, { cause: error })
  }
  return finding("storage.corrupt", { file, aside, detail, owed })
}

/** What is said of the writes that a damaged file took for PostgreSQL, as far as it can be read. */
function owedBy(file: string): string {
  const { kind, journal } = lookAtFile(file)
  if (kind !== "database")
    return " Whether it holds writes that were not handed back to PostgreSQL cannot be told."
  return journal === "owed" ? " It holds writes that were not handed back to PostgreSQL." : ""
}

/** What a look at a file found. `too-large`: header and schema were read, the rest would take long. */
export type FileSight =
  | { readonly state: "sound" | "too-large" }
  | { readonly state: "damaged" | "unreadable"; readonly detail: string }

/** Looks at a file that is there by `quick_check`, on a connection that only reads. Nothing is changed or set aside. */
export function lookForDamage(file: string): FileSight {
  const large = isLarge(file)
  const options = { timeout: BUSY_TIMEOUT_MS, readOnly: true }
  try {
    const detail = inspect(() => new DatabaseSync(readOnlyLocation(file), options), large)
    if (detail !== null) return { state: "damaged", detail }
    return { state: large ? "too-large" : "sound" }
  } catch (error) {
    return { state: "unreadable", detail: detailOf(error) }
  }
}

/** What is wrong with the file, in SQLite's words; null where nothing is, or where it cannot be told now. */
function damageOf(file: string): string | null {
  const sizeBytes = sizeOf(file)
  if (sizeBytes === null || sizeBytes === 0) return null
  const large = isLarge(file)
  const options = { timeout: BUSY_TIMEOUT_MS }
  try {
    // Read-only at first: closing a writer would copy its log into a damaged file, and delete the log.
    return inspect(() => new DatabaseSync(readOnlyLocation(file), { ...options, readOnly: true }), large)
  } catch {
    // What a killed process left in a journal must be rolled back before anything can be read.
    return attemptInspection(() => inspect(() => new DatabaseSync(file, options), large))
  }
}

function attemptInspection(look: () => string | null): string | null {
  try {
    return look()
  } catch {
    return null
  }
}

/** Throws what does not tell of damage: a lock, a missing right. */
function inspect(open: () => DatabaseSync, large: boolean): string | null {
  let database: DatabaseSync | undefined
  try {
    database = open()
    database.exec("PRAGMA trusted_schema = OFF; PRAGMA ignore_check_constraints = ON")
    database.prepare("SELECT count(*) FROM sqlite_schema").get()
    return large ? null : quickCheck(database)
  } catch (error) {
    if (isDamage(error)) return detailOf(error)
    throw error
  } finally {
    closeQuietly(database)
  }
}

function quickCheck(database: DatabaseSync): string | null {
  const lines = database
    .prepare("PRAGMA quick_check(100)")
    .all()
    .map((row) => String(row["quick_check"]))
  const damaged = lines.find((line) => line !== "ok" && !ROW_COMPLAINT.test(line))
  // SQLite names tables and pages there, never a value; the first line will do.
  return damaged === undefined ? null : `quick_check: ${damaged.split("\n").slice(0, 2).join(" ")}`
}

function sizeOf(file: string): number | null {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat?.isFile() === true ? stat.size : null
}

/** What was not yet written from the log into the file is checked as well. */
function isLarge(file: string): boolean {
  return (sizeOf(file) ?? 0) + (sizeOf(`${file}-wal`) ?? 0) > LARGEST_CHECKED_BYTES
}

function closeQuietly(database: DatabaseSync | undefined): void {
  try {
    database?.close()
  } catch {
    // A damaged file may fail its last checkpoint too.
  }
}

/** `20261123T101530Z`: sorts by time, and every file system takes it. */
function stampOf(now: Date): string {
  return now.toISOString().replaceAll(/[-:]|\.\d+/g, "")
}

function freeName(name: string): string {
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name}-${count}`
    if (!existsSync(candidate)) return candidate
  }
}
