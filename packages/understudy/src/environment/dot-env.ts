import { readFileSync, statSync } from "node:fs"
import { parseEnv } from "node:util"

/** What is larger is no list of variables. */
const LARGEST_BYTES = 256 * 1024

/** The variables of a `.env` file; undefined where there is none that can be read. Never throws. */
export function readDotEnv(file: string): Readonly<Record<string, string | undefined>> | undefined {
  try {
    // A FIFO or a device of that name would block the start.
    const stat = statSync(file)
    if (!stat.isFile() || stat.size > LARGEST_BYTES) return undefined
    return parseEnv(readFileSync(file, "utf8"))
  } catch {
    return undefined
  }
}
