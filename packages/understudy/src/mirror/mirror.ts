import { Worker } from "node:worker_threads"
import { delay } from "../base/abort.ts"
import { conditionsOf } from "../base/thread-conditions.ts"
import { toThread } from "../engine/postgres/options-for-thread.ts"
import type { MirrorFailure } from "./mirror-failure.ts"
import type { MirrorProgress } from "./mirror-progress.ts"
import type { MirrorRunOptions } from "./mirror-run.ts"
import type { FromWorker, WorkerInput } from "./worker-messages.ts"

/** What a mirror tells whoever started it. */
export interface MirrorEvents {
  progressed(progress: MirrorProgress): void
  /** It has ended by itself, and begins again after a while. */
  failed(failure: MirrorFailure): void
}

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000

/** Keeps the copy of the primary in a file, in a thread of its own, from the construction until it is stopped. */
export class Mirror {
  readonly #options: MirrorRunOptions
  readonly #events: MirrorEvents
  readonly #stopping = new AbortController()
  /** Aborted while nobody needs the copy to be kept up. */
  #pausing = new AbortController()
  #resumed = Promise.withResolvers<void>()
  readonly #ended: Promise<void>

  constructor(options: MirrorRunOptions, events: MirrorEvents) {
    this.#options = options
    this.#events = events
    this.#resumed.resolve()
    this.#ended = this.#keepRunning()
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping
    let pauseMs = FIRST_RETRY_MS
    while (!signal.aborted) {
      await Promise.race([this.#resumed.promise, aborted(signal)])
      if (signal.aborted) return
      const ending = AbortSignal.any([signal, this.#pausing.signal])
      const outcome = await this.#runOnce(ending)
      if (ending.aborted) continue
      // Nothing changes by itself where somebody has switched it off, or the role may not.
      if (outcome === "refused") pauseMs = LONGEST_RETRY_MS
      else if (outcome === "was live") pauseMs = FIRST_RETRY_MS
      await delay(pauseMs, ending).catch(() => {})
      pauseMs = Math.min(LONGEST_RETRY_MS, pauseMs * 2)
    }
  }

  /** Ends with the thread. */
  async #runOnce(ending: AbortSignal): Promise<"was live" | "refused" | "failed"> {
    let outcome: "was live" | "refused" | "failed" = "failed"
    const { promise, resolve } = Promise.withResolvers<void>()
    const worker = this.#startThread()
    if (worker === undefined) return outcome
    const stop = (): void => {
      // Whoever waits for its end is to see it, though nothing else keeps the process.
      worker.ref()
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      worker.postMessage({ type: "stop" })
    }
    ending.addEventListener("abort", stop, { once: true })
    worker.on("message", (message: FromWorker) => {
      if (ending.aborted) return
      if (message.type === "failed") {
        if (message.reason !== "mirror.failed") outcome = "refused"
        this.#events.failed(message)
        return
      }
      if (message.progress.state === "live") outcome = "was live"
      this.#events.progressed(message.progress)
    })
    worker.on("error", ({ message }: Error) => {
      if (!ending.aborted) this.#events.failed({ reason: "mirror.failed", message })
    })
    worker.on("exit", () => resolve())
    worker.unref()
    await promise
    ending.removeEventListener("abort", stop)
    return outcome
  }

  /** Undefined where no thread can be had: they may be forbidden, or there are too many already. */
  #startThread(): Worker | undefined {
    try {
      const execArgv = conditionsOf(process.execArgv)
      return new Worker(workerFile(), { workerData: inputOf(this.#options), execArgv })
    } catch (error) {
      this.#events.failed({
        reason: "mirror.failed",
        message: error instanceof Error ? error.message : String(error),
      })
      return undefined
    }
  }

  /** Leaves the primary alone until it is resumed. */
  pause(): void {
    if (this.#pausing.signal.aborted) return
    this.#resumed = Promise.withResolvers<void>()
    this.#pausing.abort()
  }

  resume(): void {
    if (!this.#pausing.signal.aborted) return
    this.#pausing = new AbortController()
    this.#resumed.resolve()
  }

  /** Ends the thread. What it was about to write is either there as a whole or not at all. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  else signal.addEventListener("abort", () => resolve(), { once: true })
  return promise
}

/** The thread's file: a source where the sources run, else what was built of it. */
function workerFile(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url)
}

function inputOf({ postgres, ...options }: MirrorRunOptions): WorkerInput {
  return { options, postgres: toThread(postgres) }
}
