import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import type { Door, Outcome } from "./door.ts"
import type { BackendStart, CopyState, FromBackend, ToBackend } from "./messages.ts"

const PROGRAM = join(import.meta.dirname, "backend.ts")
/** So long it may take until the backend is open. */
const OPEN_LIMIT_MS = 60_000

interface Calls {
  readonly outcomes: Map<number, (outcome: Outcome) => void>
  readonly statuses: Map<number, (copy: CopyState | null) => void>
}

/** A backend in a process of its own, that can be killed and started again over the same folder. */
export class BackendProcess implements Door, AsyncDisposable {
  readonly name: string
  readonly isBehind = false
  readonly start: BackendStart
  readonly #calls: Calls = { outcomes: new Map(), statuses: new Map() }
  #child: ChildProcess | undefined
  #exited: Promise<unknown> = Promise.resolve()
  #opened = Promise.withResolvers<void>()
  #isEnding = false
  #stderr = ""
  #failure: string | undefined
  #lastCall = 0

  constructor(name: string, start: BackendStart) {
    this.name = name
    this.start = start
  }

  /** Set once it has ended by itself, and not because it was killed. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** Starts the process, and resolves when the database is open. */
  async launch(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#isEnding = false
    this.#opened = Promise.withResolvers()
    const child = fork(PROGRAM, [], {
      // The first makes the library's numbered steps real.
      execArgv: ["--conditions=understudy-faults", "--conditions=understudy-source"],
      env: { ...env, CHECKER_START: JSON.stringify(this.start) },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    })
    this.#child = child
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text))
    child.on("message", (message: FromBackend) => this.#receive(message))
    child.on("error", () => {})
    this.#exited = once(child, "close").then(() => this.#lost(child))
    const late = setTimeout(
      () => this.#opened.reject(new Error(`backend ${this.name} does not open: ${this.#stderr}`)),
      OPEN_LIMIT_MS,
    )
    try {
      await Promise.race([this.#opened.promise, this.#exited])
    } finally {
      clearTimeout(late)
    }
    if (this.#failure !== undefined) throw new Error(`backend ${this.name}: ${this.#failure}`)
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  #receive(message: FromBackend): void {
    switch (message.type) {
      case "open":
        return this.#opened.resolve()
      case "outcome":
        this.#calls.outcomes.get(message.call)?.(message.outcome)
        this.#calls.outcomes.delete(message.call)
        return
      case "status":
        this.#calls.statuses.get(message.call)?.(message.copy)
        this.#calls.statuses.delete(message.call)
        return
      default:
        message satisfies never
    }
  }

  #lost(child: ChildProcess): void {
    if (this.#child === child) this.#child = undefined
    for (const resolve of this.#calls.outcomes.values())
      resolve({ kind: "unknown", why: "the backend is gone" })
    for (const resolve of this.#calls.statuses.values()) resolve(null)
    this.#calls.outcomes.clear()
    this.#calls.statuses.clear()
    if (child.signalCode !== "SIGKILL" && !this.#isEnding)
      this.#failure ??= `it ended with ${child.exitCode ?? child.signalCode}: ${this.#stderr}`
  }

  #send(message: ToBackend): boolean {
    const child = this.#child
    if (child === undefined || !child.connected) return false
    child.send(message, () => {})
    return true
  }

  run(writer: string, seed: number): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const call = ++this.#lastCall
    this.#calls.outcomes.set(call, resolve)
    if (!this.#send({ type: "run", call, writer, seed })) {
      this.#calls.outcomes.delete(call)
      resolve({ kind: "refused", why: "the backend does not run" })
    }
    return promise
  }

  /** How its copy stands; null while it does not run. */
  copy(): Promise<CopyState | null> {
    const { promise, resolve } = Promise.withResolvers<CopyState | null>()
    const call = ++this.#lastCall
    this.#calls.statuses.set(call, resolve)
    if (!this.#send({ type: "status", call })) {
      this.#calls.statuses.delete(call)
      resolve(null)
    }
    return promise
  }

  hurry(isHurried: boolean): void {
    this.#send({ type: "hurry", isHurried })
  }

  /** Stops it where it stands, does something, and lets it go on. */
  async frozen<T>(work: () => Promise<T>): Promise<T> {
    this.#child?.kill("SIGSTOP")
    try {
      while (!(await this.#standsStill())) await wait(1)
      return await work()
    } finally {
      this.#child?.kill("SIGCONT")
    }
  }

  /** Each of its threads is stopped by itself. */
  async #standsStill(): Promise<boolean> {
    const tasks = `/proc/${this.#child?.pid}/task`
    for (const task of await readdir(tasks).catch(() => [])) {
      const status = await readFile(`${tasks}/${task}/status`, "utf8").catch(() => "State:\tT")
      if (!/^State:\s+[TXZ]/m.test(status)) return false
    }
    return true
  }

  /** Ends it by SIGKILL. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL")
    await this.#exited
  }

  /** Resolves when it has ended by itself. */
  ended(): Promise<unknown> {
    return this.#exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true
    this.#send({ type: "close" })
    await this.#exited
  }
}
