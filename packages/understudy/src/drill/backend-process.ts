import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { createWriteStream } from "node:fs"
import { join } from "node:path"
import type { BackendStart, FromBackend, HandedBack, Standing, StateChange, ToBackend } from "./messages.ts"
import type { Operation, Outcome } from "./operations.ts"

const PROGRAM = join(import.meta.dirname, import.meta.url.endsWith(".ts") ? "backend.ts" : "backend.js")
/** So long it may take until the backend serves. */
const OPEN_LIMIT_MS = 60_000
/** So long it may take to answer: to wait for an engine (10 s), for a statement (10 s), and while it is stopped (5 s). */
const ANSWER_LIMIT_MS = 26_000
const CLOSE_LIMIT_MS = 20_000

/** Why there is no answer: the process ended, and not the database. */
export const GONE = "the backend is gone"
const LATE = `the backend has not answered in ${ANSWER_LIMIT_MS} ms`

/** Told what a backend tells. */
export interface BackendEvents {
  state(change: StateChange): void
  handedBack(what: HandedBack): void
}

/** What a process is started with besides. */
export interface LaunchOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Node's own options. Default: those of this process. */
  readonly execArgv?: readonly string[]
}

/** A backend in a process of its own, that can be stopped, killed, and started again over the same folder. */
export class BackendProcess implements AsyncDisposable {
  readonly #start: BackendStart
  readonly #events: BackendEvents
  readonly #outcomes = new Map<number, (outcome: Outcome) => void>()
  readonly #standings = new Map<number, (standing: Standing | null) => void>()
  #child: ChildProcess | undefined
  #exited: Promise<unknown> = Promise.resolve()
  #opened = Promise.withResolvers<void>()
  #isEnding = false
  #failure: string | undefined
  #lastCall = 0

  constructor(start: BackendStart, events: BackendEvents) {
    this.#start = start
    this.#events = events
  }

  /** Set once it has ended by itself, and not because it was killed, or has not answered. */
  get failure(): string | undefined {
    return this.#failure
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  /** Starts the process, and resolves when the database serves, or the process has ended. */
  async launch({ env = {}, execArgv = process.execArgv }: LaunchOptions = {}): Promise<void> {
    this.#opened = Promise.withResolvers()
    const child = fork(PROGRAM, [], {
      execArgv: [...execArgv],
      env,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    })
    this.#child = child
    this.#send({ type: "start", start: this.#start })
    child.stderr?.pipe(createWriteStream(join(this.#start.folder, "backend.log"), { flags: "a" }))
    child.on("message", (message: FromBackend) => this.#receive(message))
    child.on("error", () => {})
    // What it has told before its end comes before this.
    const drained = Promise.all([once(child, "exit"), once(child, "disconnect")])
    this.#exited = drained.then(() => this.#lost(child))
    const late = setTimeout(() => this.#opened.reject(new Error("the backend does not open")), OPEN_LIMIT_MS)
    try {
      await Promise.race([this.#opened.promise, this.#exited])
    } finally {
      clearTimeout(late)
    }
  }

  #receive(message: FromBackend): void {
    switch (message.type) {
      case "open":
        return this.#opened.resolve()
      case "outcome":
        this.#outcomes.get(message.call)?.(message.outcome)
        this.#outcomes.delete(message.call)
        return
      case "standing":
        this.#standings.get(message.call)?.(message.standing)
        this.#standings.delete(message.call)
        return
      case "state":
        return this.#events.state(message)
      case "handed-back":
        return this.#events.handedBack(message)
      default:
        message satisfies never
    }
  }

  #lost(child: ChildProcess): void {
    if (this.#child === child) this.#child = undefined
    for (const resolve of this.#outcomes.values()) resolve({ kind: "unknown", why: GONE })
    for (const resolve of this.#standings.values()) resolve(null)
    this.#outcomes.clear()
    this.#standings.clear()
    if (child.signalCode !== "SIGKILL" && !this.#isEnding)
      this.#failure ??= `the backend ended with ${child.exitCode ?? child.signalCode}`
  }

  #send(message: ToBackend): boolean {
    const child = this.#child
    if (child === undefined || !child.connected) return false
    child.send(message, () => {})
    return true
  }

  /** Runs an operation; never rejects. */
  run(operation: Operation): Promise<Outcome> {
    return this.#ask((call) => ({ type: "run", call, operation }))
  }

  /** Reads what all accounts have together; never rejects. */
  read(): Promise<Outcome> {
    return this.#ask((call) => ({ type: "read", call }))
  }

  #ask(message: (call: number) => ToBackend): Promise<Outcome> {
    return this.#call(
      this.#outcomes,
      message,
      { kind: "fail", why: GONE, because: "gone" },
      { kind: "unknown", why: LATE },
    )
  }

  /** How it stands; null while it does not run. */
  standing(): Promise<Standing | null> {
    return this.#call(this.#standings, (call) => ({ type: "standing", call }), null, null)
  }

  /** Asks, and gives the answer; where it does not run, or does not answer, one of the two others. */
  #call<T>(
    waiting: Map<number, (answer: T) => void>,
    message: (call: number) => ToBackend,
    gone: T,
    late: T,
  ): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>()
    const call = ++this.#lastCall
    const limit = setTimeout(() => {
      this.#failure ??= `${LATE}: ${message(call).type}`
      waiting.delete(call)
      resolve(late)
    }, ANSWER_LIMIT_MS)
    waiting.set(call, (answer) => {
      clearTimeout(limit)
      resolve(answer)
    })
    if (!this.#send(message(call))) {
      waiting.get(call)?.(gone)
      waiting.delete(call)
    }
    return promise
  }

  stop(): void {
    this.#child?.kill("SIGSTOP")
  }

  goOn(): void {
    this.#child?.kill("SIGCONT")
  }

  /** Ends it by SIGKILL. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL")
    await this.#exited
  }

  /** Resolves when it has ended. */
  ended(): Promise<unknown> {
    return this.#exited
  }

  /** Has it close its database, and end; kills it where that takes too long. */
  async close(): Promise<void> {
    this.#isEnding = true
    this.goOn()
    this.#send({ type: "close" })
    const limit = setTimeout(() => {
      this.#failure ??= `the backend has not closed in ${CLOSE_LIMIT_MS} ms`
      this.#child?.kill("SIGKILL")
    }, CLOSE_LIMIT_MS)
    await this.#exited
    clearTimeout(limit)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
