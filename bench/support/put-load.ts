import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import type { LoadResult } from "./load.ts"

/** Has a process of its own put load on an address: GET, or POST where there is something to be posted. */
export async function putLoad(
  url: string,
  seconds: number,
  connections: number,
  posted?: object,
): Promise<LoadResult> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, "load.ts"),
    url,
    String(seconds),
    String(connections),
    ...(posted === undefined ? [] : [JSON.stringify(posted)]),
  ])
  return JSON.parse(stdout) as LoadResult
}
