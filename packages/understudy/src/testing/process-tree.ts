import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { setTimeout as wait } from "node:timers/promises"
import { promisify } from "node:util"

const run = promisify(execFile)

/** All processes, where there is no /proc: pid, parent's pid, state. */
async function listProcesses(): Promise<readonly { pid: number; parent: number; state: string }[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,state="])
  return stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length === 3)
    .map(([pid, parent, state]) => ({ pid: Number(pid), parent: Number(parent), state: state ?? "" }))
}

/** The processes that this one has started and that run. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  try {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")
    return children.split(" ").filter(Boolean).map(Number)
  } catch {
    return (await listProcesses()).filter(({ parent }) => parent === pid).map((child) => child.pid)
  }
}

async function stateOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8")
    // The name stands in parentheses and may hold anything; the state follows the last one.
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3)
  } catch {
    return (await listProcesses()).find((found) => found.pid === pid)?.state.slice(0, 1)
  }
}

/** Sends a signal; a process that is gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}

/** States of a process that has ended, whoever is to be told of it. */
const ENDED = "ZX"
const STOPPED = `Tt${ENDED}`

/** Waits until a process is in one of these states, or gone. */
async function untilIn(states: string, pid: number): Promise<void> {
  for (;;) {
    const state = await stateOf(pid)
    if (state === undefined || states.includes(state)) return
    await wait(1)
  }
}

async function stop(pid: number): Promise<void> {
  signal(pid, "SIGSTOP")
  await untilIn(STOPPED, pid)
}

/**
 * Stops a process and its children (SIGSTOP), the parent first, so that it starts no more of them; returns when
 * none of them runs. Gives the children.
 */
export async function stopTree(pid: number): Promise<readonly number[]> {
  await stop(pid)
  const children = await childrenOf(pid)
  await Promise.all(children.map(stop))
  return children
}

/** Lets a process and its children run again (SIGCONT). */
export async function resumeTree(pid: number): Promise<void> {
  const children = await childrenOf(pid)
  for (const child of [...children, pid]) signal(child, "SIGCONT")
}

/**
 * Ends a process and its children by SIGKILL, none of them outliving another by long enough to notice; returns when the
 * children have ended, and hold nothing of what they shared.
 */
export async function killTree(pid: number): Promise<void> {
  const children = await stopTree(pid)
  for (const child of [...children, pid]) signal(child, "SIGKILL")
  await Promise.all(children.map((child) => untilIn(ENDED, child)))
}
