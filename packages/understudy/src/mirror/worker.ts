import { parentPort, workerData } from "node:worker_threads"
import { fromThread } from "../engine/postgres/options-for-thread.ts"
import { isDamage } from "../engine/sqlite/result-code.ts"
import { lowerThreadPriority } from "../host/lower-priority.ts"
import { CaptureOffError } from "../journal/install-capture.ts"
import type { MirrorFailure } from "./mirror-failure.ts"
import { runMirror } from "./mirror-run.ts"
import type { FromWorker, WorkerInput } from "./worker-messages.ts"

/** SQLSTATE. */
const INSUFFICIENT_PRIVILEGE = "42501"

// The mirror in a thread of its own, so that nothing that it does holds up the service's.
lowerThreadPriority("mirror")
const input = workerData as WorkerInput
const stop = new AbortController()
parentPort?.on("message", () => {
  stop.abort()
  parentPort?.close()
})

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
const tell = (message: FromWorker): void => parentPort?.postMessage(message)

function reasonOf(error: unknown): MirrorFailure["reason"] {
  if (error instanceof CaptureOffError) return "mirror.switched-off"
  if (isDamage(error)) return "storage.corrupt"
  return (error as { code?: unknown }).code === INSUFFICIENT_PRIVILEGE
    ? "mirror.not-allowed"
    : "mirror.failed"
}

try {
  const options = { ...input.options, postgres: fromThread(input.postgres) }
  await runMirror(options, stop.signal, (progress) => tell({ type: "progress", progress }))
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  if (!stop.signal.aborted) tell({ type: "failed", reason: reasonOf(error), message })
}
parentPort?.close()
