import { readFileSync, statSync, type Stats } from "node:fs"
import { parseEnv } from "node:util"

/** What is larger is no list of variables. */
const LARGEST_BYTES = 256 * 1024

/** What came of a `.env` file: its variables, or why it was not read. */
export type DotEnvReading =
  { readonly variables: Readonly<Record<string, string | undefined>> } | { readonly problem: string }

/** Reads a `.env` file; undefined where there is none: a folder of that name is somebody's own. Never throws. */
export function readDotEnv(file: string): DotEnvReading | undefined {
  try {
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat === undefined || stat.isDirectory()) return undefined
    const problem = problemOf(stat)
    return problem === null ? { variables: parseEnv(readFileSync(file, "utf8")) } : { problem }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === "ENOTDIR" ? undefined : { problem: code ?? "it cannot be read" }
  }
}

function problemOf(stat: Stats): string | null {
  // A FIFO or a device of that name would block the start.
  if (!stat.isFile()) return "it is no plain file"
  return stat.size > LARGEST_BYTES ? `it is larger than ${LARGEST_BYTES / 1024} KiB` : null
}
