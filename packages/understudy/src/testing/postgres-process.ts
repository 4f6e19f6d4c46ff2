import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { open, readFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { UnderstudyError } from "../errors/understudy-error.ts"
import type { PostgresBinaries, ServerAccount } from "./postgres-binaries.ts"

const START_LIMIT_MS = 60_000

/** What one run of the server needs. */
export interface PostgresRun {
  readonly binaries: PostgresBinaries
  readonly account: ServerAccount | undefined
  readonly data: string
  readonly logFile: string
  readonly settings: Readonly<Record<string, string>>
}

/** The server's status as it writes it into its folder; undefined while this run has written none. */
async function statusOf(data: string, pid: number): Promise<string | undefined> {
  const lines = (await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "")).split("\n")
  // A killed server leaves its file behind.
  return Number(lines[0]) === pid ? lines[7]?.trim() : undefined
}

/** The id of the server's System V segment, which outlives a SIGKILL. */
export async function sharedMemoryOf(data: string): Promise<string | undefined> {
  const lines = (await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "")).split("\n")
  return lines[6]?.trim().split(/\s+/)[1]
}

/**
 * Starts a postmaster and returns when it takes connections.
 * @throws `UNDERSTUDY_TEST_SERVER` with the end of its log when it ends instead.
 */
export async function runPostgres(
  { binaries, account, data, logFile, settings }: PostgresRun,
  onStarted: (pid: number) => void,
): Promise<ChildProcess> {
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  const log = await open(logFile, "a")
  const child = spawn(binaries.postgres, ["-D", data, ...options], {
    ...account,
    cwd: data,
    env: { TZ: "UTC" },
    // Of its own session: an interrupt at the terminal is the test's business first.
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  })
  child.on("error", () => {})
  await log.close()
  if (child.pid !== undefined) onStarted(child.pid)
  const deadlineMs = performance.now() + START_LIMIT_MS
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    if ((await statusOf(data, child.pid)) === "ready") {
      child.unref()
      return child
    }
    if (performance.now() > deadlineMs) child.kill("SIGKILL")
    await wait(5)
  }
  const text = await readFile(logFile, "utf8").catch(() => "")
  throw new UnderstudyError("UNDERSTUDY_TEST_SERVER", {
    detail: `it did not start: ${text.trim().split("\n").slice(-4).join(" | ")}`,
    instead: "Look into its log.",
  })
}

/** Waits until a process has ended. */
export async function ended(child: ChildProcess): Promise<void> {
  child.ref()
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
}
