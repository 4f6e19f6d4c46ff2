import { abortable, withDeadline } from "../../base/abort.ts"

/** What came of a wait, and how long it took. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T; readonly tookMs: number }
  | { readonly ok: false; readonly error: unknown; readonly tookMs: number }

/** Waits no longer than a time, whatever it waits for, and tells how long it was. Never rejects. */
export async function bounded<T>(
  timeoutMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<Outcome<T>> {
  const start = performance.now()
  const tookMs = (): number => performance.now() - start
  const late = (): Error => new DOMException(`no answer within ${timeoutMs} ms`, "TimeoutError")
  try {
    const value = await withDeadline({ timeoutMs }, late, (signal) => abortable(run(signal), signal))
    return { ok: true, value, tookMs: tookMs() }
  } catch (error) {
    return { ok: false, error, tookMs: tookMs() }
  }
}
