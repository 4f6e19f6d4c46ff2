import { parentPort, workerData } from "node:worker_threads"
import { Secret } from "../base/secret.ts"
import { runMirror } from "./mirror-run.ts"
import type { FromWorker, WorkerInput } from "./worker-messages.ts"

// The mirror in a thread of its own, so that nothing that it does holds up the service's.
const { options, parts, password } = workerData as WorkerInput
const stop = new AbortController()
parentPort?.on("message", () => {
  stop.abort()
  parentPort?.close()
})

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
const tell = (message: FromWorker): void => parentPort?.postMessage(message)
const postgres = {
  ...options.postgres,
  parts: { ...parts, password: password === null ? null : new Secret(password) },
}
try {
  await runMirror({ ...options, postgres }, stop.signal, (progress) => tell({ type: "progress", progress }))
} catch (error) {
  if (!stop.signal.aborted) {
    const { message, code } = error as { message?: unknown; code?: unknown }
    tell({ type: "failed", message: String(message), code: typeof code === "string" ? code : null })
  }
}
parentPort?.close()
