import { setTimeout as wait } from "node:timers/promises"
import type { Client } from "pg"
import { copiedContent, differences, primaryContent } from "./compare.ts"
import type { BackendProcess } from "./backend-process.ts"
import type { Instance } from "./instance.ts"
import { COLUMNS } from "./tables.ts"

const POLL_MS = 20
/** So long a return may take, or a mirror until it is up with a primary at which nobody writes. */
const LIMIT_MS = 90_000

type Standing = Awaited<ReturnType<BackendProcess["standing"]>>

/** Waits until the backend stands as it should; gives why it does not. */
async function until(
  backend: BackendProcess,
  what: string,
  isSo: (standing: NonNullable<Standing>) => boolean,
): Promise<string | undefined> {
  const untilMs = performance.now() + LIMIT_MS
  for (;;) {
    // Where nobody reads, the copy sleeps after a while, and the primary is not asked whether it is back.
    await backend.read()
    const standing = await backend.standing()
    if (backend.failure !== undefined) return backend.failure
    if (standing !== null && isSo(standing)) return undefined
    if (performance.now() > untilMs) return `${what}: not after ${LIMIT_MS} ms: ${JSON.stringify(standing)}`
    await wait(POLL_MS)
  }
}

/** Waits until the primary serves, and has all that the fallback took. */
export function untilReturned(backend: BackendProcess): Promise<string | undefined> {
  return until(
    backend,
    "the primary serves",
    ({ state, pending }) => state === "primary" && (pending ?? 0) === 0,
  )
}

/** Waits until the copy shows a moment after this one, of all tables. */
export function untilMirrored(backend: BackendProcess): Promise<string | undefined> {
  const fromMs = Date.now()
  return until(
    backend,
    "the copy is up with the primary",
    ({ copy, copyAsOfMs, missing }) =>
      copy === "live" && copyAsOfMs !== null && copyAsOfMs > fromMs && missing.length === 0,
  )
}

/** Waits until the copy is up with the primary, at which nobody writes, and compares them. */
export async function compareCopy(client: Client, { backend, file }: Instance): Promise<string[]> {
  const late = await untilMirrored(backend)
  if (late !== undefined) return [late]
  return differences(await primaryContent(client, COLUMNS), copiedContent(file, COLUMNS))
}
