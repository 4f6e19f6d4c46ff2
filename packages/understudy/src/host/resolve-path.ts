import { readlinkSync } from "node:fs"
import { dirname, resolve, sep } from "node:path"
import { classifyMount, mountOf, type Mount } from "./mounts.ts"

const MOST_LINKS = 40

/**
 * Follows the links of an absolute path as far as it exists. Unlike `realpath` it stops at a network file system's
 * door: a dead server would hold the whole process.
 */
export function resolvePath(path: string, mounts: readonly Mount[]): string {
  // Elsewhere there is no mount table, and paths begin with a drive.
  if (sep !== "/") return resolve(path)
  let links = 0
  let settled: string = sep
  let rest = resolve(path).split(sep).filter(Boolean)
  while (rest.length > 0) {
    const [name = "", ...others] = rest
    const next = resolve(settled, name)
    rest = others
    if (classifyMount(mountOf(next, mounts)) === "network") return resolve(next, ...rest)
    const target = readLink(next)
    if (target === undefined || ++links > MOST_LINKS) settled = next
    else {
      rest = [...resolve(dirname(next), target).split(sep).filter(Boolean), ...rest]
      settled = sep
    }
  }
  return settled
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
