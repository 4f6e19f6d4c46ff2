import { withDeadline } from "../base/abort.ts"
import type { Semaphore } from "../base/semaphore.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import type { Limits } from "./contract.ts"

/**
 * Waits for a place at an engine, if none is free; gives the function that leaves it.
 *
 * @throws UnderstudyError `UNDERSTUDY_TIMEOUT` where none is free in time: a busy engine, not one that is away.
 */
export function waitForPlace(
  places: Semaphore,
  operation: string,
  limits: Limits,
  defaultMs: number,
): (() => void) | Promise<() => void> {
  const leave = places.tryAcquire()
  if (leave !== undefined) return leave
  const timeoutMs = limits.timeoutMs ?? defaultMs
  return withDeadline(
    { signal: limits.signal, timeoutMs },
    () => new UnderstudyError("UNDERSTUDY_TIMEOUT", { operation, limitMs: timeoutMs }, { applied: "no" }),
    (signal) => places.acquire(signal),
  )
}
