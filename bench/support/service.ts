import { spawn } from "node:child_process"
import { once } from "node:events"
import { get } from "node:http"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, dirname, join, resolve } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { findFreePort } from "understudy-db/testing"
import { taskSchema } from "../../apps/tasks/src/tasks/task-schemas.ts"

const ROOT = resolve(import.meta.dirname, "../..")
const DEADLINE_MS = 30_000
const POLL_MS = 1

/** A service in a process of its own. */
export interface Service extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** Where it keeps its files. */
  readonly folder: string
  /** From the process's start to the first 200 of /health/live, in milliseconds. */
  readonly answeredMs: number
  /** The most memory that it had in use up to now, in MiB. */
  peakMemory(): Promise<number>
  /** Processor time that it has used up to now, in milliseconds. */
  processorTime(): Promise<number>
}

/** How the backend is started. */
export interface BackendOptions {
  readonly env?: Readonly<Record<string, string>>
  /** The folder of Node's compile cache; an empty one makes a cold start. */
  readonly compileCache: string
}

/** The backend by the very command of `npm start`, without npm. */
export async function startBackend({ env = {}, compileCache }: BackendOptions): Promise<Service> {
  const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
    scripts: { start: string }
  }
  return startService(({ port, folder }) => ({
    command: ["/bin/sh", "-c", `exec ${scripts.start}`],
    env: {
      HOST: "127.0.0.1",
      PORT: String(port),
      DATABASE_PATH: folder,
      NODE_COMPILE_CACHE: compileCache,
      ...env,
    },
  }))
}

/** The backend with a large table, on a PostgreSQL, with or without a mirror of it. */
export async function startMirrored(primary: string, isMirrored: boolean): Promise<Service> {
  return startService(({ port, folder }) => ({
    command: [process.execPath, "--conditions=understudy-source", "bench/support/mirrored-backend.ts"],
    env: {
      HOST: "127.0.0.1",
      PORT: String(port),
      DATABASE_PATH: folder,
      DATABASE_URL: primary,
      DATABASE_FALLBACK: "read-only",
      DATABASE_MIRROR: isMirrored ? "on" : "off",
    },
  }))
}

/** The bare script; with a compile cache if a folder for it is given. */
export async function startBare(compileCache?: string): Promise<Service> {
  return startService(async ({ port, folder }) => {
    const schema = join(folder, "task.schema.json")
    await writeFile(schema, JSON.stringify(taskSchema))
    const script = [
      process.execPath,
      "bench/bare/server.js",
      String(port),
      join(folder, "tasks.sqlite"),
      schema,
    ]
    if (compileCache === undefined) return { command: script, env: {} }
    return { command: [...script, "compile-cache"], env: { NODE_COMPILE_CACHE: compileCache } }
  })
}

interface Launch {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

type Ground = { readonly port: number; readonly folder: string }

async function startService(launch: (ground: Ground) => Launch | Promise<Launch>): Promise<Service> {
  const ground = { port: await findFreePort(), folder: await mkdtemp(join(tmpdir(), "understudy-bench-")) }
  const { command, env } = await launch(ground)
  const url = `http://127.0.0.1:${ground.port}`
  const path = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter)
  const began = performance.now()
  const child = spawn(command[0] ?? "", command.slice(1), {
    cwd: ROOT,
    env: { PATH: path, HOME: ground.folder, NODE_ENV: "production", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  })
  let complaint = ""
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()))
  const gone = once(child, "exit")

  const until200 = async (address: string): Promise<void> => {
    while ((await statusOf(address)) !== 200) {
      if (child.exitCode !== null || performance.now() - began > DEADLINE_MS) {
        child.kill("SIGKILL")
        throw new Error(`${command.join(" ")} did not answer at ${address}\n${complaint}`)
      }
      await wait(POLL_MS)
    }
  }
  await until200(`${url}/health/live`)
  const answeredMs = performance.now() - began
  await until200(`${url}/health/ready`)
  // One request through all of it, or what is loaded late would not be counted.
  const answer = await statusOf(`${url}/tasks/0198c8a5-2f5b-7c3e-9f60-1b2c3d4e5f60`)
  if (answer !== 404) throw new Error(`${command.join(" ")} answered ${answer} for a task that is not there`)

  return {
    url,
    pid: child.pid ?? 0,
    folder: ground.folder,
    answeredMs,
    async peakMemory() {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8")
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
    },
    async processorTime() {
      const stat = await readFile(`/proc/${child.pid}/stat`, "utf8")
      // After the program's name in parentheses; user and system time are in hundredths of a second.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
      return (Number(fields[11]) + Number(fields[12])) * 10
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM")
      const forced = setTimeout(() => child.kill("SIGKILL"), 15_000)
      await gone
      clearTimeout(forced)
      await rm(ground.folder, { recursive: true, force: true })
    },
  }
}

/** Makes one task; its path. */
export async function createTask({ url }: Service): Promise<string> {
  const created = await fetch(`${url}/tasks`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title: "Water the plants" }),
  })
  if (created.status !== 201) throw new Error(`${url}: ${created.status} ${await created.text()}`)
  return `/tasks/${((await created.json()) as { id: string }).id}`
}

/** The status of a GET on a connection of its own; undefined when nobody answers. */
function statusOf(address: string): Promise<number | undefined> {
  return new Promise((done) => {
    get(address, { agent: false }, (response) => {
      response.resume().on("end", () => done(response.statusCode))
    }).on("error", () => done(undefined))
  })
}
