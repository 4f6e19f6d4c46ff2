import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"

const BINARY = /\.(png|jpe?g|ico|woff2?|gz|sqlite)$/

/** Every text file that git tracks, but the lockfile, which npm writes. */
export function trackedFiles(): readonly { readonly path: string; readonly text: string }[] {
  return execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" })
    .split("\0")
    .filter((path) => path !== "" && path !== "package-lock.json" && !BINARY.test(path) && existsSync(path))
    .map((path) => ({ path, text: readFileSync(path, "utf8") }))
}
