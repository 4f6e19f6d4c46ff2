import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmod, chown, mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { findFreePort } from "understudy-db/testing"
import { startWatchdog } from "../../packages/understudy/src/testing/process-watchdog.ts"
import { CHECKOUT, type ReachableCheckout } from "./reachable-checkout.ts"

/** What {@link startBackend} takes. */
export interface BackendOptions {
  /** The whole environment of the process; nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: a new, empty folder, removed at the end. */
  readonly cwd?: string
  /** The account it runs as, for tests that root runs. */
  readonly uid?: number
  /**
   * Default: a free port, given as `PORT`. `null`: `PORT` stays as `env` has it, and the backend is looked for where
   * it listens by default.
   */
  readonly port?: number | null
  /** Where the program is read from, default this checkout. */
  readonly checkout?: ReachableCheckout
  /** How long it may take to listen, milliseconds; default 20,000. */
  readonly listenLimitMs?: number
  /** A command that does something and then takes the program's command line in its stead, by `exec`. */
  readonly wrapper?: readonly string[]
  /** A stream whose reader goes away at once. */
  readonly drops?: "stdout" | "stderr"
}

/** How the process ended. */
export interface BackendExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** The real backend as a child process. Disposing it kills it, if it still runs. */
export interface Backend extends AsyncDisposable {
  readonly pid: number
  readonly port: number
  readonly origin: string
  readonly cwd: string
  /** From the spawn to the first 200 on `/health/live`. */
  readonly listeningAfterMs: number
  readonly stdout: string
  readonly stderr: string
  readonly exited: Promise<BackendExit>
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Sends the signal (default SIGTERM) and waits for the end; after 20 s it is killed, which the result tells. */
  stop(signal?: NodeJS.Signals): Promise<BackendExit>
}

const DEFAULT_PORT = 7860
const ANSWER_LIMIT_MS = 20_000
const STOP_LIMIT_MS = 20_000

/**
 * Starts `apps/tasks/start.js` as `npm start` does and returns when it answers `/health/live` with 200.
 * @throws with its output when it ends, or does not listen in time.
 */
export async function startBackend(options: BackendOptions = {}): Promise<Backend> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-backend-"))
  const watchdog = startWatchdog(folder)
  await chmod(folder, 0o755)
  if (options.uid !== undefined) await chown(folder, options.uid, options.uid)
  const cwd = options.cwd ?? folder
  const port = options.port === null ? DEFAULT_PORT : (options.port ?? (await findFreePort()))
  const portVariable: Record<string, string> = options.port === null ? {} : { PORT: String(port) }
  const locate = options.checkout?.locate ?? ((file: string) => file)
  const startedMs = performance.now()
  const [command = "", ...args] = [
    ...(options.wrapper ?? []),
    locate(process.execPath),
    "--conditions=understudy-source",
    locate(join(CHECKOUT, "apps/tasks/start.js")),
  ]
  const child = spawn(command, args, {
    cwd,
    env: { ...options.env, ...portVariable },
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  if (options.drops !== undefined) child[options.drops].destroy()
  // "close", not "exit": by then all that it printed has been read.
  const exited = once(child, "close").then(([code, signal]): BackendExit => {
    watchdog.guard(null)
    return { code: code as number | null, signal: signal as NodeJS.Signals | null }
  })
  const { pid } = child
  if (pid === undefined)
    return exited.then(() => Promise.reject(new Error("the backend could not be spawned")))
  watchdog.guard(pid)
  const origin = `http://127.0.0.1:${port}`
  const fetchPath = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${origin}${path}`, { redirect: "manual", signal: AbortSignal.timeout(ANSWER_LIMIT_MS), ...init })

  const listenLimitMs = options.listenLimitMs ?? ANSWER_LIMIT_MS
  const isLive = (): Promise<boolean> =>
    fetchPath("/health/live").then(
      async (response) => (await response.arrayBuffer(), response.status === 200),
      () => false,
    )
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  while (!(await isLive())) {
    const lateMs = performance.now() - startedMs
    if (isRunning() && lateMs < listenLimitMs) {
      await wait(10)
      continue
    }
    const why = isRunning() ? `does not listen after ${listenLimitMs} ms` : `ended with ${child.exitCode}`
    child.kill("SIGKILL")
    await exited
    await watchdog[Symbol.asyncDispose]()
    throw new Error(`the backend ${why}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`)
  }

  return {
    pid,
    port,
    origin,
    cwd,
    listeningAfterMs: performance.now() - startedMs,
    get stdout() {
      return stdout
    },
    get stderr() {
      return stderr
    },
    exited,
    fetch: fetchPath,
    async stop(signal = "SIGTERM") {
      if (isRunning()) child.kill(signal)
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS)
      const exit = await exited
      clearTimeout(late)
      return exit
    },
    async [Symbol.asyncDispose]() {
      if (isRunning()) child.kill("SIGKILL")
      await exited
      await watchdog[Symbol.asyncDispose]()
    },
  }
}
