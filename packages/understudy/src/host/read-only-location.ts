import { existsSync } from "node:fs"
import { pathToFileURL } from "node:url"

/**
 * How to open a SQLite file for a look that changes nothing. Without a log the file is all there is: `immutable` then
 * reads it without making `-wal` and `-shm` beside it. With one the log must be read too, and both files are there
 * already or belong there.
 */
export function readOnlyLocation(file: string): URL | string {
  if (existsSync(`${file}-wal`) || existsSync(`${file}-journal`)) return file
  const url = pathToFileURL(file)
  url.searchParams.set("immutable", "1")
  return url
}
