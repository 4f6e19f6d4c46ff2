import { readFileSync, statSync } from "node:fs"

/** The byte that SQLite locks on a file for as long as a write transaction is open. */
const RESERVED_BYTE = 0x4000_0001

/**
 * Does a process hold SQLite's write lock on this file? By the kernel's own table, so that no lock is taken to find it
 * out. Null where the system has no such table.
 */
export function isWriteLocked(file: string): boolean | null {
  try {
    const inode = String(statSync(file, { bigint: true }).ino)
    return readFileSync("/proc/locks", "utf8")
      .split("\n")
      .some((line) => isWriteLock(line, inode))
  } catch {
    return null
  }
}

/** `1: POSIX  ADVISORY  WRITE 1234 08:01:5678 1073741825 1073741825`; waiting ones have an arrow before the kind. */
function isWriteLock(line: string, inode: string): boolean {
  const [, kind, , access, , place, first, last] = line.split(/\s+/)
  if (kind === "->" || access !== "WRITE" || place?.split(":").at(-1) !== inode) return false
  return Number(first) <= RESERVED_BYTE && (last === "EOF" || Number(last) >= RESERVED_BYTE)
}
