import { closeSync, existsSync, openSync, unlinkSync } from "node:fs"
import { hostname } from "node:os"
import { DatabaseSync } from "node:sqlite"
import { UnderstudyError } from "../../errors/understudy-error.ts"
import { isWriteLocked } from "../../host/file-locks.ts"
import { readOnlyLocation } from "../../host/read-only-location.ts"
import { detailOf, resultCodeOf, SQLITE_RESULT } from "./result-code.ts"

/** Who holds a file, as far as it could be read. */
export interface Holder {
  readonly pid: number | null
  readonly host: string | null
}

/** The one owner's lock on a SQLite file. It ends with {@link OwnerLock.release} or with the process, even killed. */
export interface OwnerLock extends Disposable {
  /** The file that is owned. */
  readonly file: string
  /** Gives the file up. Can be called again. */
  release(): void
}

/** How long a commit waits for another process that reads who the holder is. */
const COMMIT_WAIT_MS = 1000

/**
 * Takes the exclusive lock on `<file>.owner`, or tells who holds it. It never waits for the holder.
 *
 * The lock is an open write transaction on a tiny database: the kernel drops it with the process, and others can
 * still read who holds it. The lock file stays when it is given up: to remove it would let two in.
 *
 * @throws UnderstudyError `UNDERSTUDY_STORAGE` where the lock file cannot be made.
 */
export function acquireOwnerLock(file: string): OwnerLock | { readonly heldBy: Holder } {
  const path = `${file}.owner`
  try {
    return tryAcquire(file, path)
  } catch (error) {
    const code = resultCodeOf(error)
    if (code !== SQLITE_RESULT.notADatabase && code !== SQLITE_RESULT.corrupt) throw storageError(file, error)
  }
  // Nobody can hold a lock of this kind on a file that is no database. It holds nothing worth keeping.
  try {
    unlinkSync(path)
    return tryAcquire(file, path)
  } catch (error) {
    throw storageError(file, error)
  }
}

function tryAcquire(file: string, path: string): OwnerLock | { readonly heldBy: Holder } {
  createPrivate(path)
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    if (!begin(database)) return withClosed(database, { heldBy: readHolder(database) })
    noteHolder(database)
    if (!begin(database)) return withClosed(database, { heldBy: readHolder(database) })
    return new HeldLock(file, database)
  } catch (error) {
    database.close()
    throw error
  }
}

/** Who holds the file, as far as can be seen without touching its lock. */
export type OwnerSight =
  { readonly state: "free" } | { readonly state: "held" | "unknown"; readonly holder: Holder }

/** Looks who holds a file. It takes no lock, not for a moment: a service that starts just then would meet it. */
export function lookAtOwner(file: string): OwnerSight {
  const path = `${file}.owner`
  if (!existsSync(path)) return { state: "free" }
  const isHeld = isWriteLocked(path)
  if (isHeld === false) return { state: "free" }
  return { state: isHeld === null ? "unknown" : "held", holder: readNote(path) }
}

function readNote(path: string): Holder {
  try {
    const database = new DatabaseSync(readOnlyLocation(path), { readOnly: true, timeout: 0 })
    return withClosed(database, readHolder(database))
  } catch {
    return { pid: null, host: null }
  }
}

class HeldLock implements OwnerLock {
  readonly file: string
  readonly #database: DatabaseSync

  constructor(file: string, database: DatabaseSync) {
    this.file = file
    this.#database = database
  }

  release(): void {
    if (this.#database.isOpen) this.#database.close()
  }

  [Symbol.dispose](): void {
    this.release()
  }
}

/** `wx` alone: opening and closing a lock file that is there would drop a lock this very process has on it. */
function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  }
}

/** Takes the write lock; false where another connection has it. The setting reads the file: a commit is in its way too. */
function begin(database: DatabaseSync): boolean {
  try {
    database.exec("PRAGMA synchronous = OFF; BEGIN IMMEDIATE")
    return true
  } catch (error) {
    const code = resultCodeOf(error)
    if (code === SQLITE_RESULT.busy || code === SQLITE_RESULT.locked) return false
    throw error
  }
}

/**
 * Notes the holder and commits, so that others can read it. For a moment the lock is free: whoever gets it then is the
 * owner. A full disk keeps the note from being written, not the lock from being had.
 */
function noteHolder(database: DatabaseSync): void {
  try {
    database.exec(`PRAGMA busy_timeout = ${COMMIT_WAIT_MS}`)
    database.exec("CREATE TABLE IF NOT EXISTS understudy_owner (pid INTEGER, host TEXT)")
    database.exec("DELETE FROM understudy_owner")
    database.prepare("INSERT INTO understudy_owner VALUES (?, ?)").run(BigInt(process.pid), hostname())
    database.exec("COMMIT")
  } catch (error) {
    const code = resultCodeOf(error)
    if (code === SQLITE_RESULT.corrupt || code === SQLITE_RESULT.notADatabase) throw error
    if (database.isTransaction) database.exec("ROLLBACK")
  } finally {
    database.exec("PRAGMA busy_timeout = 0")
  }
}

function readHolder(database: DatabaseSync): Holder {
  try {
    const row = database.prepare("SELECT pid, host FROM understudy_owner").get()
    return { pid: Number(row?.["pid"]) || null, host: row === undefined ? null : String(row["host"]) }
  } catch {
    return { pid: null, host: null }
  }
}

function withClosed<T>(database: DatabaseSync, result: T): T {
  database.close()
  return result
}

function storageError(file: string, cause: unknown): UnderstudyError {
  return new UnderstudyError("UNDERSTUDY_STORAGE", { file, detail: detailOf(cause) }, { cause })
}
