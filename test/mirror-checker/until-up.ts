import { setTimeout as wait } from "node:timers/promises"
import type { BackendProcess } from "./backend-process.ts"

const POLL_MS = 20
/** So long a mirror may take to be up with a primary at which nobody writes. */
const LIMIT_MS = 90_000

/** Waits until a mirror says that it shows a later moment than this one; gives why it does not. */
export async function untilUp(
  { backend }: { readonly backend: BackendProcess },
  fromMs: number,
): Promise<string | undefined> {
  const until = performance.now() + LIMIT_MS
  for (;;) {
    const copy = await backend.copy()
    // One that a writer holds is looked at again.
    const isBusy = copy?.missing.some((table) => table.endsWith(": busy")) === true
    if (copy?.state === "live" && copy.asOfMs !== null && copy.asOfMs > fromMs && !isBusy)
      return copy.missing.length === 0
        ? undefined
        : `${backend.name} has no copy of ${copy.missing.join(", ")}`
    if (backend.failure !== undefined) return `${backend.name}: ${backend.failure}`
    if (performance.now() > until)
      return `${backend.name} is not up with the primary: ${JSON.stringify(copy)}`
    await wait(POLL_MS)
  }
}
