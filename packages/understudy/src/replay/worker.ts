import { parentPort, workerData } from "node:worker_threads"
import { fromThread } from "../engine/postgres/options-for-thread.ts"
import { lowerThreadPriority } from "../host/lower-priority.ts"
import { ReplayRun } from "./replay-run.ts"
import type { FromWorker, SentError, ToWorker, WorkerInput } from "./worker-messages.ts"

// The replay in a thread of its own, so that nothing that it does holds up the service's.
lowerThreadPriority("replay")
const { options, postgres } = workerData as WorkerInput
const stopping = new AbortController()

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
const tell = (message: FromWorker): void => parentPort?.postMessage(message)

let replay: ReplayRun | undefined
let running: Promise<void> = Promise.resolve()

async function run(migrated: string | null): Promise<void> {
  try {
    replay ??= new ReplayRun({ ...options, postgres: fromThread(postgres) }, stopping.signal, (progress) =>
      tell({ type: "progress", progress }),
    )
    tell({ type: "result", result: await replay.run(migrated) })
  } catch (error) {
    tell({ type: "failed", error: sent(error) })
  }
}

function sent(error: unknown): SentError {
  const { message, code, severity } = error as { message?: unknown; code?: unknown; severity?: unknown }
  return {
    message: typeof message === "string" ? message : String(error),
    code: typeof code === "string" ? code : null,
    severity: typeof severity === "string" ? severity : null,
  }
}

parentPort?.on("message", (message: ToWorker) => {
  if (message.type === "run") {
    running = running.then(() => run(message.migrated))
    return
  }
  stopping.abort()
  void running.then(() => {
    replay?.[Symbol.dispose]()
    parentPort?.close()
  })
})
