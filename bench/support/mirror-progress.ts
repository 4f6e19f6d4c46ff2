import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setTimeout as wait } from "node:timers/promises"
import type { Service } from "./service.ts"

const POLL_MS = 5
const LIMIT_MS = 300_000

/** The copy in a service's folder, for reading. */
export function openCopy({ folder }: Service): DatabaseSync {
  return new DatabaseSync(join(folder, "fallback.sqlite"), { readOnly: true, timeout: 5_000 })
}

/** Waits until something is so; gives how long that took, in milliseconds. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<number> {
  const beganMs = performance.now()
  while (!(await isSo())) {
    if (performance.now() - beganMs > LIMIT_MS) throw new Error(`${what}: it does not come`)
    await wait(POLL_MS)
  }
  return performance.now() - beganMs
}

/** What the service says of its mirror. */
export async function mirrorState({ url }: Service): Promise<string> {
  const health = (await (await fetch(`${url}/health`)).json()) as {
    readonly mirror?: { readonly state: string } | null
  }
  return health.mirror?.state ?? "none"
}
