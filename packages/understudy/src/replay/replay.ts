import { Worker } from "node:worker_threads"
import { conditionsOf } from "../base/thread-conditions.ts"
import { toThread } from "../engine/postgres/options-for-thread.ts"
import type { ReplayProgress, RunResult } from "./replay-result.ts"
import type { ReplayOptions } from "./replay-run.ts"
import type { FromWorker, SentError, ToWorker, WorkerInput } from "./worker-messages.ts"

/** What a replay tells whoever started it. */
export interface ReplayEvents {
  progressed(progress: ReplayProgress): void
}

/** Why a run has ended before its end, as far as an error passes between threads: `classifyError` reads it as the first. */
class ReplayError extends Error {
  override readonly name = "ReplayError"
  declare readonly code?: string
  declare readonly severity?: string

  constructor({ message, code, severity }: SentError) {
    super(message)
    if (code !== null) this.code = code
    if (severity !== null) this.severity = severity
  }
}

/**
 * Hands the journal of the fallback's file back to the primary, in a thread of its own. The thread and its connection begin
 * with the first run, and are kept for the next.
 */
export class Replay {
  readonly #options: ReplayOptions
  readonly #events: ReplayEvents
  #worker: Worker | undefined
  #exited: Promise<void> = Promise.resolve()
  #answer: PromiseWithResolvers<RunResult> | undefined
  #isStopped = false

  constructor(options: ReplayOptions, events: ReplayEvents) {
    this.#options = options
    this.#events = events
  }

  /**
   * Applies all that the journal holds now, or all up to a migration that the primary lacks: that one is for the caller to
   * run, who then calls this again. Rejects where the primary is lost: whoever calls again goes on from there. One at a time.
   */
  async run({ migrated = null }: { readonly migrated?: string | null } = {}): Promise<RunResult> {
    if (this.#isStopped) throw new Error("the replay is stopped")
    if (this.#answer !== undefined) throw new Error("a replay is running")
    const answer = (this.#answer = Promise.withResolvers<RunResult>())
    try {
      const worker = (this.#worker ??= this.#start())
      send(worker, { type: "run", migrated })
      return await answer.promise
    } finally {
      this.#answer = undefined
    }
  }

  /** Ends the thread. What it was about to write is there as a whole or not at all; a run that was under way rejects. */
  async stop(): Promise<void> {
    this.#isStopped = true
    if (this.#worker === undefined) return
    send(this.#worker, { type: "stop" })
    await this.#exited
  }

  #start(): Worker {
    const { postgres, ...options } = this.#options
    const input: WorkerInput = { options, postgres: toThread(postgres) }
    const worker = new Worker(workerFile(), {
      workerData: input,
      execArgv: conditionsOf(process.execArgv),
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#exited = promise
    worker.on("message", (message: FromWorker) => this.#receive(message))
    worker.on("error", (error: Error) => this.#answer?.reject(error))
    worker.on("exit", () => {
      this.#worker = undefined
      this.#answer?.reject(new Error("the replay was stopped"))
      resolve()
    })
    return worker
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "progress":
        return this.#events.progressed(message.progress)
      case "result":
        return this.#answer?.resolve(message.result)
      case "failed":
        return this.#answer?.reject(new ReplayError(message.error))
      default:
        message satisfies never
    }
  }
}

function send(worker: Worker, message: ToWorker): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  worker.postMessage(message)
}

/** The thread's file: a source where the sources run, else what was built of it. */
function workerFile(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url)
}
