import { existsSync, statfsSync } from "node:fs"
import { dirname } from "node:path"

/**
 * How many bytes a user without privileges may still write below a folder, which need not be there yet; null where the
 * system does not tell.
 */
export function freeBytes(folder: string): number | null {
  let there = folder
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there)
  try {
    const { bavail, bsize } = statfsSync(there)
    return bavail * bsize
  } catch {
    return null
  }
}
