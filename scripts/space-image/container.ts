import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rmdir } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import type { Image } from "./build-image.ts"
import { containerName, type Buildah } from "./buildah.ts"
import { run } from "./command.ts"

const ENTER = join(import.meta.dirname, "enter.sh")

/** How long the service may take for anything before the run fails. */
const LIMIT_MS = 30_000

/** What {@link startContainer} takes. */
export interface ContainerOptions {
  readonly environment: Readonly<Record<string, string>>
  /** The folder below the image's working folder that can be written to. */
  readonly writable: string
  /** Without it the container has no network but its own loopback. */
  readonly network: boolean
}

/** A started image: its command is process 1, as the image's user, on a root that is read-only. */
export interface Container extends AsyncDisposable {
  readonly pid: number
  /** The container's file system as seen from outside. */
  readonly root: string
  readonly startedMs: number
  /** What it has written so far. */
  readonly output: string
  /** Runs a command in the container as its user; gives the exit code. */
  exec(command: readonly string[]): Promise<number>
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<{ readonly code: number | null; readonly tookMs: number }>
  /** Waits until this holds. */
  until(what: string, condition: () => Promise<boolean>): Promise<void>
}

let containers = 0

/** Starts a fresh container. Disposing it ends its processes; its mounts go with its namespace. */
export async function startContainer(
  buildah: Buildah,
  image: Image,
  options: ContainerOptions,
): Promise<Container> {
  await using stack = new AsyncDisposableStack()
  const name = containerName(++containers)
  await buildah(["from", "--quiet", "--pull=never", "--name", name, image.id])
  stack.defer(async () => void (await buildah(["rm", name])))
  const root = await buildah(["mount", name])
  const view = await mkdtemp(join(tmpdir(), "understudy-container-"))
  stack.defer(() => rmdir(view))

  const { user, workingFolder } = image
  const variables = [
    ...image.environment,
    ...Object.entries(options.environment).map(([key, value]) => `${key}=${value}`),
  ]
  const place = [root, view, user, workingFolder, join(workingFolder, options.writable)]
  const namespaces = ["--mount", "--pid", ...(options.network ? [] : ["--net"]), "--fork", "--kill-child"]
  const startedMs = performance.now()
  const child = spawn(
    "setpriv",
    ["--pdeathsig", "KILL", "unshare", ...namespaces, "sh", ENTER, ...place, ...variables, ...image.command],
    { stdio: ["ignore", "pipe", "pipe"] },
  )
  let output = ""
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text))
  const ended = once(child, "close")
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  stack.defer(async () => {
    if (isRunning()) child.kill("SIGKILL")
    await ended
  })

  const until: Container["until"] = async (what, condition) => {
    const startMs = performance.now()
    while (!(await condition())) {
      if (!isRunning()) throw new Error(`it ended before ${what}\n${output}`)
      if (performance.now() - startMs > LIMIT_MS) throw new Error(`not ${what} in time\n${output}`)
      await wait(5)
    }
  }
  let pid = 0
  await until("started", async () => {
    const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").catch(() => "")
    pid = Number(children.trim())
    return pid > 0
  })

  const owned = stack.move()
  return {
    pid,
    root,
    startedMs,
    get output() {
      return output
    },
    until,
    async exec(command) {
      const target = [`--target=${pid}`, "--mount", "--pid", "--net", "--root"]
      const account = [`--setuid=${user}`, `--setgid=${user}`]
      const env = ["env", "--ignore-environment", `--chdir=${workingFolder}`, ...variables]
      return run("nsenter", [...target, ...account, ...env, ...command]).then(
        () => 0,
        (error: Error) => (error.cause as { code?: number }).code ?? -1,
      )
    },
    async stop() {
      const startMs = performance.now()
      process.kill(pid, "SIGTERM")
      const late = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS)
      const [code] = (await ended) as [number | null]
      clearTimeout(late)
      return { code, tookMs: performance.now() - startMs }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
