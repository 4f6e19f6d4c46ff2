import { Worker } from "node:worker_threads"
import { delay } from "../base/abort.ts"
import type { MirrorProgress } from "./mirror-progress.ts"
import type { MirrorRunOptions } from "./mirror-run.ts"
import type { FromWorker, WorkerInput } from "./worker-messages.ts"

/** What a mirror tells whoever started it. */
export interface MirrorEvents {
  progressed(progress: MirrorProgress): void
  /** It ended by itself and begins again after a while. */
  failed(failure: { readonly message: string; readonly code: string | null }): void
}

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000

/** Keeps the copy of the primary in a file, in a thread of its own, from the construction until it is stopped. */
export class Mirror {
  readonly #options: MirrorRunOptions
  readonly #events: MirrorEvents
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>

  constructor(options: MirrorRunOptions, events: MirrorEvents) {
    this.#options = options
    this.#events = events
    this.#ended = this.#keepRunning()
  }

  async #keepRunning(): Promise<void> {
    let pauseMs = FIRST_RETRY_MS
    while (!this.#stopping.signal.aborted) {
      const wasLive = await this.#runOnce()
      pauseMs = wasLive ? FIRST_RETRY_MS : Math.min(LONGEST_RETRY_MS, pauseMs * 2)
      await delay(pauseMs, this.#stopping.signal).catch(() => {})
    }
  }

  /** Ends with the thread; tells whether the copy was live. */
  async #runOnce(): Promise<boolean> {
    const { signal } = this.#stopping
    let wasLive = false
    const { promise, resolve } = Promise.withResolvers<void>()
    const worker = new Worker(workerFile(), { workerData: inputOf(this.#options) })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    const stop = (): void => worker.postMessage({ type: "stop" })
    signal.addEventListener("abort", stop, { once: true })
    worker.on("message", (message: FromWorker) => {
      if (message.type === "failed") return this.#events.failed(message)
      wasLive ||= message.progress.state === "live"
      this.#events.progressed(message.progress)
    })
    worker.on("error", (error: Error) => this.#events.failed({ message: error.message, code: null }))
    worker.on("exit", () => resolve())
    worker.unref()
    await promise
    signal.removeEventListener("abort", stop)
    return wasLive
  }

  /** Ends the thread. What it was about to write is either there as a whole or not at all. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }
}

/** The thread's file: a source where the sources run, else what was built of it. */
function workerFile(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url)
}

function inputOf({ postgres: { parts, ...postgres }, ...options }: MirrorRunOptions): WorkerInput {
  const { password, ...rest } = parts
  return { options: { ...options, postgres }, parts: rest, password: password?.reveal() ?? null }
}
