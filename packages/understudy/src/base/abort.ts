/** Rejects with the signal's reason as soon as it is aborted; otherwise settles as `promise` does. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  if (signal.aborted) {
    promise.catch(() => {})
    return Promise.reject(signal.reason)
  }
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener("abort", onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort))
  })
}

/** Waits; ends early, rejected with its reason, when the signal is aborted. The timer keeps no process alive. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  timer.unref()
  return abortable(promise, signal).finally(() => clearTimeout(timer))
}

/** The longest time that a timer takes; a longer one would fire at once. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1

/**
 * Runs with a signal that is aborted by the given one or after a time, and tells which it was:
 * a time-out rejects with what `onTimeout` makes.
 */
export async function withDeadline<T>(
  limits: { readonly signal?: AbortSignal | undefined; readonly timeoutMs: number },
  onTimeout: () => Error,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(onTimeout()), Math.min(limits.timeoutMs, LONGEST_TIMER_MS))
  const forward = (): void => controller.abort(limits.signal?.reason)
  if (limits.signal?.aborted === true) forward()
  else limits.signal?.addEventListener("abort", forward, { once: true })
  try {
    return await run(controller.signal)
  } finally {
    clearTimeout(timer)
    limits.signal?.removeEventListener("abort", forward)
  }
}
